using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>How long boots and reconnects took, and what the head of a report says of the plugs.</summary>
public sealed class TimesPlotTests
{
    [Test]
    public void Suites_ReconnectsOfS09_AreDrawnAsTheShareThatWasOver()
    {
        string html = Write(new SuitesSection(), Night([], [.. Enumerable.Range(1, 19).Select(i => Trial("ap-off-10s", i, true)), Trial("ap-off-10s", 120, false), .. Enumerable.Range(1, 7).Select(i => Trial("channel", i, true))]));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("ap-off-10s: share of 20 attempts that were over after a time; half of those that succeeded by 10 s, 95 % by 18.1 s, the last at 19 s; 1 failed"));
            Assert.That(html, Does.Not.Contain("channel: share of"), "Seven attempts are no distribution.");
        }
    }

    [TestCase("S04", "ap-off-10s")]
    [TestCase("S02", "cycle")]
    public void Suites_TimesThatSayNothing_AreNotDrawn(string suite, string step) => Assert.That(
        Write(new SuitesSection(), Night([], [.. Enumerable.Range(1, 20).Select(i => Trial(step, i, true) with { Suite = suite })])), Does.Not.Contain("share of 20 attempts"));

    [Test]
    public void Head_OfPlugsOnTheMains_SaysSettingsBoardsAndVoltage()
    {
        string html = Write(new VerdictSection(), Night(["http"], []) with
        {
            Telemetry = [.. new double?[] { 228, 230, 236, 0, null }.Select((volts, i) => new TelemetryRecord(i, "p1", null, null, null, null, volts, null, null, null))],
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("<dt>Boards</dt><dd>b17</dd>"));
            Assert.That(html, Does.Contain("<dt>Settings</dt><dd>aa (p1), bb (p2)</dd>"));
            Assert.That(html, Does.Contain("<dt>Mains</dt><dd>230 V as the DUTs read it (228 … 236 V)</dd>"));
            Assert.That(Write(new VerdictSection(), Night(["pulses"], [])), Does.Contain("<dt>Mains</dt><dd>not read: the meters are fed with reference pulses</dd>"));
        }
    }

    private static string Write(IReportSection section, RunRecord run)
    {
        HtmlWriter html = new();
        section.Write(html, run);
        return html.Finish();
    }

    private static TrialRecord Trial(string step, double seconds, bool ok) => new(0, "p1", "S09", step, 1, ok, seconds * 1000, new Dictionary<string, string>());

    private static RunRecord Night(string[] capabilities, TrialRecord[] trials) => new()
    {
        Folder = "/nowhere",
        End = 100,
        Meta = new Dictionary<string, string>(),
        Trials = trials,
        Slots = [.. new[] { "p1", "p2" }.Select(slot => new SlotRecord(slot, "b17", "", "BL602", false, capabilities, new Dictionary<string, string>()))],
        Identities = [new IdentityRecord("p1", "after", 1, new Dictionary<string, string> { ["settingsHash"] = "aa" }), new IdentityRecord("p2", "after", 1, new Dictionary<string, string> { ["settingsHash"] = "bb" })],
    };
}

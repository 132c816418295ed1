using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>What stands open and what is one click away, and what evidence leads back to.</summary>
public sealed class EvidenceTests
{
    [Test]
    public void Suites_TestsThatPassed_AreOneClickAwayAndOthersOpen()
    {
        using TestRun run = new();
        run.Slot("p1");
        run.Test("p1", "S13", "Press_Toggles", 1, 2, Verdict.Pass);
        run.Test("p1", "S13", "Hold_ChangesNothing", 2, 3, Verdict.Pass);
        run.Test("p1", "S13", "Bounce_IsOneChange", 3, 3, Verdict.NotRun, "the plan asks none");
        run.Test("p1", "S13", "Toggle_IsFollowed", 4, 5, Verdict.Invalid, "interrupted");
        string html = Write(new SuitesSection(), run);
        int folded = html.IndexOf("<details class=\"aside\"><summary>2 tests passed, 1 not run</summary>", StringComparison.Ordinal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(folded, Is.Positive);
            Assert.That(html.IndexOf("Toggle_IsFollowed", StringComparison.Ordinal), Is.Positive.And.LessThan(folded));
            Assert.That(html.IndexOf("Press_Toggles", StringComparison.Ordinal), Is.GreaterThan(folded));
            Assert.That(html.IndexOf("Bounce_IsOneChange", StringComparison.Ordinal), Is.GreaterThan(folded));
        }
    }

    [Test]
    public void Suites_Recovery_SaysWhatItIs()
    {
        using TestRun run = new();
        run.Slot("p1");
        run.Trial("p1", "recovery", "selfHeal", 2, false, 10);

        Assert.That(Write(new SuitesSection(), run), Does.Contain("<h3>Recovery after incidents</h3><p class=\"soft\">What the bench tried after an incident"));
    }

    [Test]
    public void Relay_LongGaps_AreListedWithSlotAndTime()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        Gap(run, 100, 0.5);
        Gap(run, 300, 1.4);
        string html = Write(new RelaySection(), run);

        Assert.That(html, Does.Contain("<td>+0:05:00</td><td class=\"num\">1.4 s</td>").And.Not.Contain("<td>+0:01:40</td>"));

        static void Gap(TestRun run, double at, double seconds)
        {
            run.Boot("p1", at + 0.2, "reboot", true);
            run.Event(at, "p1", "relay", "contact opened");
            run.Event(at + seconds, "p1", "relay", "contact closed");
        }
    }

    /// <summary>A suite switches the relay off and then asks for a reboot that switches it on: no reset opened that contact.</summary>
    [Test]
    public void Relay_ContactThatWasOffBeforeTheRebootWasAskedFor_IsNoGap()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Intent("p1", "reboot", "start value 1", 300.1, 312, "S13");
        run.Insert("boots", ("slot", "p1"), ("at", 302.5), ("reason", "commanded"), ("expected", true), ("intent", 1), ("sources", "[]"));
        run.Event(300, "p1", "relay", "contact opened");
        run.Event(303, "p1", "relay", "contact closed");

        Assert.That(Write(new RelaySection(), run), Does.Contain("No reset opened a closed contact."));
    }

    /// <summary>The ladder presses the button of a plug that is down; a plug that was down to the end was pressed after its confirmation.</summary>
    [TestCase("watch", false)]
    [TestCase("suite", true)]
    public void Relay_EdgeInAnIncidentThatNeverEnded_IsTheLaddersWhereTheWatchSawIt(string source, bool strange)
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Incident("p1", "NET_FREEZE", "F01", "frozen", 400, 430, null, null, "story", [], source: source);
        run.Event(500, "p1", "relay", "contact closed");

        Assert.That(Write(new RelaySection(), run).Contains("Edges that nothing explains", StringComparison.Ordinal), Is.EqualTo(strange));
    }

    [Test]
    public void NotCovered_TestsThatDidNotRun_StandBySuiteWithTheirSlotsInOrder()
    {
        using TestRun run = new();
        foreach (string slot in (string[])["p1", "p2"])
        {
            run.Slot(slot);
        }

        run.Test("p2", "S18", "Ip_Shows", 1, 1, Verdict.NotRun, "not asked");
        run.Test("p1", "S18", "Ip_Shows", 2, 2, Verdict.NotRun, "not asked");
        run.Test("p1", "S12", "Events_Run", 3, 3, Verdict.NotRun, "not asked");
        string[] lines = [.. NotCoveredSection.Lines(RunReader.Read(run.Folder)).Where(l => l.Contains("not asked", StringComparison.Ordinal))];

        Assert.That(lines, Is.EqualTo(new[] { "S12 Events_Run: not asked (not run on p1)", "S18 Ip_Shows: not asked (not run on p1, p2)" }));
    }

    /// <summary>The command is copied into a shell.</summary>
    [TestCase("my-lab", "my-lab")]
    [TestCase("$(reboot)", "'$(reboot)'")]
    [TestCase("it's; rm", "'it'\\''s; rm'")]
    public void Repeat_NamesThatAShellActsOn_AreQuoted(string bench, string written)
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Bench, bench);
        run.Meta(MetaKeys.Plan, "smoke");
        run.Meta(MetaKeys.Seed, "7");

        Assert.That(RepeatCommand.Of(RunReader.Read(run.Folder), "p 1"), Is.EqualTo($"./lab night --bench {written} --plan smoke --seed 7 --slots 'p 1'"));
    }

    private static string Write(IReportSection section, TestRun run)
    {
        HtmlWriter html = new();
        section.Write(html, RunReader.Read(run.Folder));
        return html.Finish();
    }
}

using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>What S07 and S15 draw: heap over clients at once, and dips by depth and length.</summary>
public sealed class LoadAndDipTests
{
    [Test]
    public void HttpLoad_OfTwoSlots_DrawsTheHeapOverClients()
    {
        (int Clients, double Heap)[] points = [(1, 95_000), (2, 83_200), (4, 59_700), (8, 22_400), (12, 14_100)];
        Expectation.Match("http-load.html", Lines(html => HttpLoadPlot.Draw(
            html, "S07",
            [
                .. points.SelectMany(p => (MeasurementRecord[])
                [
                    Figure("p1", $"heap-floor@{p.Clients}", p.Heap, "B"), Figure("p1", $"served@{p.Clients}", p.Clients > 8 ? 0.9 : 1, "share"),
                    Figure("p1", $"http-p95@{p.Clients}", 120 * p.Clients, "ms"), Figure("p2", $"heap-floor@{p.Clients}", p.Heap - 4000, "B"),
                ]),
                Figure("p1", "heap-floor@1", 94_000, "B"), Figure("p3", "heap-floor@1", 90_000, "B"), Figure("p3", "heap-floor@many", 1, "B"), Figure("p4", "heap-floor@2", double.NaN, "B"),
            ])));
    }

    [Test]
    public void DipMatrix_OfCutsAndRail_TellsEachCellInWords() => Expectation.Match("dip-matrix.html", Lines(html => DipMatrix.Draw(
        html, "S15",
        [
            Dip(null, "500 ms", 520, true, true), Dip(null, "10 ms", 31, true, false), Dip(null, "10 ms", 33, true, false), Dip(null, "500 ms", 522, true, true),
            Dip("2.9 V", "10 ms", 10, true, false), Dip("2.5 V", "10 ms", 10, true, true), Dip("2.5 V", "10 ms", 10, true, false),
            Dip("2.5 V", "500 ms", 501, false, true), Dip("2.5 V", "500 ms", 501, true, true),
            Dip("low", "500 ms", 501, true, true), Dip("2.9 V", "", 501, true, true), Dip("2.9 V", "500 ms", 501, true, true) with { Step = "rail-ramp" },
        ])));

    [TestCase("S04")]
    [TestCase("S14")]
    public void Draw_AnotherSuite_DrawsNothing(string suite) => Assert.That(
        Lines(html =>
        {
            HttpLoadPlot.Draw(html, suite, [Figure("p1", "heap-floor@1", 1, "B"), Figure("p1", "heap-floor@2", 1, "B")]);
            DipMatrix.Draw(html, suite, [Dip(null, "10 ms", 31, true, false)]);
        }),
        Is.EqualTo("\n"));

    // A line an element, so that a difference is seen.
    private static string Lines(Action<HtmlWriter> draw)
    {
        HtmlWriter html = new();
        draw(html);
        return html.Finish().Replace("><", ">\n<", StringComparison.Ordinal) + "\n";
    }

    private static MeasurementRecord Figure(string slot, string name, double value, string unit) =>
        new(0, slot, "S07", name, 1, value, unit, null, null, null, Verdict.Pass, new Dictionary<string, string>());

    private static TrialRecord Dip(string? volts, string length, double really, bool ok, bool rebooted)
    {
        Dictionary<string, string> detail = new() { ["dip"] = length, ["reallyMs"] = $"{really}", ["rebooted"] = rebooted ? "yes" : "no" };
        if (volts is not null)
        {
            detail["volts"] = volts;
        }

        return new TrialRecord(0, "p1", "S15", volts is null ? "dip" : "rail-dip", 1, ok, 9000, detail);
    }
}

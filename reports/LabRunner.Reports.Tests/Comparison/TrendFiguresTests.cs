using System.Text.Json;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using static LabRunner.Reports.Tests.Comparison.MadeNights;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>What a trend tells of a build beside its failures, and between which builds a figure turned for the worse.</summary>
public sealed class TrendFiguresTests
{
    private static readonly ComparisonRules Rules = new();

    [Test]
    public void Versions_Figures_AreOfTheBuildAndItsLastSevenNights()
    {
        NightSummary Of(int day, int unstable, double heap) => Only(Night("n" + day, "1.0", 10, 0, day), c => c with
        {
            UnstableHours = unstable, Reconnects = [1, 2, 3, 4, 40], Heap = new HeapSlope(heap, heap - 5, heap + 5, 32, Verdict.Pass, "nightly: S01"),
            Gains = new Dictionary<string, double> { ["power"] = 0.1 * day, ["voltage"] = -0.2 },
        });
        NightTrend trend = NightTrend.Of([Of(0, 9, -500), .. Enumerable.Range(1, 7).Select(d => Of(d, 1, -d))], Rules);
        VersionRow row = trend.Versions.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((row.Stable.Operational, row.Stable.Unstable), Is.EqualTo((70.0, 7)), "the oldest night is out of the window");
            Assert.That(row.ReconnectP95, Is.EqualTo(40));
            Assert.That(row.HeapSlopes.Select(h => h.BytesPerHour), Is.EqualTo(new double[] { -1, -2, -3, -4, -5, -6, -7 }));
            Assert.That(row.Gains, Has.Count.EqualTo(2).And.Some.EqualTo(("voltage", -0.2, 8)));
            Assert.That(TrendFigures.Line(row), Is.EqualTo("stable hours 90 % of 70 h; reconnect, 95th percentile 40 s (n = 40); heap slope -4 B/h, steepest -7 B/h; metering gain error power +0.35 %, voltage -0.2 %"));
            Assert.That(TrendPage.Write(trend), Does.Contain("90 % of 70 h"));
            Assert.That(JsonDocument.Parse(ComparisonJson.Write(trend)).RootElement.GetProperty("versions")[0].GetProperty("stableHours").GetProperty("share").GetDouble(), Is.EqualTo(0.9));
        }
    }

    [Test]
    public void Versions_NothingMeasured_IsADash()
    {
        NightTrend trend = NightTrend.Of([Night("a", "1.0", 0, 0)], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TrendFigures.Line(trend.Versions.Single()), Is.Empty);
            Assert.That(TrendPage.Write(trend), Does.Contain("No plug that told its heap").And.Contain("No figure of which better and worse are known changed for the worse."));
        }
    }

    /// <summary>Where each figure turns for the worse with the seventh night, the builds on both sides of it are named.</summary>
    [TestCase(TrendSeries.FailureRate)]
    [TestCase(TrendSeries.Stable)]
    [TestCase(TrendSeries.Reconnect)]
    [TestCase(TrendSeries.HeapSlope)]
    [TestCase(NightSummary.HeapFloor)]
    [TestCase("metering gain error of power, %")]
    public void Bisect_FigureThatTurnsForTheWorse_NamesLastGoodAndFirstBad(string figure)
    {
        Bisection found = Trend(figure, worse: true, i => i < 3 ? "1.0" : i < 6 ? "1.1" : "1.2").Bisect.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((found.Figure, found.LastGood, found.FirstBad, found.IsOfVersion), Is.EqualTo((figure, "1.1", "1.2", true)));
            Assert.That(found.Sentence, Is.EqualTo($"b17, {figure}: last good 1.1 (n5), first bad 1.2 (n6)"));
            Assert.That(Trend(figure, worse: false, i => i < 6 ? "1.1" : "1.2").Bisect, Is.Empty, "for the better");
        }
    }

    [TestCase("1.0", "1.0")]
    [TestCase("1.1", "1.0")]
    public void Bisect_NoNewBuild_LooksAtTheBench(string before, string after)
    {
        NightTrend trend = Trend(TrendSeries.Reconnect, worse: true, i => i == 0 ? "1.0" : i < 6 ? before : after);
        Bisection found = trend.Bisect.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.IsOfVersion, Is.False);
            Assert.That(found.Sentence, Is.EqualTo($"b17, {TrendSeries.Reconnect}: good until n5 ({before}), bad from n6 ({after}) on, which was no new build then: look at the bench, the plan and the plugs"));
            Assert.That(TrendPage.Write(trend), Does.Contain("no new build then: look at the bench"));
            Assert.That(JsonDocument.Parse(ComparisonJson.Write(trend)).RootElement.GetProperty("bisect")[0].GetProperty("firstBadNight").GetString(), Is.EqualTo("n6"));
        }
    }

    /// <summary>About nothing a share of the median is no measure: steps of a few bytes an hour, or of a thousandth of the reading, are no change.</summary>
    [TestCase(TrendSeries.HeapSlope, 2.0, -20.0)]
    [TestCase("metering gain error of power, %", 0.02, 0.15)]
    public void Series_StepBelowWhatMatters_IsNoChange(string figure, double before, double after)
    {
        NightTrend trend = NightTrend.Of([.. Enumerable.Range(0, 12).Select(i => Of(i, "1.0", figure, (i < 6 ? before : after) + (0.001 * (i % 3))))], Rules);
        Assert.That(trend.Series.Single(s => s.Figure == figure), Has.Property("Changes").Empty.And.Property("Points").Count.EqualTo(12));
    }

    private static NightTrend Trend(string figure, bool worse, Func<int, string> build)
    {
        (double good, double bad) = figure switch
        {
            TrendSeries.FailureRate or TrendSeries.Reconnect => (2, 20),
            TrendSeries.Stable => (1, 9),
            TrendSeries.HeapSlope => (-5, -200),
            NightSummary.HeapFloor => (90_000, 60_000),
            _ => (0.1, -1.5),
        };
        return NightTrend.Of([.. Enumerable.Range(0, 12).Select(i => Of(i, build(i), figure, (i < 6) == worse ? good : bad))], Rules);
    }

    private static NightSummary Of(int night, string build, string figure, double value) =>
        Only(Night("n" + night, build, 100, figure == TrendSeries.FailureRate ? (int)value : 0, night), c => figure switch
        {
            TrendSeries.FailureRate => c,
            TrendSeries.Stable => c with { UnstableHours = (int)value },
            TrendSeries.Reconnect => c with { Reconnects = [value] },
            TrendSeries.HeapSlope => c with { Heap = new HeapSlope(value, value - 5, value + 5, 32, Verdict.Pass, "nightly: S01") },
            NightSummary.HeapFloor => c with { Figures = new Dictionary<string, IReadOnlyList<double>> { [figure] = [value] } },
            _ => c with { Gains = new Dictionary<string, double> { ["power"] = value } },
        });

    private static NightSummary Only(NightSummary night, Func<NightCell, NightCell> change) => night with { Cells = [change(night.Cells[0])] };
}

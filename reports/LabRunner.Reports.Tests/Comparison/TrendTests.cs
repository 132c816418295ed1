using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Statistics;
using static LabRunner.Reports.Tests.Comparison.MadeNights;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>What many nights say of firmware and boards, and when the gate stops.</summary>
public sealed class TrendTests
{
    private static readonly ComparisonRules Rules = new();

    [TestCase("BRICK F37", true)]
    [TestCase("BRICK", true)]
    [TestCase("OTA_ABUSE F34", true)]
    [TestCase("NET_FREEZE F01", false)]
    [TestCase("METER_ZERO F44", false)]
    public void Trend_OneBrick_StopsAReleaseThatTheRateAccepts(string mode, bool stops)
    {
        NightTrend trend = NightTrend.Of([Night("a", "1.0", 1000, 1, modes: new() { [mode] = 1 })], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Versions.Single().State, Is.EqualTo(SprtState.Accept));
            Assert.That(trend.Gate, Is.EqualTo(stops ? Change.Worse : Change.Better));
            Assert.That(TrendPage.Sentence(trend.Versions.Single(), trend).Contains("which no rate excuses", StringComparison.Ordinal), Is.EqualTo(stops));
        }
    }

    [Test]
    public void Trend_SuiteThatFailed_StopsAReleaseThatTheRateAccepts()
    {
        NightSummary night = Night("a", "1.0", 1000, 1);
        NightTrend trend = NightTrend.Of([night with { Cells = [night.Cells[0] with { Failed = ["S14", "heap-leak"] }] }], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Versions.Single().State, Is.EqualTo(SprtState.Accept));
            Assert.That(trend.Gate, Is.EqualTo(Change.Worse));
            Assert.That(TrendPage.Sentence(trend.Versions.Single(), trend), Does.EndWith("; failed: S14, heap-leak"));
            Assert.That(ComparisonJson.Write(trend), Does.Contain("heap-leak"));
        }
    }

    [Test]
    public void Trend_ThreeBuilds_ComparesEachWithTheOneBefore()
    {
        List<NightSummary> nights =
        [
            .. Enumerable.Range(0, 6).Select(i => Night("n" + i, "1.0", 96, i == 5 ? 1 : 0, day: i)),
            .. Enumerable.Range(6, 6).Select(i => Night("n" + i, "1.1", 96, 9, day: i, modes: new() { ["CRASH F04"] = 9 })),
            .. Enumerable.Range(12, 6).Select(i => Night("n" + i, "1.2", 96, 0, day: i)),
        ];
        nights.Reverse();
        NightTrend trend = NightTrend.Of(nights, Rules);
        NightTrend untilSecond = NightTrend.Of([.. nights.Where(n => n.At < Day(12))], Rules);
        SeriesChange change = untilSecond.Series.Single(s => s.Figure == TrendSeries.FailureRate).Changes.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Versions.Select(v => v.Firmware), Is.EqualTo(new[] { "1.0", "1.1", "1.2" }), "in the order of time, not of the arguments");
            Assert.That(trend.Versions.Select(v => v.Change?.Change), Is.EqualTo(new Change?[] { null, Change.Worse, Change.Better }));
            Assert.That(trend.Versions.Select(v => v.State), Is.EqualTo(new[] { SprtState.Accept, SprtState.Reject, SprtState.Accept }));
            Assert.That((change.Night.Name, change.Firmware, change.WithVersion), Is.EqualTo(("n6", "1.1", true)));
            Assert.That(trend.Gate, Is.EqualTo(Change.Better));
            Assert.That(trend.Modes.Single().State, Is.EqualTo("gone"));
            Assert.That(untilSecond.Gate, Is.EqualTo(Change.Worse));
            Assert.That(NightTrend.Of([nights[^1]], Rules).Gate, Is.EqualTo(Change.CannotTell), "one clean night of 96 h accepts nothing");
        }
    }

    // 150 in 2000 h against 100 in 2000 h: 1.5 times, one-sided p = 0.0009.
    [TestCase(2, Change.Better)]
    [TestCase(1.5, Change.Worse)]
    public void Gate_SignificantButSmall_StopsFromTheRatioOn(double stop, Change gate)
    {
        NightTrend trend = NightTrend.Of(
            [Night("a", "1.0", 2000, 100, day: 0), Night("b", "1.1", 2000, 150, day: 1)], Rules with { StopRatio = stop, GoodHours = 20, BadHours = 5 });
        VersionRow newest = trend.Newest.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(newest.Change!.Change, Is.EqualTo(Change.Worse));
            Assert.That(newest.State, Is.EqualTo(SprtState.Accept), "so that nothing else stops it");
            Assert.That(trend.Gate, Is.EqualTo(gate));
            Assert.That(TrendPage.Sentence(newest, trend), stop > 1.5 ? Does.Contain("below the 2 times that stop") : Does.Not.Contain("that stop"));
        }
    }

    [Test]
    public void Trend_WithReference_HoldsTheNewestBuildAgainstIt()
    {
        NightSummary[] nights = [Night("a", "1.0", 400, 20, day: 1), Night("b", "1.1", 400, 19, day: 2)];
        NightSummary release = Night("release", "0.9", 400, 2, day: 0);
        NightTrend without = NightTrend.Of(nights, Rules with { GoodHours = 24, BadHours = 8 });
        NightTrend with = NightTrend.Of(nights, Rules with { GoodHours = 24, BadHours = 8 }, [release]);
        NightTrend foreign = NightTrend.Of([Night("c", "1.2", 1000, 0, day: 3)], Rules, [Night("release", "0.9", 400, 2, board: "other")]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(without.Gate, Is.Not.EqualTo(Change.Worse), "as many as the build before");
            Assert.That(with.Versions.Select(v => v.Change?.Change), Is.EqualTo(new Change?[] { null, Change.Worse }));
            Assert.That(with.Newest.Single().Change!.Rates.Ratio, Is.EqualTo(9.5).Within(1e-9));
            Assert.That(with.Gate, Is.EqualTo(Change.Worse));
            Assert.That(with.Nights.Select(n => n.Name), Has.None.EqualTo("release"));
            Assert.That(TrendPage.Write(with), Does.Contain("Against the reference").And.Contain("The reference is release: 0.9."));
            Assert.That(foreign.Newest.Single().State, Is.EqualTo(SprtState.Accept));
            Assert.That(foreign.Gate, Is.EqualTo(Change.CannotTell), "accepted, but the board did not run in the reference");
            Assert.That(foreign.Warnings, Has.Some.Contains("did not run in the reference"));
        }
    }
}

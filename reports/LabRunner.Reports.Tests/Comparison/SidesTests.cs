using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>Who stands on which side: plugs that ran on one only, a reference among the nights, a night that cannot be read.</summary>
public sealed class SidesTests
{
    private static readonly ComparisonRules Rules = new();

    /// <summary>Another plug's clean hours say nothing of a failure that hangs on a plug.</summary>
    [Test]
    public void Compare_OtherPlugs_AreNamedAndNothingIsCalledGone()
    {
        NightSummary before = ComparisonTests.Night("a", "1.0", 0, 0) with { Cells = [ComparisonTests.Cell("p1", "1.0", 2000, 0), ComparisonTests.Cell("p2", "1.0", 2000, 12, modes: new() { ["NET_FREEZE F01"] = 12 })] };
        NightSummary after = ComparisonTests.Night("b", "1.1", 0, 0) with { Cells = [ComparisonTests.Cell("p1", "1.1", 2000, 0), ComparisonTests.Cell("p3", "1.1", 2000, 0)] };
        NightComparison other = NightComparison.Of([before], [after], Rules);
        NightComparison same = NightComparison.Of([before], [after with { Cells = [ComparisonTests.Cell("p1", "1.1", 2000, 0), ComparisonTests.Cell("p2", "1.1", 2000, 0)] }], Rules);
        NightTrend trend = NightTrend.Of([before, after with { At = ComparisonTests.Day(1) }], Rules);
        const string Note = "p2 ran before only, p3 ran after only, so that a difference may be the plug's";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(other.Warnings, Has.Some.Contains(Note));
            Assert.That(other.Modes.Single().State, Is.EqualTo(ModeState.Away));
            Assert.That(trend.Warnings, Has.Some.Contains(Note));
            Assert.That(trend.Modes.Single().State, Is.EqualTo(ModeState.Away));
            Assert.That(same.Warnings, Has.None.Contains("ran before only"));
            Assert.That(same.Modes.Single().State, Is.EqualTo(ModeState.Gone));
        }
    }

    /// <summary>Slots of two benches bear the same names and are other plugs.</summary>
    [Test]
    public void Compare_OtherBench_IsAnotherPlug()
    {
        NightSummary Of(string bench, string firmware) => ComparisonTests.Night(bench, firmware, 96, 1) with { Cells = [ComparisonTests.Cell("p1", firmware, 96, 1) with { Bench = bench }] };
        Assert.That(NightComparison.Of([Of("east", "1.0")], [Of("west", "1.1")], Rules).Warnings, Has.Some.Contains("east p1 ran before only, west p1 ran after only"));
    }

    [Test]
    public void Trend_ReferenceAmongTheNights_StandsNotAgainstItself()
    {
        NightSummary release = ComparisonTests.Night("release", "1.0", 400, 2, day: 0);
        NightSummary[] nights = [release, ComparisonTests.Night("a", "1.0", 400, 20, day: 1)];
        NightTrend with = NightTrend.Of(nights, Rules with { GoodHours = 24, BadHours = 8 }, [release]);
        NightTrend only = NightTrend.Of([release], Rules with { GoodHours = 24, BadHours = 8 }, [release]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(with.Newest.Single().Change!.After, Is.EqualTo(new Exposed(400, 20)));
            Assert.That(with.Warnings, Has.Some.Contains("release is the reference and is left out"));
            Assert.That(only.Newest.Single().Change, Is.Null);
            Assert.That(only.Gate, Is.EqualTo(Change.CannotTell), "accepted by the sequential test, but held against nothing");
        }
    }

    [Test]
    public void Gate_NightThatCannotBeRead_DoesNotPass()
    {
        NightSummary[] good = [ComparisonTests.Night("a", "1.0", 1000, 1)];
        NightSummary[] bad = [ComparisonTests.Night("a", "1.0", 1000, 100)];
        UnreadNight[] unread = [new("/runs/broken", "the journal cannot be read")];
        NightTrend trend = NightTrend.Of(good, Rules, null, unread);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(NightTrend.Of(good, Rules).Gate, Is.EqualTo(Change.Better));
            Assert.That(trend.Gate, Is.EqualTo(Change.CannotTell));
            Assert.That(trend.Warnings, Has.Some.Contains("broken cannot be read").And.Some.Contains("the journal cannot be read"));
            Assert.That(ComparisonJson.Write(trend), Does.Contain("/runs/broken"));
            Assert.That(NightTrend.Of(bad, Rules, null, unread).Gate, Is.EqualTo(Change.Worse), "what the others show is not excused");
        }
    }

    /// <summary>The candidate is judged also where the accepted release ran beside it and comes first or last, or a plug told nothing.</summary>
    [TestCase("1.0", "1.1", Change.Worse)]
    [TestCase("1.1", "1.0", Change.Worse)]
    [TestCase("1.1", NightCell.UnknownBuild, Change.Worse)]
    [TestCase("1.0", NightCell.UnknownBuild, Change.Better)]
    [TestCase("1.0", "1.2", Change.CannotTell)]
    public void Gate_BuildsOfOneNight_AreAllJudged(string first, string second, Change gate)
    {
        static NightCell Of(string slot, string build) =>
            ComparisonTests.Cell(slot, build, build is NightCell.UnknownBuild or "1.2" ? 0 : 96, build == "1.1" ? 12 : 0);
        NightSummary old = ComparisonTests.Night("a", "1.0", 1000, 1, day: 0);
        NightTrend trend = NightTrend.Of([old, ComparisonTests.Night("b", first, 0, 0, day: 1) with { Cells = [Of("p1", first), Of("p8", second)] }], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Gate, Is.EqualTo(gate));
            Assert.That(trend.Newest.Select(v => v.Firmware), Is.EquivalentTo(new[] { first, second }.Where(b => b != NightCell.UnknownBuild)));
            Assert.That(trend.Versions.Where(v => !v.Known).Select(v => v.Change), Is.All.Null);
            Assert.That(trend.Versions.Single(v => v.Firmware == "1.0").Change, Is.Null, "there is none before it");
            Assert.That(trend.Warnings.Any(w => w.Contains("p8 never told a build", StringComparison.Ordinal)), Is.EqualTo(second == NightCell.UnknownBuild));
        }
    }

    [Test]
    public void Gate_BoardThatToldNoBuild_DoesNotPass()
    {
        NightSummary night = ComparisonTests.Night("a", "1.0", 0, 0) with { Cells = [ComparisonTests.Cell("p1", "1.0", 1000, 1), ComparisonTests.Cell("p8", NightCell.UnknownBuild, 0, 0, board: "other")] };
        NightTrend trend = NightTrend.Of([night], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Gate, Is.EqualTo(Change.CannotTell));
            Assert.That(trend.Warnings, Has.Some.StartsWith("other told no build in any night"));
        }
    }
}

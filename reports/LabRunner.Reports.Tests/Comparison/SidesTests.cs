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
}

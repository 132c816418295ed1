using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>Who stands on which side: plugs that ran on one only, a reference among the nights, a night that cannot be read.</summary>
public sealed class SidesTests
{
    private static readonly ComparisonRules Rules = new();

    /// <summary>A run folder that was copied, for safety or for looking at it, is no second night.</summary>
    [Test]
    public void Trend_CopyOfANight_CountsOnce()
    {
        NightSummary night = MadeNights.Night("a", "1.0", 96, 1);
        NightTrend trend = NightTrend.Of([night, night with { Folder = "/runs/a-copy" }, MadeNights.Night("b", "1.0", 96, 0, day: 1)], Rules);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Nights.Select(n => n.Name), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(trend.Versions.Single().Rated.Soak, Is.EqualTo(new Exposed(192, 1)));
            Assert.That(trend.Warnings, Has.Some.EqualTo("a-copy is the same night as a (bench lab, same start) and is left out."));
        }
    }

    /// <summary>Another plug's clean hours say nothing of a failure that hangs on a plug.</summary>
    [Test]
    public void Compare_OtherPlugs_AreNamedAndNothingIsCalledGone()
    {
        NightSummary before = MadeNights.Night("a", "1.0", 0, 0) with { Cells = [MadeNights.Cell("p1", "1.0", 2000, 0), MadeNights.Cell("p2", "1.0", 2000, 12, modes: new() { ["NET_FREEZE F01"] = 12 })] };
        NightSummary after = MadeNights.Night("b", "1.1", 0, 0) with { Cells = [MadeNights.Cell("p1", "1.1", 2000, 0), MadeNights.Cell("p3", "1.1", 2000, 0)] };
        NightComparison other = NightComparison.Of([before], [after], Rules);
        NightComparison same = NightComparison.Of([before], [after with { Cells = [MadeNights.Cell("p1", "1.1", 2000, 0), MadeNights.Cell("p2", "1.1", 2000, 0)] }], Rules);
        NightTrend trend = NightTrend.Of([before, after with { At = MadeNights.Day(1) }], Rules);
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
        NightSummary Of(string bench, string firmware) => MadeNights.Night(bench, firmware, 96, 1) with { Cells = [MadeNights.Cell("p1", firmware, 96, 1) with { Bench = bench }] };
        Assert.That(NightComparison.Of([Of("east", "1.0")], [Of("west", "1.1")], Rules).Warnings, Has.Some.Contains("east p1 ran before only, west p1 ran after only"));
    }

    /// <summary>Slots of one name on two benches are two plugs: the bad one is not hidden by the good one.</summary>
    [Test]
    public void Uneven_SlotsOfOneNameOnTwoBenches_AreTwo()
    {
        static NightCell Of(string bench, int failures) => MadeNights.Cell("p1", "1.0", 96, failures) with { Bench = bench };
        Assert.That(new Pool([Of("east", 0), Of("west", 12)]).Uneven(), Does.Contain("west p1 has 12 of 12 failures"));
    }

    [Test]
    public void Trend_ReferenceAmongTheNights_StandsNotAgainstItself()
    {
        NightSummary release = MadeNights.Night("release", "1.0", 400, 2, day: 0);
        NightSummary[] nights = [release, MadeNights.Night("a", "1.0", 400, 20, day: 1)];
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
    public void Gate_ReferenceThatDidNotIdle_HoldsNothing()
    {
        NightSummary release = MadeNights.Night("release", "1.0", 100, 0, day: 0);
        release = release with { Cells = [release.Cells[0] with { Suites = new Dictionary<string, Exposed> { ["S08"] = new(100, 0) } }] };
        NightTrend trend = NightTrend.Of([MadeNights.Night("a", "1.1", 1000, 1, day: 1)], Rules, [release]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Newest.Single().State, Is.EqualTo(SprtState.Accept));
            Assert.That(trend.Gate, Is.EqualTo(Change.CannotTell));
            Assert.That(trend.Warnings, Has.Some.EqualTo("b17 did not idle under watch (S01) in the reference: nothing can be said against it."));
        }
    }

    [Test]
    public void Gate_NightThatCannotBeRead_DoesNotPass()
    {
        NightSummary[] good = [MadeNights.Night("a", "1.0", 1000, 1)];
        NightSummary[] bad = [MadeNights.Night("a", "1.0", 1000, 100)];
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
            MadeNights.Cell(slot, build, build is NightCell.UnknownBuild or "1.2" ? 0 : 96, build == "1.1" ? 12 : 0);
        NightSummary old = MadeNights.Night("a", "1.0", 1000, 1, day: 0);
        NightTrend trend = NightTrend.Of([old, MadeNights.Night("b", first, 0, 0, day: 1) with { Cells = [Of("p1", first), Of("p8", second)] }], Rules);
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
        NightSummary night = MadeNights.Night("a", "1.0", 0, 0) with { Cells = [MadeNights.Cell("p1", "1.0", 1000, 1), MadeNights.Cell("p8", NightCell.UnknownBuild, 0, 0, board: "other")] };
        NightTrend trend = NightTrend.Of([night], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.Gate, Is.EqualTo(Change.CannotTell));
            Assert.That(trend.Warnings, Has.Some.StartsWith("other told no build in any night"));
        }
    }

    /// <summary>Hours of stress make no rate with those of the idle soak, whatever plan they were of; a run by hand decides nothing.</summary>
    [Test]
    public void Trend_StressHours_HaveTheirOwnRates()
    {
        NightSummary Stress(string name, string build, int day)
        {
            NightSummary night = MadeNights.Night(name, build, 100, 20, day);
            return night with { Plan = "stress", Cells = [night.Cells[0] with { Suites = new Dictionary<string, Exposed> { ["S08"] = new(100, 20) } }] };
        }

        NightTrend trend = NightTrend.Of(
            [
                MadeNights.Night("a", "1.0", 1000, 2, day: 0), Stress("b", "1.0", 1), Stress("c", "1.1", 2), MadeNights.Night("d", "1.1", 1000, 1, day: 3),
                MadeNights.Night("e", "1.2", 10, 9, day: 4) with { Plan = HandPlans.Check },
                MadeNights.Night("f", NightCell.UnknownBuild, 0, 0, day: 5, board: "new") with { Plan = HandPlans.Probe },
            ],
            Rules);
        VersionRow newest = trend.Newest.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((newest.Firmware, newest.State, newest.Rated.Soak), Is.EqualTo(("1.1", SprtState.Accept, new Exposed(1000, 1))));
            Assert.That((newest.Change!.Before, newest.Change.After), Is.EqualTo((new Exposed(1000, 2), new Exposed(1000, 1))));
            Assert.That(trend.Gate, Is.EqualTo(Change.Better));
            Assert.That(trend.Series.Single(s => s.Figure == TrendSeries.FailureRate).Points.Select(p => p.Night.Name), Is.EqualTo(new[] { "a", "d" }));
            Assert.That(newest.Rated.Stress, Is.EqualTo(new[] { ("S08", new Exposed(100, 20)) }));
            Assert.That(newest.SuiteChanges["S08"].Change, Is.EqualTo(Change.Same));
            Assert.That(trend.Warnings, Has.Some.EqualTo("b17: left out of its rates, since runs by hand decide nothing: e (check).").And.Some.EqualTo("new was in runs by hand only and is left out."));
            Assert.That(TrendPage.Write(trend), Does.Contain("The other suites, each by itself"));
            Assert.That(ComparisonJson.Write(trend), Does.Contain("S08"));
        }
    }

    /// <summary>The idle soak accepts all of these; what fails under stress passes only where it is shown to be no more than before.</summary>
    [TestCase(0, 0, false, Change.Better, null)]
    [TestCase(20, 21, false, Change.Better, null)]
    [TestCase(0, 1, false, Change.CannotTell, "not shown to fail no more than before: S08")]
    [TestCase(2, 24, false, Change.Worse, "under stress: S08 worse: 12 times the rate")]
    [TestCase(2, 24, true, Change.Worse, "under stress: S08 worse: 12 times the rate")]
    [TestCase(null, 1, false, Change.CannotTell, "not shown to fail no more than before: S08")]
    [TestCase(null, 1, true, Change.CannotTell, "not shown to fail no more than before: S08")]
    public void Gate_FailuresUnderStress_AreHeldAgainstThoseBefore(int? before, int after, bool reference, Change gate, string? sentence)
    {
        static NightSummary Of(string name, string build, int day, int? failures)
        {
            NightSummary night = MadeNights.Night(name, build, 1000, 1, day);
            Dictionary<string, Exposed> suites = new(night.Cells[0].Suites);
            if (failures is { } count)
            {
                suites["S08"] = new Exposed(100, count);
            }

            return night with { Cells = [night.Cells[0] with { Suites = suites }] };
        }

        NightSummary old = Of("a", "1.0", 0, before), candidate = Of("b", "1.1", 1, after);
        NightTrend trend = reference ? NightTrend.Of([candidate], Rules, [old]) : NightTrend.Of([old, candidate], Rules);
        VersionRow newest = trend.Newest.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(newest.State, Is.EqualTo(SprtState.Accept));
            Assert.That(trend.Gate, Is.EqualTo(gate));
            Assert.That(TrendPage.Sentence(newest, trend), sentence is null ? Does.Not.Contain("stress").And.Not.Contain("not shown") : Does.Contain(sentence));
        }
    }
}

using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using static LabRunner.Reports.Tests.Comparison.MadeNights;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>What two nights, or groups of nights, say when they are held against each other.</summary>
public sealed class CompareTests
{
    private static readonly ComparisonRules Rules = new();

    [Test]
    public void Compare_ManyMoreFailures_IsWorse()
    {
        NightComparison c = NightComparison.Of([Night("a", "1.0", hours: 96, failures: 1)], [Night("b", "1.1", hours: 96, failures: 12)], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Overall, Is.EqualTo(Change.Worse));
            Assert.That(c.Boards.Single().Sentence, Does.StartWith("worse: 12 times the rate"));
            Assert.That(c.Boards.Single().MissingHours, Is.Zero);
        }
    }

    [Test]
    public void Compare_TheOtherWayRound_IsBetter() =>
        Assert.That(
            NightComparison.Of([Night("a", "1.0", hours: 96, failures: 12)], [Night("b", "1.1", hours: 96, failures: 1)], Rules).Overall, Is.EqualTo(Change.Better));

    [Test]
    public void Compare_TwoCleanNights_CannotTellAndSaysHowManyHours()
    {
        NightComparison c = NightComparison.Of([Night("a", "1.0", hours: 12, failures: 0)], [Night("b", "1.1", hours: 12, failures: 0)], Rules);
        RateChange row = c.Boards.Single();
        double each = Rules.GoodHours * -Math.Log(0.05);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Overall, Is.EqualTo(Change.CannotTell), "34 hours and counting is no proof");
            Assert.That(row.MissingHours, Is.EqualTo(2 * (each - 12)).Within(1e-6), "to show the good MTBF on each side");
            Assert.That(row.Sentence, Does.Match("^cannot tell, .* h more; no failure on either side$"));
            Assert.That(NightComparison.Of([Night("a", "1.0", hours: each, failures: 0)], [Night("b", "1.1", hours: each, failures: 0)], Rules).Overall, Is.EqualTo(Change.Same), "the promise is kept");
            Assert.That(NightComparison.Of([Night("a", "1.0", hours: 5000, failures: 0)], [Night("b", "1.1", hours: each - 1, failures: 0)], Rules).Overall, Is.EqualTo(Change.CannotTell));
        }
    }

    [Test]
    public void Compare_LongAndAlike_IsSame() =>
        Assert.That(
            NightComparison.Of([Night("a", "1.0", hours: 2000, failures: 40)], [Night("b", "1.1", hours: 2000, failures: 42)], Rules).Overall, Is.EqualTo(Change.Same));

    [Test]
    public void Compare_OtherPlan_ComparesSuiteBySuite()
    {
        NightSummary other = Night("b", "1.1", hours: 96, failures: 12) with { PlanText = "plan: other" };
        NightComparison c = NightComparison.Of([Night("a", "1.0", hours: 96, failures: 1)], [other], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Boards.Single().Scope, Is.EqualTo("b17"));
            Assert.That(c.Suites, Is.Empty, "the idle soak is the board's row");
            Assert.That(c.Overall, Is.EqualTo(Change.Worse));
            Assert.That(c.Warnings, Has.Some.Contains("different plans"));
        }
    }

    [Test]
    public void Compare_NoCommonBoard_CannotTell()
    {
        NightComparison c = NightComparison.Of([Night("a", "1.0", 96, 1)], [Night("b", "1.1", 96, 1, board: "other")], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Overall, Is.EqualTo(Change.CannotTell));
            Assert.That(c.Warnings, Has.Some.Contains("No board was in both"));
        }
    }

    /// <summary>Many idle hours are the same; the updates of a few hours are not.</summary>
    [Test]
    public void Compare_SuiteThatIsWorse_IsToldAndOutweighsTheSoak()
    {
        NightSummary Of(string name, string build, int updates)
        {
            NightSummary night = Night(name, build, 2000, 40 + updates);
            return night with { Cells = [night.Cells[0] with { Suites = new Dictionary<string, Exposed> { ["S01"] = new(1960, 40), ["S04"] = new(40, updates) } }] };
        }

        NightComparison c = NightComparison.Of([Of("a", "1.0", 0)], [Of("b", "1.1", 8)], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Boards.Single().Change, Is.EqualTo(Change.Same));
            Assert.That(c.Told.Select(r => r.Scope), Is.EqualTo(new[] { "b17", "b17 S04" }));
            Assert.That(c.Overall, Is.EqualTo(Change.Worse));
            Assert.That(ComparisonPage.Write(c), Does.Contain("<p>b17 S04: worse: "));
        }
    }

    [Test]
    public void Compare_FewFailures_TellsTheRatioWithItsBounds() =>
        Assert.That(
            NightComparison.Of([Night("a", "1.0", 96, 2)], [Night("b", "1.1", 96, 3)], Rules).Boards.Single().Sentence,
            Does.Match(@"^cannot tell, .* h more; 1\.5 times the rate \(0\.\d+ … \d+\.?\d*\)$"));

    /// <summary>A better rate excuses neither a brick nor a suite that failed; a suite that nobody asked before leaves it open.</summary>
    [TestCase("", "", "BRICK F37", "S01", Change.Worse, "b17: BRICK F37 failed after, which no rate excuses")]
    [TestCase("", "S14", "", "S14", Change.Worse, "b17: S14 failed after and not before")]
    [TestCase("", "LEAK F17", "", "S01", Change.Worse, "b17: LEAK F17 failed after and not before")]
    [TestCase("", "S14", "", "S01", Change.CannotTell, "b17: S14 failed after; it was not asked before")]
    [TestCase("S14", "S14", "", "S14", Change.Better, null)]
    [TestCase("S13", "S13,BUTTON_DEAD F43", "", "S13", Change.Worse, "b17: BUTTON_DEAD F43 failed after and not before")]
    public void Compare_WhatNoRateSpeaksOf_CountsWhereItIsFresh(string failedBefore, string failedAfter, string mode, string asked, Change overall, string? sentence)
    {
        NightSummary Of(string name, string build, int failures, string failed, Dictionary<string, int>? modes)
        {
            NightSummary night = Night(name, build, 2000, failures, modes: modes);
            Dictionary<string, Exposed> suites = new(night.Cells[0].Suites) { [asked] = asked == "S01" ? new(2000, failures) : new(10, 0) };
            return night with { Cells = [night.Cells[0] with { Suites = suites, Failed = failed.Split(',', StringSplitOptions.RemoveEmptyEntries) }] };
        }

        NightComparison c = NightComparison.Of([Of("a", "1.0", 40, failedBefore, null)], [Of("b", "1.1", 4, failedAfter, mode.Length > 0 ? new() { [mode] = 1 } : null)], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Overall, Is.EqualTo(overall));
            Assert.That(c.Fresh.Select(f => f.Sentence), sentence is null ? Is.Empty : Is.EqualTo(new[] { sentence }));
            Assert.That(ComparisonPage.Write(c).Contains("failed after", StringComparison.Ordinal), Is.EqualTo(sentence is not null));
        }
    }

    /// <summary>A finding of a suite that was not asked before, and one of a board of which nothing counted before, are no change.</summary>
    [TestCase(false, true)]
    [TestCase(true, false)]
    public void Compare_FindingThatNobodyLookedForBefore_CannotBeTold(bool invalidBefore, bool withSuite)
    {
        NightSummary before = Night("a", "1.0", 2000, 40), after = Night("b", "1.1", 2000, 42);
        before = before with { Cells = [invalidBefore ? before.Cells[0] with { Invalid = "the bench was blind", Suites = new Dictionary<string, Exposed>() } : before.Cells[0]] };
        after = after with { Cells = [after.Cells[0] with { Failed = withSuite ? ["BUTTON_DEAD F43", "S13"] : ["LEAK F17"] }] };
        NightComparison c = NightComparison.Of([before], [after], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Fresh, Is.Not.Empty);
            Assert.That(c.Fresh.Select(f => f.Change), Has.All.EqualTo(Change.CannotTell));
            Assert.That(c.Overall, Is.EqualTo(Change.CannotTell));
        }
    }

    [Test]
    public void Compare_WhatIsOnOneSideOnly_IsNamed()
    {
        NightSummary before = Night("a", "1.0", 96, 1) with { Cells = [Cell("p1", "1.0", 96, 1), Cell("p2", "1.0", 96, 9, board: "old", modes: new() { ["CRASH F04"] = 9 })] };
        NightSummary after = Night("b", "1.1", 96, 1) with { Cells = [Cell("p1", "1.1", 96, 1) with { Suites = new Dictionary<string, Exposed> { ["S01"] = new(96, 1), ["S07"] = new(1, 0) } }, Cell("p3", "1.1", 96, 0, board: "new", modes: new() { ["NET_FREEZE F01"] = 3 })] };
        NightComparison c = NightComparison.Of([before], [after], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Warnings, Has.Some.EqualTo("old ran before only: nothing is compared of it but its failure modes.").And.Some.EqualTo("new ran after only: nothing is compared of it but its failure modes.")
                .And.Some.EqualTo("b17: S07 after only; nothing is compared of these."));
            Assert.That(c.Modes.Select(m => $"{m.Mode} {m.State}"), Is.EqualTo(new[] { $"CRASH F04 {ModeState.Away}", $"NET_FREEZE F01 {ModeState.New}" }));
        }
    }

    [Test]
    public void Compare_PlugsThatNeverIdled_AreComparedBySuite()
    {
        static NightSummary Of(string name, string build, int failures)
        {
            NightSummary night = Night(name, build, 96, failures);
            return night with { Cells = [night.Cells[0] with { Suites = new Dictionary<string, Exposed> { ["S08"] = new(96, failures) } }] };
        }

        NightComparison c = NightComparison.Of([Of("a", "1.0", 1)], [Of("b", "1.1", 12)], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Boards, Is.Empty);
            Assert.That(c.Told.Single().Scope, Is.EqualTo("b17 S08"));
            Assert.That(c.Overall, Is.EqualTo(Change.Worse));
            Assert.That(ComparisonPage.Write(c), Does.Contain("No board that is in both idled under watch (S01)."));
        }
    }

    [Test]
    public void Compare_UpdatesThatFail_AreWorseThoughNothingFroze()
    {
        NightSummary before = Night("a", "1.0", 2000, 40, trials: new Attempts(50, 50));
        NightSummary after = Night("b", "1.1", 2000, 40, trials: new Attempts(42, 50));
        TrialChange step = NightComparison.Of([before], [after], Rules).Trials.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(step.P, Is.EqualTo(0.00577016202).Within(5e-11));
            Assert.That(step.Change, Is.EqualTo(Change.Worse));
            Assert.That(NightComparison.Of([before], [after], Rules).Overall, Is.EqualTo(Change.Worse));
        }
    }

    [Test]
    public void Compare_Modes_AreNewSeenAndGone()
    {
        NightComparison c = NightComparison.Of(
            [Night("a", "1.0", 96, 2, modes: new() { ["NET_FREEZE F01"] = 1, ["LEAK F17"] = 1 })],
            [Night("b", "1.1", 96, 3, modes: new() { ["NET_FREEZE F01"] = 2, ["CRASH F04"] = 1 })],
            Rules);
        Assert.That(c.Modes.Select(m => $"{m.Mode} {m.State}"), Is.EqualTo(new[] { "NET_FREEZE F01 seen", "CRASH F04 new", "LEAK F17 not seen again" }));
    }

    [TestCase(100, 106, 0.06)]
    [TestCase(-4, -2, 0.5)]
    [TestCase(0, 3, null)]
    [TestCase(0, 0, null)]
    [TestCase(1.4e-14, 0.024, null)]
    [TestCase(5, 0, -1.0)]
    public void Figure_Share_IsOfTheOlderMedian_WhereThereIsOne(double before, double after, double? share) =>
        Assert.That(new FigureChange("b17 S14 hysteresis, W", [before], [after]).Share, share is { } s ? Is.EqualTo(s).Within(1e-12) : Is.Null);

    // 90 % bound of no event in T hours: 2.3026 / T. A third of 2 per 384 h is 1 per 576 h: T must pass 2.3026 * 576 = 1326.3 h.
    [TestCase(2, 384, 0, 1326, ModeState.NotSeen)]
    [TestCase(2, 384, 0, 1327, ModeState.Gone)]
    [TestCase(2, 384, 0, 0, ModeState.NotSeen)]
    [TestCase(2, 0, 0, 5000, ModeState.NotSeen)]
    [TestCase(2, 384, 1, 5000, ModeState.Seen)]
    [TestCase(0, 384, 1, 10, ModeState.New)]
    public void Mode_IsGone_OnlyWhereItsRateIsBelowAThird(int before, double hoursBefore, int after, double hoursAfter, string state) =>
        Assert.That(ModeState.Of(before, hoursBefore, after, hoursAfter), Is.EqualTo(state));

    [Test]
    public void Compare_OneBadPlug_IsNotPooledSilently()
    {
        NightSummary uneven = Night("b", "1.1", 96, 0) with { Cells = [.. Enumerable.Range(1, 4).Select(i => Cell("p" + i, "1.1", 96, i == 4 ? 7 : i == 2 ? 1 : 0))] };
        NightComparison c = NightComparison.Of([Night("a", "1.0", 96, 1)], [uneven], Rules);
        Assert.That(c.Warnings, Has.Some.Contains("p4 has 7 of 8 failures"));
    }
}

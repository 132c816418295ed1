using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>What two nights, or many, say of firmware and boards.</summary>
public sealed class ComparisonTests
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

    /// <summary>Another crash is another failure, though both are of one class.</summary>
    [Test]
    public void Read_Crashes_AreToldApartByWhatCameBefore()
    {
        using TestRun run = new();
        run.Begin();
        run.Slot("p1", "plug");
        run.Incident("p1", "CRASH", "F04", "crash", 50, 50, 60, "watchdog", "", []);
        run.Incident("p1", "CRASH", "F04", "crash", 500, 500, 510, "watchdog", "", []);
        run.Incident("p1", "CRASH", "F04", "crash", 900, 900, 910, "watchdog", "", []);
        run.Event(51, "p1", "crash", "code 5 at 0x2300", new() { ["group"] = "code 5 after \"Info:MQTT:#\"" });
        run.Event(501, "p1", "crash", "code 7 at 0x2400", new() { ["group"] = "code 7 after \"Info:HTTP:#\"" });
        run.Commit();
        Assert.That(NightSummary.Read(run.Folder).Cells.Single().Modes.Keys, Is.EquivalentTo(new[]
        {
            "CRASH F04: code 5 after \"Info:MQTT:#\"", "CRASH F04: code 7 after \"Info:HTTP:#\"", "CRASH F04",
        }));
    }

    [Test]
    public void Read_CopyOfANightThatWasDrawn_WritesItsSummaryAnew()
    {
        using TestRun night = Nights.Smoke();
        LabRunner.Reports.Formats.ReportRenderer.Render(night.Folder);
        string path = Path.Combine(night.Folder, "report", "summary.json");
        string drawn = File.ReadAllText(path);
        File.SetLastWriteTimeUtc(Path.Combine(night.Folder, "journal.db"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        NightSummary first = NightSummary.Read(night.Folder);
        string renewed = File.ReadAllText(path);
        NightSummary second = NightSummary.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(renewed, Is.Not.EqualTo(drawn));
            Assert.That(System.Text.Json.JsonSerializer.Serialize(second), Is.EqualTo(System.Text.Json.JsonSerializer.Serialize(first)));
            Assert.That(File.ReadAllText(path), Is.EqualTo(renewed), "read, and not written again");
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
    public void Read_NightWithFailures_NamesThoseThatNoRateSpeaksOf()
    {
        using TestRun run = new();
        run.Begin();
        run.Slot("p1", "plug");
        run.Slot("p10", "plug");
        run.Incident("p1", "LEAK", "F17", "leak", 5, 6, 7, "none", "", []);
        run.Incident("p1", "BUTTON_DEAD", "F43", "button", 5, 6, 7, "none", "", []);
        run.Incident("p1", "NET_FREEZE", "F01", "freeze", 5, 6, 7, "power-cycle", "", []);
        run.Verdict("suite:S01:p1", "tests", Verdict.Fail, "its incidents are the rate's");
        run.Verdict("suite:S14:p1", "tests", Verdict.Fail, "metering");
        run.Verdict("suite:S04:p10", "tests", Verdict.Fail, "another slot");
        run.Verdict("slot:p1", "health-check", Verdict.Fail, "rail");
        run.Verdict("slot:p1", "stability", Verdict.Fail, "all of it");
        run.Verdict("slot:p1", "mtbf-lower", Verdict.Inconclusive, "hours");
        run.Verdict("incident:2", VerdictRecord.QuarantineRule, Verdict.Warn, "known");
        run.Commit();
        NightSummary night = NightSummary.Read(run.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(night.Cells.Single(c => c.Slot == "p1").Failed, Is.EqualTo(new[] { "LEAK F17", "S14", "health-check" }));
            Assert.That(night.Cells.Single(c => c.Slot == "p10").Failed, Is.EqualTo(new[] { "S04" }));
        }
    }

    [Test]
    public void Read_SlotThatTheNightCallsInvalid_HasNoHoursAndIsTold()
    {
        using TestRun run = new();
        run.Begin();
        foreach (string slot in (string[])["p1", "p2"])
        {
            run.Slot(slot, "plug");
            run.Identity(slot, "before", 1, new { build = "1.1" });
            run.Exposure(slot, "S01", 0, 36_000);
            run.Incident(slot, "LEAK", "F17", "leak", 5, 6, 7, "none", "", []);
            run.Incident(slot, "NET_FREEZE", "F01", "freeze", 50, 60, 70, "power-cycle", "", []);
            run.Trial(slot, "S02", "HTTP", 5, true, 10);
            run.Telemetry(10, slot, 10, 90_000);
        }

        run.Verdict("slot:p2", "stability", Verdict.Invalid, "S17 planted a freeze on p2 and the bench did not see it.");
        run.Commit();
        NightSummary night = NightSummary.Read(run.Folder);
        NightCell p2 = night.Cells.Single(c => c.Slot == "p2");
        NightComparison compared = NightComparison.Of([night], [night with { Folder = "/runs/other" }], Rules);
        NightTrend trend = NightTrend.Of([night], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(night.Cells.Single(c => c.Slot == "p1").Total, Is.EqualTo(new Exposed(10, 1)));
            Assert.That(p2.Total, Is.EqualTo(new Exposed(0, 0)));
            Assert.That(p2.Suites.Count + p2.Modes.Count + p2.Trials.Count + p2.Figures.Count + p2.Failed.Count, Is.Zero);
            Assert.That(p2.Firmware, Is.EqualTo("1.1"), "that it ran is known");
            Assert.That(compared.Boards.Single().Before, Is.EqualTo(new Exposed(10, 1)));
            Assert.That(compared.Warnings.Count(w => w.StartsWith("p2 of ", StringComparison.Ordinal) && w.EndsWith("does not count: S17 planted a freeze on p2 and the bench did not see it.", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(trend.Warnings, Has.Some.Contains("does not count: S17 planted"));
        }
    }

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
        SeriesChange change = untilSecond.Series.Single(s => s.Figure == NightTrend.FailureRate).Changes.Single();
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
            Assert.That(LabRunner.Reports.Formats.TrendPage.Sentence(newest, trend), stop > 1.5 ? Does.Contain("below the 2 times that stop") : Does.Not.Contain("that stop"));
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
            Assert.That(LabRunner.Reports.Formats.TrendPage.Write(with), Does.Contain("Against the reference").And.Contain("The reference is release: 0.9."));
            Assert.That(foreign.Newest.Single().State, Is.EqualTo(SprtState.Accept));
            Assert.That(foreign.Gate, Is.EqualTo(Change.CannotTell), "accepted, but the board did not run in the reference");
            Assert.That(foreign.Warnings, Has.Some.Contains("did not run in the reference"));
        }
    }

    [Test]
    public void Read_SmokeNight_SaysWhatTheReportSays()
    {
        using TestRun run = Nights.Smoke();
        RunRecord whole = RunReader.Read(run.Folder);
        NightSummary summary = NightSummary.Read(run.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(summary.Cells.Select(c => c.Slot), Is.EqualTo(new[] { "p1", "p2", "p3", "p4", "p5" }));
            Assert.That(summary.Cells.Select(c => c.Total.Hours), Is.EqualTo(whole.Slots.Select(s => whole.DeviceHours(s.Name))));
            Assert.That(summary.Cells.Sum(c => c.Total.Failures), Is.EqualTo(whole.Failures.Count));
            Assert.That(summary.Cells.Select(c => c.Firmware).Distinct(), Is.EqualTo(new[] { "OpenBK7231T_App 1.18.158" }));
            Assert.That(summary.Cells.Select(c => c.Figures[NightSummary.HeapFloor].Single()), Is.EqualTo(whole.Slots.Select(s => (double)whole.Telemetry.Where(t => t.Slot == s.Name).Min(t => t.HeapB)!.Value)));
            Assert.That(summary.Cells.Single(c => c.Slot == "p3").Modes, Does.ContainKey("PERIODIC_FREEZE F09").Or.ContainKey("NET_FREEZE F09"));
        }
    }

    internal static NightSummary Night(
        string name, string firmware, double hours, int failures, int day = 0, string board = "b17", Attempts? trials = null, Dictionary<string, int>? modes = null) =>
        new("/runs/" + name, "lab", "nightly", "plan: nightly", Day(day), false, [Cell("p1", firmware, hours, failures, board, trials, modes)]);

    internal static DateTimeOffset Day(int day) => new DateTimeOffset(2026, 1, 1, 22, 0, 0, TimeSpan.Zero).AddDays(day);

    internal static NightCell Cell(
        string slot, string firmware, double hours, int failures, string board = "b17", Attempts? trials = null, Dictionary<string, int>? modes = null) =>
        new(slot, board, firmware, new Exposed(hours, failures), new Dictionary<string, Exposed> { ["S01"] = new(hours, failures) }, modes ?? [],
            trials is { } t ? new Dictionary<string, Attempts> { ["S04 ota"] = t } : [], new Dictionary<string, IReadOnlyList<double>>());

    [Test]
    public void Read_NightThatWasDrawn_IsTheSameAsFromItsJournal_AndNewerRowsCount()
    {
        using TestRun night = Nights.Smoke();
        string Json(NightSummary summary) => System.Text.Json.JsonSerializer.Serialize(summary);
        string journal = Json(NightSummary.Read(night.Folder));
        LabRunner.Reports.Formats.ReportRenderer.Render(night.Folder);
        string drawn = Json(NightSummary.Read(night.Folder));
        string path = Path.Combine(night.Folder, "report", "summary.json");
        string file = File.ReadAllText(path);

        night.Incident("p1", "CRASH", "F04", "one more", 300, 310, 320, "watchdog", "", []);
        NightSummary newer = NightSummary.Read(night.Folder);
        File.WriteAllText(path, "{ half");
        NightSummary broken = NightSummary.Read(night.Folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file, Does.Contain("\"Version\":6"));
            Assert.That(drawn, Is.EqualTo(journal));
            Assert.That(newer.Cells[0].Modes["CRASH F04"], Is.EqualTo(1), "the journal has grown: the file is left aside");
            Assert.That(broken.Cells, Has.Count.EqualTo(5));
        }
    }
}

using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class VerdictRulesTests
{
    [Test]
    public void Judge_QuietSlotWithPassedSuites_PassesAlthoughTooShortForMtbf()
    {
        IReadOnlyList<VerdictRecord> rows = Judge([], Verdict.Pass);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(rows, "slot:p1", "stability").Verdict, Is.EqualTo(Verdict.Pass));
            Assert.That(Of(rows, "slot:p1", "mtbf-lower").Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(Of(rows, "slot:p1", "mtbf-lower").Lower, Is.EqualTo(2 / Math.Log(10)).Within(1e-9), "2 h without an incident at 90 %");
            Assert.That(Of(rows, "night", "overall").Verdict, Is.EqualTo(Verdict.Pass));
        }
    }

    [TestCase(false, Verdict.Fail)]
    [TestCase(true, Verdict.Pass)]
    public void Judge_Incident_FailsUnlessExpected(bool expected, Verdict verdict)
    {
        IncidentRecord incident = new(1, "p1", "CRASH", "F04", "", 10, 10, 20, "watchdog", null, null, expected, "watch", null, null, "", []);

        Assert.That(Of(Judge([incident], Verdict.Pass), "slot:p1", "stability").Verdict, Is.EqualTo(verdict));
    }

    [TestCase(Verdict.Invalid)]
    [TestCase(Verdict.Inconclusive)]
    [TestCase(Verdict.Fail)]
    public void Judge_SuiteVerdict_ReachesTheNight(Verdict verdict) =>
        Assert.That(Of(Judge([], verdict), "night", "overall").Verdict, Is.EqualTo(verdict));

    [Test]
    public void Judge_BenchThatDidNotSeeWhatItProvoked_KnowsNothingOfThatSlotWhateverItSaw()
    {
        IncidentRecord incident = new(1, "p1", "NET_FREEZE", "F01", "Network frozen", 10, 10, 20, "power-cycle", null, null, false, "watch", null, null, "", []);
        NightFacts facts = Facts([incident], Verdict.Pass);
        SlotFacts other = facts.Slots[0] with { Name = "p2", Incidents = [] };
        TestRecord blind = new(2, "p1", "S17", "ProvokedFailures_AreSeenFromEverySide", "", 0, 1, Verdict.Invalid, "No boot banner after 'logdelay 4000'.", null);
        TestRecord seeing = blind with { Id = 3, Slot = "p2", Verdict = Verdict.Pass, Message = null };
        IReadOnlyList<VerdictRecord> rows = VerdictRules.Judge(facts with { Slots = [facts.Slots[0], other], Tests = [.. facts.Tests, blind, seeing] });

        using (Assert.EnterMultipleScope())
        {
            VerdictRecord slot = Of(rows, "slot:p1", "stability");
            Assert.That(slot.Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(slot.Text, Does.StartWith("The bench did not see a failure that it had provoked itself (No boot banner after 'logdelay 4000'), so nothing it says of this slot counts."));
            Assert.That(slot.Text, Does.Contain("It says: Network frozen"));
            Assert.That(Of(rows, "slot:p2", "stability").Verdict, Is.EqualTo(Verdict.Pass), "another slot is judged for itself");
            Assert.That(Of(rows, "night", "overall").Verdict, Is.EqualTo(Verdict.Invalid));
        }
    }

    [Test]
    public void Judge_SelfTestThatWasPlayedAgainAndSawIt_IsTheOneThatCounts()
    {
        TestRecord blind = new(2, "p1", "S17", "ProvokedFailures_AreSeenFromEverySide", "", 0, 1, Verdict.Invalid, "blind", null);
        NightFacts facts = Facts([], Verdict.Pass) with { Tests = [blind, blind with { Id = 3, Verdict = Verdict.Pass, Message = null }] };

        Assert.That(Of(VerdictRules.Judge(facts), "slot:p1", "stability").Text, Does.Not.StartWith("The bench did not see"));
    }

    [Test]
    public void Judge_FewTrials_AreInconclusiveInTheirOwnRowOnly()
    {
        TrialRecord[] trials = [.. Enumerable.Range(0, 3).Select(i => new TrialRecord(i, "p1", "S02", "cycle", i, true, 1, new Dictionary<string, string>()))];
        IReadOnlyList<VerdictRecord> rows = VerdictRules.Judge(Facts([], Verdict.Pass) with { Trials = trials });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(rows, "suite:S02:p1", "trials-bound").Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(Of(rows, "night", "overall").Verdict, Is.EqualTo(Verdict.Pass));
        }
    }

    [TestCase(50, 0, 0.9418449209)]
    [TestCase(50, 1, 0.9086018693)]
    [TestCase(3, 3, 0.0)]
    public void Judge_Attempts_ShowTheOneSidedBoundWithAndWithoutFailures(int tried, int failed, double shown)
    {
        TrialRecord[] trials = [.. Enumerable.Range(0, tried).Select(i => new TrialRecord(i, "p1", "S02", "cycle", i, i >= failed, 1, new Dictionary<string, string>()))];
        VerdictRecord row = Of(VerdictRules.Judge(Facts([], Verdict.Pass) with { Trials = trials }), "suite:S02:p1", "trials-bound");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(row.Value, Is.EqualTo(shown).Within(1e-7));
            Assert.That(row.Confidence, Is.EqualTo(0.95));
        }
    }

    [Test]
    public void Judge_HeapThatMayLeak_IsAWarningThatIsTold()
    {
        VerdictRecord heap = new(0, "slot:p1", VerdictRecord.HeapRule, -200, "B/h", -32, -210, -190, 0.9, Verdict.Warn, "it may leak");
        VerdictRecord stability = Of(VerdictRules.Judge(Facts([], Verdict.Pass) with { Checks = [heap] }), "slot:p1", "stability");
        Assert.That((stability.Verdict, stability.Text), Is.EqualTo((Verdict.Warn, "No incident and no failed test; heap-leak: it may leak.")));
    }

    [Test]
    public void Judge_SlotThatNothingWasAskedOf_IsInconclusive() =>
        Assert.That(Of(Judge([], Verdict.NotRun), "slot:p1", "stability").Verdict, Is.EqualTo(Verdict.Inconclusive));

    [Test]
    public void Judge_IncidentAndFailedSuite_TellsBoth()
    {
        IncidentRecord incident = new(1, "p1", "NET_FREEZE", "F01", "Network frozen", 10, 10, 20, "power-cycle", null, null, false, "watch", null, null, "", []);

        Assert.That(Of(Judge([incident], Verdict.Fail), "slot:p1", "stability").Text, Is.EqualTo("Network frozen (NET_FREEZE F01). Failed suites: S02."));
    }

    [TestCase("UNKNOWN", Verdict.Invalid)]
    [TestCase("NET_FREEZE", Verdict.Fail)]
    public void Judge_IncidentWhileTheBenchWasBroken_IsInvalidOnlyWhenItFitsNoClass(string @class, Verdict verdict)
    {
        IncidentRecord incident = new(1, "p1", @class, null, "x", 100, 130, null, null, null, null, false, "watch", null, null, "", []);
        NightFacts facts = Facts([incident], Verdict.Pass) with
        {
            Slots = [new SlotFacts("p1", [incident], [new DowntimeRecord(1, "p1", 90, 200, true, "console gone")], null)],
        };

        Assert.That(Of(VerdictRules.Judge(facts), "slot:p1", "stability").Verdict, Is.EqualTo(verdict));
    }

    [Test]
    public void Judge_AbortedNight_SaysSoFirst() =>
        Assert.That(
            Of(VerdictRules.Judge(Facts([], Verdict.Pass) with { Outcome = "aborted: interrupted by the user" }), "night", "overall").Text,
            Does.StartWith("The night was aborted: interrupted by the user."));

    [Test]
    public void Judge_SlotWhoseSuiteHostDied_SaysWhatTheBenchLost()
    {
        NightFacts facts = Facts([], Verdict.Invalid);
        facts = facts with { Tests = [.. facts.Tests.Select(t => t with { Message = t.FullName + ": the suite host ended with code 137" })] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(VerdictRules.Judge(facts), "slot:p1", "stability").Text, Is.EqualTo("No incident, but S02 has no result: the suite host ended with code 137."));
            Assert.That(VerdictRules.Judge(facts).Single(r => r.Rule == "tests").Text, Is.EqualTo("0 of 1 tests passed; Cycle has no result: the suite host ended with code 137"));
        }
    }

    [Test]
    public void Judge_NightThatABenchFaultEnded_TellsTheFaultOnce()
    {
        const string fault = "guard: it did not arm. Try again.";

        Assert.That(
            Of(VerdictRules.Judge(Facts([], Verdict.Pass) with { Outcome = $"aborted: {fault}", BenchFaults = [fault] }), "night", "overall").Text,
            Is.EqualTo($"The night was aborted: {fault}"));
    }

    [TestCase("NET_FREEZE", "suite", 4000, 1)]
    [TestCase("PERIODIC_FREEZE", "suite", 4000, 1)]
    [TestCase("BUTTON_DEAD", "suite", 4000, 0)]
    [TestCase("LEAK", "analysis", 4000, 0)]
    [TestCase("NET_FREEZE", "watch", 20_000, 0)]
    public void FailureRule_Incident_CountsWhenItTookServiceDuringExposure(string @class, string source, double at, int counted)
    {
        IncidentRecord incident = new(1, "p1", @class, null, "", at, at, at + 1, "self", null, null, false, source, null, null, "", []);
        NightFacts facts = Facts([incident], Verdict.Pass);

        Assert.That(facts.Slots[0].Incidents.Count(i => FailureRule.Counts(i, facts.Exposure, facts.Now)), Is.EqualTo(counted));
    }

    /// <summary>Stress and idle hours are never pooled: an hour of idling proves an hour, whatever failed or held in the suites.</summary>
    [Test]
    public void Judge_Mtbf_IsOfTheIdleSoakAlone()
    {
        IncidentRecord stress = new(1, "p1", "NET_FREEZE", "F01", "", 4000, 4030, 4100, "power-cycle", null, null, false, "watch", null, null, "", []);
        NightFacts facts = Facts([stress], Verdict.Pass) with { Exposure = [new ExposureRecord(1, "p1", "S07", 3600, 7200), new ExposureRecord(2, "p1", "S01", 7200, 10_800)] };
        NightFacts never = facts with { Exposure = [facts.Exposure[0]] };
        VerdictRecord mtbf = Of(VerdictRules.Judge(facts), "slot:p1", "mtbf-lower"), none = Of(VerdictRules.Judge(never), "slot:p1", "mtbf-lower");
        SequentialTest test = SequentialTest.Of(facts, facts.Slots);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mtbf.Lower, Is.EqualTo(1 / Math.Log(10)).Within(1e-9), "1 h without an incident at 90 %");
            Assert.That(mtbf.Text, Does.StartWith("1 h of idle soak with 0 incidents"));
            Assert.That((test.Hours, test.Failures), Is.EqualTo((1.0, 0)));
            Assert.That((none.Verdict, none.Lower), Is.EqualTo((Verdict.Inconclusive, 0.0)));
            Assert.That(none.Text, Is.EqualTo("It did not idle under watch (S01), and the MTBF is of those hours alone"));
            Assert.That(FailureRule.Counts(stress, facts.Exposure, facts.Now), Is.True, "in the rate of its suite");
            Assert.That(FailureRule.WhyNotForMtbf(stress, facts.Exposure, facts.Now), Is.EqualTo("S07 had the plug, which has a rate of its own"));
            Assert.That(FailureRule.WhyNotForMtbf(stress with { FirstSymptom = 8000 }, facts.Exposure, facts.Now), Is.Null);
        }
    }

    private static IReadOnlyList<VerdictRecord> Judge(IReadOnlyList<IncidentRecord> incidents, Verdict test) => VerdictRules.Judge(Facts(incidents, test));

    private static NightFacts Facts(IReadOnlyList<IncidentRecord> incidents, Verdict test) => new()
    {
        Goals = new GoalPlan(),
        Slots = [new SlotFacts("p1", incidents, [new DowntimeRecord(1, "p1", 0, 3600, false, "x")], null)],
        Tests = [new TestRecord(1, "p1", "S02", "Cycle", "S02.Cycle", 0, 1, test, null, null)],
        Exposure = [new ExposureRecord(1, "p1", "S01", 0, 10800), new ExposureRecord(2, "p1", "S02", 3600, 7200)],
        Now = 10800,
    };

    private static VerdictRecord Of(IReadOnlyList<VerdictRecord> rows, string scope, string rule) => rows.Single(r => r.Scope == scope && r.Rule == rule);
}

using System.Globalization;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Diagnosis;

/// <summary>What the night left of a slot.</summary>
internal sealed record SlotFacts(string Name, IReadOnlyList<IncidentRecord> Incidents, IReadOnlyList<DowntimeRecord> Downtime, string? Lost)
{
    /// <summary>The bench took it out of the night, not its own failure.</summary>
    public bool StoppedByBench { get; init; }

    /// <summary>Board and firmware: slots that are the same product.</summary>
    public string Product { get; init; } = "";
}

/// <summary>What the verdicts rest on.</summary>
internal sealed record NightFacts
{
    public required GoalPlan Goals { get; init; }

    public required IReadOnlyList<SlotFacts> Slots { get; init; }

    public IReadOnlyList<TestRecord> Tests { get; init; } = [];

    public IReadOnlyList<TrialRecord> Trials { get; init; } = [];

    public IReadOnlyList<MeasurementRecord> Measurements { get; init; } = [];

    public IReadOnlyList<ExposureRecord> Exposure { get; init; } = [];

    public IReadOnlyList<string> BenchFaults { get; init; } = [];

    /// <summary>Checkups and budgets of slots, judged already.</summary>
    public IReadOnlyList<VerdictRecord> Checks { get; init; } = [];

    /// <summary>Failures that are known and excused for a time.</summary>
    public Quarantine Quarantine { get; init; } = Quarantine.None;

    /// <summary>Day on which the night began, UTC: which entries of the quarantine hold.</summary>
    public DateOnly Day { get; init; }

    /// <summary>Version each slot runs, as it told last.</summary>
    public IReadOnlyDictionary<string, string> Firmware { get; init; } = new Dictionary<string, string>();

    /// <summary>completed, or aborted: why.</summary>
    public string Outcome { get; init; } = "completed";

    /// <summary>End of the night, seconds of run time.</summary>
    public double Now { get; init; }

    /// <summary>The test that a slot was at, null between tests.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="suite">Its suite; null: any.</param>
    /// <param name="at">Run time, s.</param>
    public TestRecord? TestAt(string slot, string? suite, double at) =>
        Tests.LastOrDefault(t => t.Slot == slot && (suite is null || t.Suite == suite) && t.Started <= at && at <= (t.Ended ?? Now));
}

/// <summary>
/// The judgement of a night. slot:NAME/stability is a slot's verdict and night/overall the night's; mtbf-lower and trials-bound rows say
/// how much a night can prove and never turn a PASS into anything else. Pure.
/// </summary>
internal static class VerdictRules
{
    // Classes that should be looked at but took no service away.
    private static readonly HashSet<string> Warnings = new(StringComparer.Ordinal) { "ICMP_ONLY_DEAD" };

    // Of the slot's hardware: no verdict on the firmware.
    private const string HardwareFault = "HW_FAULT";

    private const string BenchFailed = "The bench failed: ";

    /// <summary>All verdict rows; their ids are set by the caller.</summary>
    public static IReadOnlyList<VerdictRecord> Judge(NightFacts facts)
    {
        List<VerdictRecord> rows = [];
        List<Verdict> slots = [];
        foreach (SlotFacts slot in facts.Slots)
        {
            QuarantineRules excuses = new(facts, slot);
            rows.AddRange(excuses.Rows());
            List<VerdictRecord> checks = [.. facts.Checks.Where(c => c.Scope == $"slot:{slot.Name}")];
            rows.AddRange(checks);
            List<Verdict> suites = [.. checks.Select(c => c.Verdict).Where(v => v > Verdict.Pass)];
            foreach (IGrouping<string, TestRecord> suite in facts.Tests.Where(t => t.Slot == slot.Name).GroupBy(t => t.Suite))
            {
                VerdictRecord row = Suite(slot.Name, suite.Key, suite, facts, excuses);
                rows.Add(row);
                suites.Add(row.Verdict);
                rows.AddRange(facts.Trials.Where(t => t.Slot == slot.Name && t.Suite == suite.Key).GroupBy(t => t.Step).Select(Trials));
            }

            VerdictRecord stability = Stability(slot, excuses, checks, suites, facts.Tests.FirstOrDefault(t => t.Slot == slot.Name && t.Verdict == Verdict.Invalid), [.. rows.Where(r => r.Scope.EndsWith(":" + slot.Name, StringComparison.Ordinal) && r is { Rule: "tests", Verdict: Verdict.Fail }).Select(r => r.Scope.Split(':')[1])]);
            if (facts.Tests.LastOrDefault(t => t.Slot == slot.Name && t.Suite == SuiteNames.SelfTest) is { Verdict: Verdict.Invalid } blind)
            {
                // What such a bench did not see proves nothing, and what it saw may be its own.
                stability = stability with { Verdict = Verdict.Invalid, Text = $"The bench did not see a failure that it had provoked itself ({blind.Headline().TrimEnd('.')}), so nothing it says of this slot counts. It says: {stability.Text}" };
            }

            rows.Add(stability);
            slots.Add(stability.Verdict);
            rows.Add(Mtbf(slot, facts));
        }

        if (facts.Goals.Sequential)
        {
            List<VerdictRecord> sequential = [.. facts.Slots.GroupBy(s => s.Product).Select(product => SequentialTest.Of(facts, [.. product]).Row(product.Key))];
            rows.AddRange(sequential);
            slots.AddRange(sequential.Select(r => r.Verdict));
        }

        rows.AddRange(QuarantineRules.Ended(facts));
        rows.Add(Night(slots, facts));
        return rows;
    }

    private static VerdictRecord Suite(string slot, string suite, IEnumerable<TestRecord> tests, NightFacts facts, QuarantineRules excuses)
    {
        List<TestRecord> all = [.. tests];
        List<MeasurementRecord> bad = [.. facts.Measurements.Where(m => m.Slot == slot && m.Suite == suite && m.Verdict == Verdict.Fail && !excuses.Excuses(suite) && Counts(m))];

        // A figure stands or falls with the test that measured it.
        bool Counts(MeasurementRecord figure) => facts.TestAt(slot, suite, figure.At) is not { } test || (test.Verdict != Verdict.Invalid && !excuses.Excuses(test));
        Verdict verdict = Worst([.. all.Select(excuses.Judge), .. bad.Select(m => m.Verdict)]);
        List<TestRecord> failed = [.. all.Where(t => excuses.Judge(t) == Verdict.Fail)];
        string text = failed.Count == 0 && bad.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{all.Count(t => t.Verdict == Verdict.Pass)} of {all.Count} tests passed{(all.Exists(t => t.Verdict == Verdict.Fail) ? ", quarantined failures among the others" : "")}{(all.Find(t => t.Verdict == Verdict.Invalid) is { } spoiled ? $"; {spoiled.Name} has no result: {WhyOf(spoiled)}" : "")}")
            : "Failed: " + string.Join(", ", failed.Select(t => t.Name).Concat(bad.Select(m => m.Name)).Distinct());
        return Row($"suite:{suite}:{slot}", "tests", failed.Count, "tests", 0, verdict, text);
    }

    // A step at a time: boots and button presses share no probability.
    private static VerdictRecord Trials(IEnumerable<TrialRecord> step)
    {
        List<TrialRecord> trials = [.. step];
        int failed = trials.Count(t => !t.Ok);

        // Clopper-Pearson, one-sided; without a failure it is the success run's (1-c)^(1/n).
        const double c = 0.95;
        double shown = Proportion.LowerOneSided(trials.Count - failed, trials.Count, c);
        int needed = (int)Math.Ceiling(Math.Log(1 - c) / Math.Log(0.95));
        Verdict verdict = failed > 0 ? Verdict.Fail : trials.Count >= needed ? Verdict.Pass : Verdict.Inconclusive;
        string text = failed > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{trials[0].Step}: {failed} of {trials.Count} attempts failed, so that at least {shown:P1} succeed at {c:P0} confidence")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{trials[0].Step}: {trials.Count} of {trials.Count} attempts succeeded: at least {shown:P1} at {c:P0} confidence{(trials.Count >= needed ? "" : $"; 95 % needs {needed - trials.Count} more without a failure")}");
        return Row($"suite:{trials[0].Suite}:{trials[0].Slot}", "trials-bound", shown, "share", 0.95, verdict, text) with { Confidence = c };
    }

    private static VerdictRecord Stability(SlotFacts slot, QuarantineRules excuses, List<VerdictRecord> checks, List<Verdict> suites, TestRecord? spoiledTest, List<string> failedSuites)
    {
        List<IncidentRecord> unexpected = [.. slot.Incidents.Where(i => !i.Expected)];
        List<IncidentRecord> spoiled = [.. unexpected.Where(i => IsSpoiled(i, slot.Downtime) || (slot.StoppedByBench && i.Class == HardwareFault))];
        List<IncidentRecord> failures = [.. unexpected.Except(spoiled).Where(i => !Warnings.Contains(i.Class) && !excuses.Excuses(i))];
        List<Verdict> asked = [.. suites.Where(s => s is not Verdict.NotRun)];
        List<VerdictRecord> found = [.. checks.Where(c => c.Verdict is Verdict.Fail or Verdict.Invalid)];
        Verdict own = failures.Count > 0 || (slot is { Lost: not null, StoppedByBench: false } && spoiled.Count == 0) ? Verdict.Fail
            : spoiled.Count > 0 || slot.StoppedByBench ? Verdict.Invalid
            : unexpected.Count > 0 ? Verdict.Warn
            : asked.Count > 0 ? Verdict.Pass : Verdict.Inconclusive;
        Verdict verdict = Worst([own, .. asked]);
        string text = failures.Count > 0 ? string.Join("; ", failures.GroupBy(i => (i.Class, i.Mode)).Select(g => Sentence([.. g]))) + "." + (failedSuites.Count == 0 ? "" : $" Failed suites: {string.Join(", ", failedSuites)}.")
            : slot is { StoppedByBench: true, Lost: { } why } ? why
            : spoiled.Count > 0 ? "The bench itself was broken when it fell silent: nothing is known of the plug from then on."
            : slot.Lost is { } lost ? lost
            : asked.Count == 0 ? "Nothing was asked of it: no suite of the plan ran here."
            : found.Count > 0 ? string.Join("; ", found.Select(c => $"{c.Rule}: {c.Text}")) + "."
            : verdict == Verdict.Invalid && spoiledTest is not null ? $"No incident, but {spoiledTest.Suite} has no result: {WhyOf(spoiledTest)}."
            : Quiet(unexpected, excuses, asked.Count(s => s != Verdict.Pass), [.. checks.Where(c => c.Verdict == Verdict.Warn)], failedSuites);
        return Row($"slot:{slot.Name}", "stability", failures.Count, "incidents", 0, verdict, text);
    }

    // What does not count against it, a warning or what is in quarantine, is told all the same.
    private static string Quiet(List<IncidentRecord> seen, QuarantineRules excuses, int notPassed, List<VerdictRecord> warned, List<string> failedSuites)
    {
        string incidents = seen.Count == 0 ? "No incident" : "No incident counts against it ("
            + string.Join("; ", seen.GroupBy(i => (i.Class, i.Mode, Excused: excuses.Excuses(i))).Select(g => Sentence([.. g]) + (g.Key.Excused ? ", in quarantine" : ", a warning"))) + ")";
        return failedSuites.Count > 0 ? $"{incidents}, but tests failed in {string.Join(", ", failedSuites)}."
            : notPassed == 0 ? $"{incidents} and no failed test."
            : notPassed == warned.Count ? $"{incidents} and no failed test; {string.Join("; ", warned.Select(c => $"{c.Rule}: {c.Text}"))}."
            : $"{incidents}, but not every test passed: see the suites.";
    }

    // The name of the test stands beside it.
    private static string WhyOf(TestRecord test)
    {
        string why = test.Headline() is { Length: > 0 } told ? told.TrimEnd('.') : "no reason was told";
        string name = test.FullName + ": ";
        return why.StartsWith(name, StringComparison.Ordinal) ? why[name.Length..] : why;
    }

    // Symptoms of no known class while a part of the bench was gone are the bench's; a pattern that fits a class stays the plug's.
    private static bool IsSpoiled(IncidentRecord incident, IReadOnlyList<DowntimeRecord> downtime) =>
        incident.Class == "UNKNOWN"
        && downtime.Any(d => d.Invalid && d.Started <= (incident.Confirmed ?? incident.FirstSymptom) && (d.Ended ?? double.MaxValue) >= incident.FirstSymptom);

    private static string Sentence(List<IncidentRecord> same)
    {
        IncidentRecord first = same[0];
        string times = same.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {same.Count} times");
        return $"{first.Title}{times} ({first.Class}{(first.Mode is { } mode ? " " + mode : "")})";
    }

    private static VerdictRecord Mtbf(SlotFacts slot, NightFacts facts)
    {
        double hours = SoakSeconds(slot, facts) / 3600;
        int failures = slot.Incidents.Count(i => FailureRule.CountsForMtbf(i, facts.Exposure, facts.Now));
        double c = facts.Goals.Confidence;
        double lower = hours > 0 ? MtbfBounds.Lower(hours, failures, c) : 0;
        double needed = DemonstrationHours.Needed(facts.Goals.MtbfGoodHours, failures, c);
        Verdict verdict = lower >= facts.Goals.MtbfGoodHours ? Verdict.Pass : Verdict.Inconclusive;
        string text = hours <= 0 ? "It did not idle under watch (S01), and the MTBF is of those hours alone"
            : verdict == Verdict.Pass
            ? string.Create(CultureInfo.InvariantCulture, $"MTBF at least {Words.Hours(lower)} at {c:P0} confidence")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Words.Hours(hours)} of idle soak with {Words.Count(failures, "incident")} show an MTBF of at least {Words.Hours(lower)} at {c:P0} confidence; to show {Words.Hours(facts.Goals.MtbfGoodHours)} takes {Words.Hours(Math.Max(0, needed - hours))} more without a further one");
        return Row($"slot:{slot.Name}", "mtbf-lower", lower, "h", facts.Goals.MtbfGoodHours, verdict, text) with { Lower = lower, Confidence = c };
    }

    private static VerdictRecord Night(List<Verdict> slots, NightFacts facts)
    {
        Verdict verdict = Worst(facts.BenchFaults.Count > 0 ? [.. slots, Verdict.Invalid] : slots);
        int failed = slots.Take(facts.Slots.Count).Count(s => s == Verdict.Fail);
        string text = failed > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{failed} of {facts.Slots.Count} {(facts.Slots.Count == 1 ? "slot" : "slots")} failed.")
            : slots.Skip(facts.Slots.Count).Any(s => s == Verdict.Fail) ? "The sequential test rejects the good MTBF."
            : facts.BenchFaults.Count > 0 ? BenchFailed + facts.BenchFaults[0] : slots.Count == 1 ? $"The slot: {verdict.ToText()}." : $"Worst of {slots.Count} slots: {verdict.ToText()}.";
        return Row("night", "overall", failed, "slots", 0, verdict, facts.Outcome == "completed" ? text : $"The night was {facts.Outcome.TrimEnd('.')}.{(text.StartsWith(BenchFailed, StringComparison.Ordinal) && facts.Outcome.EndsWith(facts.BenchFaults[0], StringComparison.Ordinal) ? "" : $" Until then: {text}")}");
    }

    /// <summary>Time of a slot's idle soak without its downtime, s: the hours that an MTBF is of, since those under stress have other rates.</summary>
    public static double SoakSeconds(SlotFacts slot, NightFacts facts)
    {
        // Overlaps, of suites or of downtimes, count once.
        IReadOnlyList<Span> under = Spans.Union(facts.Exposure.Where(e => e.Slot == slot.Name && e.Suite == SuiteNames.IdleSoak).Select(e => new Span(e.Started, e.Ended ?? facts.Now)));
        IReadOnlyList<Span> down = Spans.Union(slot.Downtime.Select(d => new Span(d.Started, d.Ended ?? facts.Now)));
        return Spans.Seconds(under) - Spans.Seconds(Spans.Intersect(under, down));
    }

    // The enum's order is the order of importance; a slot that was asked nothing is no news for the night.
    private static Verdict Worst(List<Verdict> verdicts) => verdicts.Count == 0 ? Verdict.NotRun : verdicts.Max();

    private static VerdictRecord Row(string scope, string rule, double value, string unit, double threshold, Verdict verdict, string text) =>
        new(0, scope, rule, value, unit, threshold, null, null, null, verdict, text);
}

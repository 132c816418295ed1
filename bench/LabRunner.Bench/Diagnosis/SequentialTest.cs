using System.Globalization;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Diagnosis;

/// <summary>
/// Where the plan's sequential test stands for one product: all its slots of this night together, since they are the same board and firmware, in the hours of the idle soak.
/// After three times the hours that accept without a failure it is truncated and falls back on the fixed-length demonstration. Pure.
/// </summary>
/// <param name="Test">The test.</param>
/// <param name="Hours">Device-hours of the idle soak.</param>
/// <param name="Failures">Incidents that count.</param>
/// <param name="Confidence">Of the fallback.</param>
internal sealed record SequentialTest(SprtExponential Test, double Hours, int Failures, double Confidence)
{
    private const double TruncatedAt = 3;

    /// <summary>State of the test.</summary>
    public SprtState State => Test.Decide(Hours, Failures) is var decided && decided == SprtState.Continue && Hours >= TruncatedAt * Test.AcceptAt(0)
        ? MtbfBounds.Lower(Hours, Failures, Confidence) >= Test.BadHours ? SprtState.Accept : SprtState.Reject
        : decided;

    /// <summary>Reads it off a night.</summary>
    public static SequentialTest Of(NightFacts facts, IReadOnlyList<SlotFacts> slots) => new(
        new SprtExponential(facts.Goals.MtbfGoodHours, facts.Goals.MtbfBadHours, facts.Goals.Risk, facts.Goals.Risk),
        slots.Sum(s => VerdictRules.SoakSeconds(s, facts)) / 3600, slots.Sum(s => s.Incidents.Count(i => FailureRule.CountsForMtbf(i, facts.Exposure, facts.Now))), facts.Goals.Confidence);

    /// <summary>Its verdict row.</summary>
    public VerdictRecord Row(string product)
    {
        SprtState state = State;
        string so = string.Create(CultureInfo.InvariantCulture, $"{product}: {Hours:0.00} device-hours of idle soak with {Failures} failure(s)");
        string text = state switch
        {
            SprtState.Accept => string.Create(CultureInfo.InvariantCulture, $"{so} accept an MTBF of {Test.GoodHours:0.#} h"),
            SprtState.Reject => string.Create(CultureInfo.InvariantCulture, $"{so} reject an MTBF of {Test.GoodHours:0.#} h in favour of {Test.BadHours:0.#} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{so} do not decide between {Test.GoodHours:0.#} h and {Test.BadHours:0.#} h; {Test.HoursToAccept(Hours, Failures):0.0} device-hours more without a failure would accept"),
        };
        return new VerdictRecord(
            0, $"product:{product}", "sequential", Hours, "h", Test.AcceptAt(Failures), null, null, Confidence,
            state switch { SprtState.Accept => Verdict.Pass, SprtState.Reject => Verdict.Fail, _ => Verdict.Inconclusive }, text);
    }
}

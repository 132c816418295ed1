namespace LabRunner.Reports.Records;

/// <summary>Which incidents are failures of a rate, and which of those count against the MTBF: one rule for the verdicts of the night and for the report.</summary>
public static class FailureRule
{
    // What a suite or the analysis found of the product: one is a failure, however many hours were good.
    private static readonly HashSet<string> Findings = new(StringComparer.Ordinal) { "LEAK", "BUTTON_DEAD", "METER_ZERO", "OTA_STALL", "STATE_LIE", "RELAY_ON" };

    // Not of the firmware, or no loss of service.
    private static readonly Dictionary<string, string> OtherKinds = new(StringComparer.Ordinal)
    {
        ["INFRA"] = "the bench's network failed", ["ICMP_ONLY_DEAD"] = "it went on serving", ["HW_FAULT"] = "the hardware failed", ["POWER_LOSS"] = "its supply failed",
    };

    /// <summary>True for an incident that fails the product by its kind and not by its rate: a leak, a dead button and the like.</summary>
    public static bool IsFinding(IncidentRecord incident) => !incident.Expected && Findings.Contains(incident.Class);

    /// <summary>
    /// True for an incident that was not provoked, took the DUT out of service, and began while a suite had the DUT under test: hours that
    /// are not in the exposure have no failures in the count either.
    /// </summary>
    /// <param name="incident">Incident.</param>
    /// <param name="exposure">Exposure of the run; intervals of other slots are ignored.</param>
    /// <param name="end">End of intervals that are still open, seconds of run time.</param>
    public static bool Counts(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end) => WhyNot(incident, exposure, end) is null;

    /// <summary>
    /// True for a failure that began in the idle soak. The MTBF and the sequential test are of its hours alone: a plug under stress fails at
    /// another rate, and the shares of both differ from night to night.
    /// </summary>
    /// <inheritdoc cref="Counts"/>
    public static bool CountsForMtbf(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end) => WhyNotForMtbf(incident, exposure, end) is null;

    /// <summary>Why an incident does not count against the MTBF, in a few words; null where it does.</summary>
    /// <inheritdoc cref="Counts"/>
    public static string? WhyNotForMtbf(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end)
    {
        List<string> suites = [.. Under(incident, exposure, end)];
        return WhyNot(incident, exposure, end) ?? (suites.Contains(SuiteNames.IdleSoak) ? null : $"{string.Join(", ", suites.Distinct())} had the plug, which has a rate of its own");
    }

    private static string? WhyNot(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end) =>
        incident.Expected ? "the bench provoked it"
        : Findings.Contains(incident.Class) ? "it fails the slot by its kind, however rare"
        : OtherKinds.TryGetValue(incident.Class, out string? why) ? why
        : Under(incident, exposure, end).Any() ? null
        : "no suite had the plug";

    /// <summary>Suites that had the DUT under test when an incident began; one that had it in two intervals at once is told twice.</summary>
    /// <inheritdoc cref="Counts"/>
    public static IEnumerable<string> Under(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end) =>
        exposure.Where(e => e.Slot == incident.Slot && e.Started <= incident.FirstSymptom && incident.FirstSymptom < (e.Ended ?? end)).Select(e => e.Suite);
}

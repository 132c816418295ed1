namespace LabRunner.Reports.Records;

/// <summary>Which incidents count against the MTBF: one rule for the verdicts of the night and for the report.</summary>
public static class MtbfRule
{
    // What a suite or the analysis found of the product: one is a failure, however many hours were good.
    private static readonly HashSet<string> Findings = new(StringComparer.Ordinal) { "LEAK", "BUTTON_DEAD", "METER_ZERO", "OTA_STALL", "STATE_LIE", "RELAY_ON" };

    // Failures of another kind than "it stopped serving", judged by their own rules, and those of the hardware, which say nothing of a firmware.
    private static readonly HashSet<string> OtherKinds = new(Findings, StringComparer.Ordinal)
    {
        "INFRA", "ICMP_ONLY_DEAD", "HW_FAULT", "POWER_LOSS",
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
    public static bool Counts(IncidentRecord incident, IEnumerable<ExposureRecord> exposure, double end) =>
        !incident.Expected && !OtherKinds.Contains(incident.Class)
        && exposure.Any(e => e.Slot == incident.Slot && e.Started <= incident.FirstSymptom && incident.FirstSymptom < (e.Ended ?? end));
}

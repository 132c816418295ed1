namespace LabRunner.Reports.Records;

/// <summary>Attempts of suites S09 and S11 at coming back: each other step of these is a disturbance that ends, and how long the DUT then took to serve again.</summary>
internal static class Reconnects
{
    // No coming back, or one that what waits for the DUT makes longer.
    private static readonly string[] Others = ["command-after-connect", "burst", "retained-flood"];

    /// <summary>Those among attempts; one whose time is none is left out.</summary>
    internal static IEnumerable<TrialRecord> Of(IEnumerable<TrialRecord> trials) =>
        trials.Where(t => t.Suite is "S09" or "S11" && !Others.Contains(t.Step) && double.IsFinite(t.DurationMs) && t.DurationMs >= 0);
}

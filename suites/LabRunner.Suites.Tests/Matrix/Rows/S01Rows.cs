using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S01Rows : ISuiteRows
{
    public string Suite => "S01";

    public string Parameters => "duration: 7m, loadWatts: 60";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Expected = [Outcome.Holds("a soak with less than a household's load says so", SaysWhatIsMissing)] },

        // It comes again at each boot, so that one falls into the soak whenever that begins.
        new("f03-watchdog")
        {
            Faults = "{ id: F03, uptime: 160s..180s }",
            Expected = [Outcome.Fails("LeftAlone_HasNoIncident", "HANG_RECOVERED"), Outcome.Incident("HANG_RECOVERED", "F03")],
        },
    ];

    private static string? SaysWhatIsMissing(RunRecord run, string slot)
    {
        MeasurementRecord? figure = run.Measurements.FirstOrDefault(m => m.Slot == slot && m.Name == "soak-load-missing");
        return figure is { Verdict: Verdict.Warn, Value: 2 } && figure.Detail["missing"].Contains("NTP", StringComparison.Ordinal) && figure.Detail["missing"].Contains("MQTT", StringComparison.Ordinal)
            ? null
            : figure is null ? "nothing is on record" : $"{figure.Value} {figure.Verdict.ToText()} {string.Join(", ", figure.Detail.Values)}";
    }
}

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S01Rows : ISuiteRows
{
    public string Suite => "S01";

    public string Parameters => "duration: 7m, loadWatts: 60";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),

        // It comes again at each boot, so that one falls into the soak whenever that begins.
        new("f03-watchdog")
        {
            Faults = "{ id: F03, uptime: 160s..180s }",
            Expected = [Outcome.Fails("LeftAlone_HasNoIncident", "HANG_RECOVERED"), Outcome.Incident("HANG_RECOVERED", "F03")],
        },
    ];
}

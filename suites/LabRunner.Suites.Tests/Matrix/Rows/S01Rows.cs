namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S01Rows : ISuiteRows
{
    public string Suite => "S01";

    public string Parameters => "duration: 4m, loadWatts: 60";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f01-net-freeze")
        {
            Faults = "{ id: F01, uptime: 100s..120s }",
            Expected = [Outcome.Fails("LeftAlone_HasNoIncident", "NET_FREEZE"), Outcome.Incident("NET_FREEZE", "F01")],
        },
    ];
}

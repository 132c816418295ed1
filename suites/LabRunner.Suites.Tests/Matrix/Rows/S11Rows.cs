namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S11Rows : ISuiteRows
{
    public string Suite => "S11";

    public string Parameters => "restarts: 2, outage: 30s, retained: 20, burst: 50";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f26-never-connects-again")
        {
            Faults = "{ id: F26 }", Parameters = "restarts: 1, outage: 10s, retained: 0, burst: 0",
            Expected = [Outcome.Fails("BrokerRestarts_NothingIsLost", "not back within"), Outcome.Incident("MQTT_DEAD", "F26")],
        },
        new("f26-connects-leak")
        {
            Faults = "{ id: F26, mode: leak, bytes: \"6000\" }", Parameters = "restarts: 2, outage: 10s, retained: 0, burst: 0",
            Expected = [Outcome.Fails("BrokerRestarts_NothingIsLost", "of heap"), Outcome.Incident("LEAK", "F26")],
        },
    ];
}

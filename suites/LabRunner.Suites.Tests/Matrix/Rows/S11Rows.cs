using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S11Rows : ISuiteRows
{
    public string Suite => "S11";

    public string Parameters => "restarts: 2, outage: 30s, blackHole: 170s, retained: 20, burst: 50";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f26-never-connects-again")
        {
            Faults = "{ id: F26 }", Parameters = "restarts: 1, outage: 10s, blackHole: 170s, retained: 0, burst: 20",
            Expected =
            [
                Outcome.Fails("BrokerRestarts_NothingIsLost", "not back within"), Outcome.Fails("LongOutage_ThePlugComesBack", "not back within"),
                Outcome.Fails("BlackHole_ThePlugComesBack", "not back within"), Outcome.Fails("LoginDenied_ThePlugComesBack", "not back within"),
                Outcome.Of("Burst_DoesNoHarm", Verdict.Pass), Outcome.Incident("MQTT_DEAD", "F26"),
            ],
        },
        new("f26-many-messages")
        {
            Faults = "{ id: F26, mode: flood }", Parameters = "restarts: 1, outage: 10s, blackHole: 10s, retained: 20, burst: 0",
            Expected =
            [
                Outcome.Of("BlackHole_ThePlugComesBack", Verdict.Inconclusive, "nothing was done to it"),
                Outcome.Fails("RetainedFlood_DoesNoHarm", "retained messages at its connect: "), Outcome.Of("BrokerRestarts_NothingIsLost", Verdict.Pass),
                Outcome.Incident("MQTT_DEAD", "F26"),
            ],
        },
        new("f26-burst")
        {
            // A busy bench sends fewer messages within a second of run time: few are too many, and run time passes slowly.
            Faults = "{ id: F26, mode: flood, messages: \"4\" }", Parameters = "restarts: 0, outage: 5s, blackHole: 5s, retained: 0, burst: 50", TimeScale = 5,
            Expected = [Outcome.Fails("Burst_DoesNoHarm", "50 messages of QoS 1, 50 a second: it reset"), Outcome.Incident("MQTT_FLOOD", "F26")],
        },
        new("f26-connects-leak")
        {
            Faults = "{ id: F26, mode: leak, bytes: \"6000\" }", Parameters = "restarts: 2, outage: 10s, blackHole: 10s, retained: 0, burst: 0",
            Expected = [Outcome.Fails("BrokerRestarts_NothingIsLost", "of heap"), Outcome.Incident("LEAK", "F26")],
        },
    ];
}

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S09Rows : ISuiteRows
{
    public string Suite => "S09";

    public string Parameters => "off: 10s, away: 10s, repeats: 1, deauths: 2, channels: 1, rekeys: 2, rekeyEvery: 10s, attenuations: 15, weakFor: 30s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Alone = true },
        new("f22-stays-away")
        {
            Faults = "{ id: F22 }", Alone = true, Parameters = "off: 10s, repeats: 1, deauths: 0, channels: 0, rekeys: 0, weakFor: 10s, backLimit: 60s",
            Expected = [Outcome.Fails("AccessPointOff_ThePlugComesBack", "not back within"), Outcome.Incident("WIFI_LOST", "F22")],
        },
        new("f23-group-key")
        {
            Faults = "{ id: F23, rekey: \"1\" }", Parameters = "away: 10s, repeats: 1, deauths: 0, rekeys: 1",
            Expected = [Outcome.Fails("NewGroupKey_ThePlugStays", "not back within"), Outcome.Incident("WIFI_AWAY", "F23")],
        },
        new("f23-slow-to-come-back")
        {
            Faults = "{ id: F23 }", Parameters = "away: 10s, repeats: 1, deauths: 1, rekeys: 0",
            Expected = [Outcome.Fails("SentAway_ThePlugComesBack", "not back within"), Outcome.Incident("WIFI_AWAY", "F23")],
        },
    ];
}

using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S09Rows : ISuiteRows
{
    public string Suite => "S09";

    public string Parameters => "off: 10s, away: 10s, repeats: 1, deauths: 2, channels: 1, rekeys: 2, rekeyEvery: 10s, attenuations: 15, weakFor: 30s";

    private const string TogetherParameters = "off: 10s, repeats: 1, mainsOff: 5s, mainsBack: 1, channels: 1, attenuations: 15, weakFor: 30s, backLimit: 60s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Alone = true, Expected = [Outcome.Of("MainsBackAtOnce_ThePlugRejoins", Verdict.NotRun, "several plugs")] },
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
        new("f03-hang-as-the-group-key-changes")
        {
            Faults = "{ id: F03, on: group-key }", Parameters = "away: 10s, repeats: 1, deauths: 0, rekeys: 1",
            Expected =
            [
                Outcome.Fails("NewGroupKey_ThePlugStays", "by its watchdog (BL_RST_SOFTWARE_WATCHDOG)"), Outcome.Incident("HANG_RECOVERED", "F03"),
                Outcome.Holds("nothing is named F23", (run, slot) => run.Incidents.FirstOrDefault(i => i.Slot == slot && i.Mode == "F23")?.Story),
            ],
        },
        new("f23-slow-to-come-back")
        {
            Faults = "{ id: F23 }", Parameters = "away: 10s, repeats: 1, deauths: 1, rekeys: 0",
            Expected = [Outcome.Fails("SentAway_ThePlugComesBack", "not back within"), Outcome.Incident("WIFI_AWAY", "F23")],
        },
        new("f23-not-taken-stays-away")
        {
            Faults = "{ id: F23, wait: 160s }", Parameters = "away: 10s, repeats: 1, deauths: 0, rekeys: 0",
            Expected = [Outcome.Fails("NotTaken_ThePlugComesBack", "not back within")],
        },
        Company(SuiteRow.HealthyTogether) with
        {
            Expected =
            [
                Outcome.Of("NotTaken_ThePlugComesBack", Verdict.NotRun), Outcome.Of("SentAway_ThePlugComesBack", Verdict.NotRun), Outcome.Of("NewGroupKey_ThePlugStays", Verdict.NotRun),
                Outcome.Trial("access-point-off-10s"), Outcome.Trial("mains-back-5s"), Outcome.Trial("channel"),
            ],
        },
        Company("f62-gives-up-in-a-crowd") with
        {
            Faults = "{ id: F62 }",
            Expected =
            [
                Outcome.Fails("AccessPointOff_ThePlugComesBack", "plugs came back at once: not back within"),
                Outcome.Fails("MainsBackAtOnce_ThePlugRejoins", "plugs came back at once: not back within"), Outcome.Incident("WIFI_LOST", "F62"),
            ],
        },
        Company("f23-channel-not-followed") with
        {
            Faults = "{ id: F23 }",
            Expected = [Outcome.Fails("ChannelSwitch_ThePlugFollows", "not back within"), Outcome.Incident("WIFI_AWAY", "F23")],
        },
        Company("f22-gives-up-where-it-is-weak") with
        {
            Faults = "{ id: F22, probability: 0, weak: -62 }",
            Expected = [Outcome.Fails("WeakSignal_ResetsNothing", "not back within"), Outcome.Incident("WIFI_LOST", "F22")],
        },
    ];

    private static SuiteRow Company(string name) => new(name) { Together = true, Parameters = TogetherParameters };
}

using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S13Rows : ISuiteRows
{
    public string Suite => "S13";

    public string Parameters => "presses: \"120,500\", tooShort: \"40\", holds: \"1500,10000\", doubles: 1, bounces: 2, powerUpHolds: \"3\", toggles: 8, rapid: 10, offTimes: 3s, reboots: 1";

    private const string Gestures = "presses: \"120\", tooShort: \"40\", holds: \"1500\", doubles: 1, bounces: 1, powerUpHolds: \"3\", toggles: 4, rapid: 0, offTimes: 3s, reboots: 1, rebootKinds: api";
    private const string EarlyDoubleClick = "DoubleClick_InTheFirstFiveSeconds_OnlyWhenAskedFor";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            TimeScale = 5, Parameters = "presses: \"120,500\", tooShort: \"40,50\", holds: \"1500,10000\", doubles: 1, bounces: 2, powerUpHolds: \"3\", toggles: 8, rapid: 10, offTimes: 3s, reboots: 1",
            Expected =
            [
                Outcome.Of(EarlyDoubleClick, Verdict.NotRun, "clears the Wi-Fi credentials"),
                Outcome.Holds("no double click in the first 5 s after any boot", EarlyPresses.None), Outcome.Figure("reboot-gap@crash", Verdict.NotRun),
                Outcome.Figure("reboot-gap-median@watchdog", Verdict.Pass), Outcome.Figure("reboot-gap-median@power", Verdict.Pass), Outcome.Figure("reboot-gap-median@update", Verdict.Pass),
            ],
        },
        new("test-build-crashes")
        {
            TimeScale = 3, PlugKeys = "testCommands: true", Parameters = Gestures.Replace("rebootKinds: api", "rebootKinds: crash"),
            Expected = [Outcome.Of("Reboot_WithRelayOn_ReturnsAfterAShortGap", Verdict.Pass), Outcome.Figure("reboot-gap-median@crash", Verdict.Pass)],
        },
        new("f40-long-gap-after-a-crash")
        {
            TimeScale = 3, Faults = "{ id: F40 }", PlugKeys = "testCommands: true", Parameters = Gestures.Replace("rebootKinds: api", "rebootKinds: crash"),
            Expected = [Outcome.Of("Reboot_WithRelayOn_ReturnsAfterAShortGap", Verdict.Warn, "at a reboot by crash")],
        },
        new("early-double-click-asked")
        {
            TimeScale = 2, Parameters = "presses: \"120\", tooShort: \"40\", holds: \"1500\", doubles: 0, bounces: 0, powerUpHolds: \"3\", toggles: 1, rapid: 0, offTimes: 3s, reboots: 1, earlyDoubleClick: clear-credentials",
            Expected = [Outcome.Of(EarlyDoubleClick, Verdict.Pass), Outcome.Holds("the double click that was asked for is on record", EarlyPresses.Some)],
        },
        new("f43-dead-button") { Faults = "{ id: F43 }", Expected = [Outcome.Fails("Press_OfEachLength_ChangesTheContactOnce", "changed nothing"), Outcome.Incident("BUTTON_DEAD", "F43")] },
        new("f43-bounce") { Faults = "{ id: F43, mode: bounce }", Expected = [Outcome.Fails("Press_OfEachLength_ChangesTheContactOnce", "2 changes")] },
        new("f43-chatter")
        {
            TimeScale = 3, Faults = "{ id: F43, mode: chatter }", Parameters = Gestures,
            Expected = [Outcome.Fails("BouncingContact_IsOneChange", "A bouncing press is not one change"), Outcome.Fails("Press_TooShort_ChangesNothing", "40 ms: 1 changes")],
        },
        new("f43-double")
        {
            TimeScale = 3, Faults = "{ id: F43, mode: double }", Parameters = Gestures,
            Expected = [Outcome.Fails("DoubleClick_LaterThanFiveSeconds_ChangesNothingAndCostsNoCredentials", "it is for channel 2")],
        },
        // A press that nobody made closes the contact outside of every declaration.
        new("f43-ghost") { TimeScale = 3, Faults = "{ id: F43, mode: ghost, every: 25s..35s }", Parameters = Gestures, Expected = [Outcome.Incident("RELAY_ON")] },
        new("f43-hold") { TimeScale = 3, Faults = "{ id: F43, mode: hold }", Parameters = Gestures, Expected = [Outcome.Fails("Hold_ChangesNothing", "1500 ms: 1 changes")] },
        new("f43-power-up") { TimeScale = 3, Faults = "{ id: F43, mode: power-up }", Parameters = Gestures, Expected = [Outcome.Fails("Hold_OverPowerUp_ChangesNothingAndServes", "over power-up it changed the contact 1 times")] },
        // Each third change is lost: a gesture that a busy machine makes again would lose another one.
        new("f42-lost-toggle")
        {
            TimeScale = 3, Faults = "{ id: F42 }",
            Expected =
            [
                Outcome.Fails("Toggle_ByEachWay_IsFollowedAndShown", "after 2 s contact or page is not"),
                Outcome.Fails("RapidToggles_ByWeb_AreAllFollowed", "toggles by web"), Outcome.Fails("RapidToggles_ByMqtt_AreAllFollowed", "toggles by mqtt"),
            ],
        },
        // One press a second, so that each is a gesture of its own; none moves the contact.
        new("f42-rapid-presses-lie")
        {
            TimeScale = 3, Faults = "{ id: F42, every: 1 }", Parameters = Gestures.Replace("rapid: 0", "rapid: 3, rapidRate: 1"),
            Expected = [Outcome.Fails("RapidPresses_OfTheButton_LeaveNoLie", "2 s later contact and page differ")],
        },
        new("f41-start-value") { Faults = "{ id: F41 }", Expected = [Outcome.Fails("StartValue_AcrossReboot_Holds", "Start value")] },
        new("f40-long-gap") { Faults = "{ id: F40 }", Expected = [Outcome.Of("Reboot_WithRelayOn_ReturnsAfterAShortGap", Verdict.Warn, "at a reboot")] },
    ];
}

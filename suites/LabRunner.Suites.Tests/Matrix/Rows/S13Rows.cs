using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S13Rows : ISuiteRows
{
    public string Suite => "S13";

    public string Parameters => "presses: \"120,500\", tooShort: \"40\", holds: \"1500,10000\", doubles: 1, bounces: 2, powerUpHolds: \"3\", toggles: 6, rapid: 10, offTimes: 3s, reboots: 1";

    private const string EarlyDoubleClick = "DoubleClick_InTheFirstFiveSeconds_OnlyWhenAskedFor";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            TimeScale = 5,
            Expected =
            [
                Outcome.Of(EarlyDoubleClick, Verdict.NotRun, "clears the Wi-Fi credentials"),
                Outcome.Holds("no double click in the first 5 s after any boot", EarlyPresses.None),
            ],
        },
        new("early-double-click-asked")
        {
            TimeScale = 2, Parameters = "presses: \"120\", tooShort: \"40\", holds: \"1500\", doubles: 0, bounces: 0, powerUpHolds: \"3\", toggles: 1, rapid: 0, offTimes: 3s, reboots: 1, earlyDoubleClick: clear-credentials",
            Expected = [Outcome.Of(EarlyDoubleClick, Verdict.Pass), Outcome.Holds("the double click that was asked for is on record", EarlyPresses.Some)],
        },
        new("f43-dead-button") { Faults = "{ id: F43 }", Expected = [Outcome.Fails("Press_OfEachLength_ChangesTheContactOnce", "changed nothing"), Outcome.Incident("BUTTON_DEAD", "F43")] },
        new("f43-bounce") { Faults = "{ id: F43, mode: bounce }", Expected = [Outcome.Fails("Press_OfEachLength_ChangesTheContactOnce", "2 changes")] },
        new("f42-lost-toggle") { Faults = "{ id: F42 }", Expected = [Outcome.Fails("Toggle_ByCommandAndPage_IsFollowedAndShown", "")] },
        new("f41-start-value") { Faults = "{ id: F41 }", Expected = [Outcome.Fails("StartValue_AcrossReboot_Holds", "Start value")] },
        new("f40-long-gap") { Faults = "{ id: F40 }", Expected = [Outcome.Of("Reboot_WithRelayOn_ReturnsAfterAShortGap", Verdict.Warn, "at a reboot")] },
    ];
}

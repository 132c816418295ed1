using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S06Rows : ISuiteRows
{
    public string Suite => "S06";

    public string Parameters => "erase: 1, write: 1, tableSwitch: 0, firstBoot: 1";

    // A brick stops the suite for its board variant: what is not to be stopped has another board, or another night.
    private const string Bricked = "rmc021";

    // The table switch lasts 50 ms: at a larger scale no machine hits that.
    private const double SwitchScale = 2;

    // Rows of one scale share a night: these do.
    private const double BrickScale = 16;

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f37-brick-by-a-cut")
        {
            Faults = "{ id: F37, phase: write }", Parameters = "erase: 0, write: 1, tableSwitch: 0, firstBoot: 0, recoverLimit: 20s",
            Board = Bricked, TimeScale = BrickScale,
            Expected = [Outcome.Fails("NoCut_LeavesABrick", "a brick"), Outcome.Incident("BRICK", "F37")],
        },
        new("table-switch")
        {
            TimeScale = SwitchScale, Parameters = "erase: 0, write: 0, tableSwitch: 3, firstBoot: 0, patience: 10",
            Expected = [Outcome.Of("NoCut_LeavesABrick", Verdict.Pass), Outcome.Holds("three cuts land in the table switch", ThreeInTheSwitch)],
        },
        new("f37-brick-in-the-table-switch")
        {
            Faults = "{ id: F37, phase: switch }", Board = Bricked, TimeScale = SwitchScale,
            Parameters = "erase: 0, write: 0, tableSwitch: 1, firstBoot: 0, patience: 10, recoverLimit: 20s",
            Expected = [Outcome.Fails("NoCut_LeavesABrick", "tableSwitch"), Outcome.Incident("BRICK", "F37")],
        },
        new("same-board-as-a-brick")
        {
            Board = Bricked, TimeScale = BrickScale, Parameters = "erase: 0, write: 30, tableSwitch: 0, firstBoot: 0, recoverLimit: 20s",
            Expected = [Outcome.Of("NoCut_LeavesABrick", Verdict.Inconclusive, "was bricked")],
        },
        new("f37-brick-in-the-first-boot")
        {
            Faults = "{ id: F37, phase: unpack }", Board = "sm-028-v1.3-b4", TimeScale = BrickScale,
            Parameters = "erase: 0, write: 0, tableSwitch: 0, firstBoot: 5, recoverLimit: 20s",
            Expected = [Outcome.Fails("NoCut_LeavesABrick", "firstBoot"), Outcome.Incident("BRICK", "F37")],
        },
        new("other-board-than-a-brick")
        {
            TimeScale = BrickScale, Parameters = "erase: 0, write: 4, tableSwitch: 0, firstBoot: 0",
            Expected = [Outcome.Of("NoCut_LeavesABrick", Verdict.Pass)],
        },
    ];

    private static string? ThreeInTheSwitch(RunRecord run, string slot)
    {
        int landed = run.Trials.Count(t => t.Slot == slot && t.Step == OtaCutTrial.Step && t.Detail[OtaCutTrial.Stratum] == "tableSwitch");
        return landed >= 3 ? null : $"{landed} did";
    }
}

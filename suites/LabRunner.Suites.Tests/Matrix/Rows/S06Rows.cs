using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S06Rows : ISuiteRows
{
    public string Suite => "S06";

    public string Parameters => "erase: 1, write: 1, tableSwitch: 0, firstBoot: 1";

    // A brick stops the suite for its board variant: what is not to be stopped has another board, or another night.
    private const string Bricked = "rmc021";

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
}

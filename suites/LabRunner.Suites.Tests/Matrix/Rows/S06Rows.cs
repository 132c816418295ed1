namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S06Rows : ISuiteRows
{
    public string Suite => "S06";

    public string Parameters => "erase: 1, write: 1, tableSwitch: 0, firstBoot: 1";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f37-brick-by-a-cut")
        {
            Faults = "{ id: F37, phase: write }", Parameters = "erase: 0, write: 1, tableSwitch: 0, firstBoot: 0, recoverLimit: 20s",
            Expected = [Outcome.Fails("NoCut_LeavesABrick", "a brick"), Outcome.Incident("BRICK", "F37")],
        },
    ];
}

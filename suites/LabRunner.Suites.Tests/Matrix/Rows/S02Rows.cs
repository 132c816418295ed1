namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S02Rows : ISuiteRows
{
    public string Suite => "S02";

    public string Parameters => "cycles: 2, offMin: 3s, offMax: 5s, on: 10s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f41-start-value") { InEveryRun = true, Faults = "{ id: F41 }", Expected = [Outcome.Fails("EveryCycle_BootsInTimeAndKeepsItsState", "start value is -1")] },
    ];
}

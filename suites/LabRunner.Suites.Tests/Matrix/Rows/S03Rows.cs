namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S03Rows : ISuiteRows
{
    public string Suite => "S03";

    public string Parameters => "rungs: 6, shortOn: 2s, longOn: 10s, off: 2s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f07-never-good") { Faults = "{ id: F07 }", Expected = [Outcome.Fails("GoodBoots_NeverEnterSafeMode", "long enough")] },
    ];
}

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S12Rows : ISuiteRows
{
    public string Suite => "S12";

    public string Parameters => "intervals: \"30,60,120\", margin: 30s, repeats: 1";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Parameters = "intervals: \"10,30\", margin: 30s, repeats: 1" },
        new("f09-interval")
        {
            Faults = "{ id: F09 }",
            Expected = [Outcome.Fails("SetupEnergyStats_AnyInterval_DoesNotFreeze", "freezes with SetupEnergyStats"), Outcome.Incident("PERIODIC_FREEZE", "F09")],
        },
    ];
}

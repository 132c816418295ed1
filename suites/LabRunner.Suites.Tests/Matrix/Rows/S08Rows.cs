namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S08Rows : ISuiteRows
{
    public string Suite => "S08";

    public string Parameters => "rates: 10, phase: 3m";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f21-discovery-resets")
        {
            Faults = "{ id: F21, perRequest: \"0.05\" }",
            Expected = [Outcome.Fails("Requests_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Incident("DISCOVERY_RESETS", "F21")],
        },
    ];
}

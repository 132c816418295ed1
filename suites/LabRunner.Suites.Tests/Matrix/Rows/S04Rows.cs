namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S04Rows : ISuiteRows
{
    public string Suite => "S04";

    public string Parameters => "cycles: 1";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f38-settings-lost") { Faults = "{ id: F38 }", Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "no meter")] },
        new("f39-taken-and-not-run")
        {
            Faults = "{ id: F39, uploads: 1, then: drop }",
            Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "it runs '")],
        },
        new("f30-stalls")
        {
            Faults = "{ id: F30 }",
            Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "longest stall"), Outcome.Incident("OTA_STALL", "F30")],
        },
    ];
}

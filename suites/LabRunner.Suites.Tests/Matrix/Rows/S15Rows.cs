namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S15Rows : ISuiteRows
{
    public string Suite => "S15";

    public string Parameters => "dips: \"10ms,500ms\", repeats: 1, flickers: 4, recoverLimit: 120s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f41-start-value") { Faults = "{ id: F41, mode: off }", Expected = [Outcome.Fails("Dip_OfEachLength_EndsInAServingPlugThatMeters", "yet it is off")] },
        new("f07-safe-too-soon") { Faults = "{ id: F07 }", Parameters = "dips: 100ms, repeats: 1, flickers: 4, recoverLimit: 120s", Expected = [Outcome.Fails("Flicker_OfUpToSoManyCuts_ReturnsToService", "in safe mode")] },
    ];
}

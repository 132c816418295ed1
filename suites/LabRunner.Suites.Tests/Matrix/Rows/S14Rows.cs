namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S14Rows : ISuiteRows
{
    public string Suite => "S14";

    public string Parameters => "loads: \"60,2300\", dwell: 10s, settle: 4s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f44-zero") { InEveryRun = true, Faults = "{ id: F44 }", Expected = [Outcome.Fails("EveryLoad_IsReadWithinLimits", "reads zero"), Outcome.Incident("METER_ZERO", "F44")] },
        new("f45-sel-inverted") { Faults = "{ id: F45 }", Expected = [Outcome.Fails("EveryLoad_IsReadWithinLimits", "voltage at 60 W")] },
    ];
}

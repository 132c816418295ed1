namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S12Rows : ISuiteRows
{
    public string Suite => "S12";

    public string Parameters => "intervals: \"30,60,120\", margin: 30s, repeats: 1, events: 10";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Parameters = "intervals: \"10,30\", margin: 30s, repeats: 1, events: 10" },
        new("f09-repeating-event")
        {
            Faults = "{ id: F09, by: events }", Parameters = "intervals: 10, margin: 30s, repeats: 1, events: 10",
            Expected = [Outcome.Fails("RepeatingEvents_RunAsOftenAsTold", "after addRepeatingEvent"), Outcome.Incident("NET_FREEZE")],
        },
        new("f09-interval")
        {
            Faults = "{ id: F09 }",
            Expected = [Outcome.Fails("SetupEnergyStats_AnyInterval_DoesNotFreeze", "freezes with SetupEnergyStats"), Outcome.Incident("PERIODIC_FREEZE", "F09")],
        },
    ];
}

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S16Rows : ISuiteRows
{
    public string Suite => "S16";

    public string Parameters => "saves: 3, storm: 5, energyCuts: 2, recoverLimit: 120s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f52-config-lost")
        {
            Faults = "{ id: F52, window: 3s }",
            Expected = [Outcome.Fails("Cut_SoonAfterASave_LeavesEverySettingWhole", "finding #"), Outcome.Incident("CONFIG_LOST", "F52")],
        },
        new("f52-config-lost-in-a-storm")
        {
            Faults = "{ id: F52, window: 3s }", Parameters = "saves: 1, storm: 5, energyCuts: 0, recoverLimit: 120s",
            Expected = [Outcome.Fails("Cut_AfterAWriteStorm_LeavesEverySettingWhole", "finding #"), Outcome.Incident("CONFIG_LOST", "F52")],
        },
        new("f49-energy-lost") { Faults = "{ id: F49 }", Parameters = "saves: 1, storm: 0, energyCuts: 3, recoverLimit: 120s", Expected = [Outcome.Fails("Cut_UnderLoad_CostsAtMostTheThresholdOfEnergy", "of the total")] },
        new("f49-energy-jump") { Faults = "{ id: F49, mode: jump }", Parameters = "saves: 1, storm: 0, energyCuts: 1, recoverLimit: 120s", Expected = [Outcome.Fails("Cut_UnderLoad_CostsAtMostTheThresholdOfEnergy", "added")] },
    ];
}

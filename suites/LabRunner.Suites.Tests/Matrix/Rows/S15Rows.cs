namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S15Rows : ISuiteRows
{
    public string Suite => "S15";

    public string Parameters => "dips: \"10ms,500ms\", repeats: 1, flickers: 4, recoverLimit: 120s";

    // Feeds the rail in place of the switch, and can lower its voltage.
    private const string BenchSupply = "power: { driver: harness, socket: \"${virtual.harness}\", plug: {plug} }";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Without = ["power"], SlotKeys = [BenchSupply], Parameters = "dips: \"10ms,500ms\", railVolts: \"2.9,2.6,2.2\", railDips: 100ms, ramps: 2s, repeats: 1, flickers: 5, recoverLimit: 120s" },
        // Pulses would go past the meter chip: its own load is what it must read again.
        new("f53-meter-does-not-resume")
        {
            Faults = "{ id: F53, every: bench }", Without = ["power", "pulses"], SlotKeys = [BenchSupply], Parameters = "dips: 500ms, railVolts: 2.5, railDips: 100ms, ramps: 2s, repeats: 1, flickers: 1, recoverLimit: 120s",
            Expected = [Outcome.Fails("RailDip_ToEachVoltage_EndsInAServingPlugThatMeters", "it did not resume"), Outcome.Fails("RailRamp_ToEachVoltage_EndsInAServingPlugThatMeters", "it did not resume")],
        },
        new("f41-start-value") { Faults = "{ id: F41, mode: off }", Expected = [Outcome.Fails("Dip_OfEachLength_EndsInAServingPlugThatMeters", "yet it is off")] },
        new("f07-safe-too-soon") { Faults = "{ id: F07 }", Parameters = "dips: 100ms, repeats: 1, flickers: 4, recoverLimit: 120s", Expected = [Outcome.Fails("Flicker_OfUpToSoManyCuts_ReturnsToService", "in safe mode")] },
    ];
}

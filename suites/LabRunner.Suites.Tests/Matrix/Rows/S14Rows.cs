using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S14Rows : ISuiteRows
{
    private const string Points = "EveryLoad_IsReadWithinLimits";
    private const string RealLoad = "RealLoad_AgainstTheReferenceMeter_ErrorHasAnOwner";
    private const string Zero = "CalibrationToZero_IsRefused";
    private const string Reboot = "Energy_AfterAReboot_IsTheSame";
    private const string Drift = "HeavyLoad_DoesNotDrift_AndASmallOneReadsAsBefore";
    private const string NoPulses = "slot";
    private static readonly string[] Metered =
    [
        "meter: { driver: harness, socket: \"${virtual.harness}\", plug: {plug}, accuracyPercent: 0.1 }",
        "pulseCounter: { driver: harness, socket: \"${virtual.harness}\", plug: {plug} }",
    ];

    public string Suite => "S14";

    public string Parameters => "loads: \"60,500,2300\", reactive: \"100\", capacitive: \"460\", otherVolts: \"253\", dwell: 10s, dwellWattSeconds: 0, settle: 4s, noLoad: 30s, smallLoads: \"2\", energy: 60s, drift: 30s, busy: 20s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            Parameters = "loads: \"2,5,25,60,100,500,1000,2300,3600\", reactive: \"60,100\", capacitive: \"460,920\", otherVolts: \"207,253\", dwell: 10s, dwellWattSeconds: 60, settle: 4s, noLoad: 60s, smallLoads: \"1,2,5\", energy: 2m, drift: 2m, busy: 30s, calibrate: yes",
            Expected =
            [
                Outcome.Of(Points, Verdict.Pass),
                Outcome.Of("AbovePowerMax_ReadingIsHeldAndComesBack", Verdict.Warn, "F47"),
                Outcome.Of(RealLoad, Verdict.NotRun, NoPulses),
            ],
        },
        new("f44-zero") { InEveryRun = true, Faults = "{ id: F44 }", Expected = [Outcome.Fails(Points, "stays at zero"), Outcome.Incident("METER_ZERO", "F44")] },
        new("f45-sel-inverted") { Faults = "{ id: F45 }", Expected = [Outcome.Fails(Points, "voltage and current are swapped"), Outcome.Incident("METER_SWAPPED", "F45")] },
        new("f45-sel-missing") { Faults = "{ id: F45, mode: sel-missing }", Expected = [Outcome.Fails(Points, "voltage is never measured"), Outcome.Incident("METER_SWAPPED", "F45")] },
        new("f45-cf-swapped") { Faults = "{ id: F45, mode: cf-swapped }", Expected = [Outcome.Fails(Points, "CF and CF1 are swapped"), Outcome.Incident("METER_SWAPPED", "F45")] },
        new("f46-spikes") { Faults = "{ id: F46, every: 20s..30s }", Expected = [Outcome.Fails("SteadyLoad_EnergyIsPowerTimesTime_AndNoReadingIsFarOff", "no load explains"), Outcome.Incident("METER_SPIKE", "F46")] },
        new("f48-zero") { Faults = "{ id: F48 }", Expected = [Outcome.Fails(Zero, "kills the reading"), Outcome.Incident("METER_CALIBRATION", "F48")] },
        new("f48-freeze") { Faults = "{ id: F48, mode: freeze }", Expected = [Outcome.Fails(Zero, "stops the plug"), Outcome.Incident("METER_CALIBRATION", "F48")] },
        new("f49-lost") { Faults = "{ id: F49 }", Expected = [Outcome.Fails(Reboot, "lost or goes back"), Outcome.Incident("ENERGY_TOTAL", "F49")] },
        new("f49-jump") { Faults = "{ id: F49, mode: jump }", Expected = [Outcome.Fails(Reboot, "jumps up"), Outcome.Incident("ENERGY_TOTAL", "F49")] },
        new("f50-creep") { Faults = "{ id: F50 }", Expected = [Outcome.Fails("NoLoad_NothingIsCounted", "without a load"), Outcome.Fails("OpenRelay_ReadsNoLoad_AndTheSameVoltage", "With the relay open"), Outcome.Incident("METER_CREEP", "F50")] },
        new("f50-blind") { Faults = "{ id: F50, mode: blind }", Expected = [Outcome.Fails("SmallLoads_AreSeen", "small counts are thrown away"), Outcome.Incident("METER_BLIND", "F50")] },
        new("f51-busy")
        {
            // Long enough that the second which a reading may be off by is little beside what a busy plug misses.
            Faults = "{ id: F51 }", Parameters = "loads: \"60,500\", reactive: \"100\", capacitive: \"460\", otherVolts: \"253\", dwell: 10s, dwellWattSeconds: 0, settle: 4s, noLoad: 20s, smallLoads: \"2\", energy: 30s, drift: 20s, busy: 60s, abovePowerMax: no",
            Expected =
            [
                Outcome.Fails("BusyCpu_NoPulseIsMissed", "while the CPU is busy"), Outcome.Fails("Update_NoPulseIsMissed", "bytes of an update"), Outcome.Fails("LostLink_NoPulseIsMissed", "losses of the link"),
                Outcome.Incident("METER_MISSES", "F51"),
            ],
        },
        new("f51-rate")
        {
            Faults = "{ id: F51, mode: rate }", Parameters = "loads: \"5,25,60,100,500,1000,2300,3000\", reactive: \"100\", capacitive: \"460\", otherVolts: \"253\", dwell: 10s, dwellWattSeconds: 0, settle: 4s, noLoad: 20s, smallLoads: \"2\", energy: 30s, drift: 20s, busy: 20s, abovePowerMax: no",
            Expected = [Outcome.Fails(Points, "power at 3000W"), Outcome.Fails("AllLoads_LieOnALine", "Slope of the readings")],
        },
        // Too little to be seen at any one load, and more while the load lasts: the drift, and nothing else.
        new("f51-warm")
        {
            Faults = "{ id: F51, mode: warm }", Parameters = "loads: \"60,500\", reactive: \"100\", capacitive: \"460\", otherVolts: \"253\", dwell: 10s, dwellWattSeconds: 0, settle: 4s, noLoad: 20s, smallLoads: \"2\", energy: 30s, energyWatts: 500, drift: 60s, busy: 20s, abovePowerMax: no",
            Expected = [Outcome.Fails(Drift, "the reading drifted by"), Outcome.Holds("no other step fails", (run, slot) => FailedBeside(Drift, run, slot))],
        },
        new("real-load") { Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 1150", Expected = [Outcome.Of(RealLoad, Verdict.Pass)] },
        new("real-load-high") { Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 1150, wattsGain: 1.04", Expected = [Outcome.Fails(RealLoad, "calibrate the plug")] },
        new("real-load-calibrated")
        {
            Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 2000, wattsGain: 1.04", Parameters = "calibrate: yes, dwell: 20s, drift: 30s, busy: 20s",
            Expected = [Outcome.Of("Calibration_BringsTheReadingsToTheReference", Verdict.Pass), Outcome.Of(RealLoad, Verdict.Pass)],
        },
        new("nothing-asked")
        {
            Parameters = "loads: \"\", reactive: \"\", capacitive: \"\", otherVolts: \"\", dwell: 10s, noLoad: 10s, energy: 30s, drift: 20s, busy: 20s, busyBy: \"\", abovePowerMax: no",
            Expected = [Outcome.Of(Points, Verdict.NotRun, "the plan asks no loads")],
        },
        new("f48-calibration-ignored")
        {
            Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 2000, wattsGain: 1.04", Faults = "{ id: F48, mode: ignore }", Parameters = "calibrate: yes, dwell: 10s, drift: 30s, busy: 20s",
            Expected = [Outcome.Fails("Calibration_BringsTheReadingsToTheReference", "Errors after the calibration")],
        },
        new("real-load-volts-high") { Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 1150, voltsGain: 1.04", Expected = [Outcome.Fails(RealLoad, "The plug's voltage is 4")] },
        new("real-load-sel-inverted") { Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 1150", Faults = "{ id: F45 }", Expected = [Outcome.Fails(RealLoad, "voltage and current are swapped"), Outcome.Incident("METER_SWAPPED", "F45")] },
        new("real-load-lost-pulses") { Without = ["pulses"], SlotKeys = Metered, PlugKeys = "loadWatts: 1150", Faults = "{ id: F51 }", Expected = [Outcome.Fails(RealLoad, "pulses are lost")] },
    ];

    private static string? FailedBeside(string test, RunRecord run, string slot)
    {
        string[] others = [.. run.Tests.Where(t => t.Slot == slot && t.Name != test && t.Verdict is Verdict.Fail or Verdict.Invalid).Select(t => $"{t.Name} {t.Verdict.ToText()}: {t.Message}")];
        return others.Length == 0 ? null : string.Join("; ", others);
    }
}

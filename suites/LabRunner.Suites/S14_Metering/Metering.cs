using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <summary>
/// S14: the plug's V, I, P and Wh against what the bench really emits, or against a reference meter where the load is real. A test a question;
/// each file holds those of one kind.
/// </summary>
[SlotSuite("S14", "Metering accuracy")]
[Needs("http")]
public sealed partial class Metering(string slot) : SuiteFixture<MeteringParameters>(slot)
{
    private AccuracyClass Class => new(Parameters.AccuracyClass);

    private BoardDescription Board => Lab.SlotFacts.Board;

    private Bl0937Model Model => new(Board.VoltsPerHertz, Board.AmperesPerHertz, Board.WattsPerHertz);

    /// <summary>Feeds a load until the end of the test. The relay is closed: with flag 38 an open one forces P and I to zero.</summary>
    private async Task<InjectedLoad> FeedAsync(LoadPoint load)
    {
        try
        {
            return await Lab.Bench.InjectAsync(Lab.Slot, load, Lab.Token);
        }
        catch (ArgumentOutOfRangeException beyond)
        {
            throw new IgnoreException($"the pulse source cannot give {load.Watts:0.##} W at {load.Volts:0.#} V: {beyond.Message}");
        }
    }

    private async Task BeginFeedingAsync()
    {
        await Lab.SetRelayAsync(true);
        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
    }

    /// <summary>Feeds a load, waits until it is settled, and reads.</summary>
    private async Task<(InjectedLoad Emitted, MeterReading Reading)> MeasureAsync(LoadPoint load, TimeSpan dwell)
    {
        InjectedLoad emitted = await FeedAsync(load);
        await Lab.DelayAsync(Parameters.Settle);
        return (emitted, await MeterReading.TakeAsync(Lab, dwell));
    }

    /// <summary>Energy counter and uptime in one reply, so that both are of one moment.</summary>
    private async Task<(double WattHours, long Uptime)> ReadEnergyAsync()
    {
        PlugStatus status = await Lab.Plug.GetStatusAsync(Lab.Token);
        Assert.That(status.ConsumptionTotalWattHours, Is.Not.Null, "Status 0 tells no ConsumptionTotal: the BL0937 driver is not running.");
        return (status.ConsumptionTotalWattHours!.Value, status.UptimeSeconds);
    }

    /// <summary>Fails with what the readings single out, where they do.</summary>
    private async Task FailIfDiagnosedAsync(InjectedLoad emitted, MeterReading reading, TimeSpan since)
    {
        Bl0937Frequencies pulses = new(new Hertz(emitted.CfHertz), new Hertz(emitted.Cf1VoltageHertz), new Hertz(emitted.Cf1CurrentHertz));
        if (MeterDiagnosis.Name(Model, pulses, reading.Volts, reading.Amperes, reading.Watts) is { } fault)
        {
            await FailAsFoundAsync(fault.Class, fault.Mode, fault.Title, fault.Story, since, Told(emitted, reading), $"injected {emitted.Watts:0.##} W");
        }
    }

    private async Task FailAsFoundAsync(string findingClass, string mode, string title, string story, TimeSpan since, IReadOnlyList<string> evidence, string stimulus)
    {
        long finding = await Lab.FindAsync(findingClass, mode, title, story, since, evidence, stimulus);
        Assert.Fail($"Finding #{finding} {mode}: {title}. {story}");
    }

    private static string[] Told(InjectedLoad emitted, MeterReading reading) =>
    [
        FormattableString.Invariant($"emitted {emitted.Volts:0.##} V, {emitted.Amperes:0.####} A, {emitted.Watts:0.##} W"),
        FormattableString.Invariant($"read {reading.Volts:0.##} V, {reading.Amperes:0.####} A, {reading.Watts:0.##} W, mean of {reading.Readings} readings"),
    ];

    private static Verdict Judge(bool good) => good ? Verdict.Pass : Verdict.Fail;
}

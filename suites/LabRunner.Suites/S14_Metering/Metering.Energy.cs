using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>Energy: over time, and across resets.</content>
public sealed partial class Metering
{
    // The reply tells whole seconds of uptime, and the energy of the last turn of the loop before: two windows are open.
    private const double OpenSeconds = 2;
    private const double CountingShare = 0.001;
    private const double EnergyShare = 0.01;
    private const double BusyShare = 0.005;

    /// <summary>Grown by so much, the counter is saved (drv_bl_shared.c, ConsumptionThreshold): a cut may lose as much.</summary>
    private const double SaveThresholdWattHours = 10;

    private const double CreepWattHours = 0.2;

    // The firmware keeps the total in single precision: seven digits.
    private const double TotalPrecision = 2e-7;
    private static readonly TimeSpan Off = TimeSpan.FromSeconds(5);

    [Test]
    [Needs("pulses")]
    public async Task SteadyLoad_EnergyIsPowerTimesTime_AndNoReadingIsFarOff()
    {
        await BeginFeedingAsync();
        TimeSpan at = Lab.Now;
        InjectedLoad emitted = await FeedAsync(new LoadPoint(Parameters.Volts, Parameters.EnergyWatts, 1));
        await Lab.DelayAsync(Parameters.Settle);
        await Lab.SayAsync(FormattableString.Invariant($"{Parameters.EnergyWatts:0} W, energy"));
        (double before, long from) = await ReadEnergyAsync();
        MeterReading reading = await MeterReading.TakeAsync(Lab, Parameters.Energy);
        (double after, long to) = await ReadEnergyAsync();
        await FailIfDiagnosedAsync(emitted, reading, at);
        await FailIfSpikedAsync(MeterPoint.Spikes(reading.Samples, emitted.Watts, Board.WattsPerHertz), emitted.Watts, reading.Readings, at);
        double seconds = to - from;
        Assert.That(seconds, Is.Positive, "The plug was reset in this time: energy over it cannot be told.");
        double emittedWattHours = emitted.Watts * seconds / SecondsPerHour;
        double share = CountingShare + (OpenSeconds / seconds);
        double error = (after - before - emittedWattHours) / emittedWattHours;
        bool good = Math.Abs(error) <= share;
        await Lab.MeasureAsync(new Figure("energy", after - before, "Wh", Judge(good))
        {
            Lower = emittedWattHours * (1 - share), Upper = emittedWattHours * (1 + share), Reference = emittedWattHours,
            Detail = [("errorPercent", FormattableString.Invariant($"{error * 100:0.000}")), ("seconds", FormattableString.Invariant($"{seconds:0}"))],
        });
        double byPower = reading.Watts * seconds / SecondsPerHour;
        double apart = (after - before - byPower) / byPower;
        await Lab.MeasureAsync(new Figure("energy-against-power", apart * 100, "%", Judge(Math.Abs(apart) <= BusyShare + share)) { Lower = -(BusyShare + share) * 100, Upper = (BusyShare + share) * 100 });
        Assert.That(good, Is.True, FormattableString.Invariant($"In {seconds:0} s of {emitted.Watts:0.#} W the counter grew by {after - before:0.###} Wh, emitted were {emittedWattHours:0.###} Wh ({error * 100:0.00} %, allowed ±{share * 100:0.00} %)."));
    }

    [Test]
    [Needs("pulses")]
    public async Task Energy_AfterAReboot_IsTheSame()
    {
        (double before, double after) = await AcrossAsync(() => Lab.RebootAsync("the energy total must survive it"));
        await JudgeTotalAsync("energy-lost-by-reboot", before, after, 0, "a commanded reboot, before which the firmware saves it");
    }

    [Test]
    [Needs("pulses", "power")]
    public async Task Energy_AfterAPowerCut_LosesAtMostWhatWasNotSaved()
    {
        (double before, double after) = await AcrossAsync(async () =>
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, "the energy total must survive it");
            long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
            SupplyCut cut = await Lab.CutSupplyAsync(Off);
            await Lab.NewBootAsync(cut.Ordered, uptime, TimeSpan.FromSeconds(45));
            await Lab.WaitUntilBootIsCompleteAsync();
        });
        await JudgeTotalAsync("energy-lost-by-cut", before, after, SaveThresholdWattHours, "a power cut, which may lose what was not saved yet (10 Wh)");
    }

    private async Task<(double Before, double After)> AcrossAsync(Func<Task> reset)
    {
        await BeginFeedingAsync();

        // More than the save threshold must be on the counter, or a lost total could not be told from one that was not saved.
        TimeSpan need = TimeSpan.FromHours((2 * SaveThresholdWattHours) / Parameters.EnergyWatts);
        if ((await ReadEnergyAsync()).WattHours < 2 * SaveThresholdWattHours)
        {
            await FeedAsync(new LoadPoint(Parameters.Volts, Parameters.EnergyWatts, 1));
            await Lab.DelayAsync(need + Parameters.Settle);
        }

        await FeedAsync(new LoadPoint(0, 0, 1));
        await Lab.DelayAsync(TimeSpan.FromSeconds(4));
        (double before, _) = await ReadEnergyAsync();
        await reset();
        (double after, _) = await ReadEnergyAsync();
        return (before, after);
    }

    private async Task JudgeTotalAsync(string name, double before, double after, double mayLose, string what)
    {
        // What a meter that creeps adds in this time is a fault of its own, and has its own test.
        double open = 0.02 + CreepWattHours + (before * TotalPrecision);
        double lost = before - after;
        bool good = lost <= mayLose + open && lost >= -open;
        await Lab.MeasureAsync(new Figure(name, lost, "Wh", Judge(good))
        {
            Lower = -open, Upper = mayLose + open, Detail = [("before", FormattableString.Invariant($"{before:0.###}")), ("after", FormattableString.Invariant($"{after:0.###}"))],
        });
        if (!good)
        {
            await FailAsFoundAsync(
                "ENERGY_TOTAL", "F49", lost > 0 ? "The energy total is lost or goes back at a reset" : "The energy total jumps up at a reset",
                FormattableString.Invariant($"Before {what}, the total was {before:0.###} Wh, and afterwards {after:0.###} Wh, without any load between."),
                Lab.Now, [FormattableString.Invariant($"allowed: {before - mayLose - open:0.###} to {before + open:0.###} Wh")], what);
        }
    }
}

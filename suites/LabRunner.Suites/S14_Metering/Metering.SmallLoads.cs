using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>No load, and hardly any. Counted by the energy counter: a reading of one window is too coarse.</content>
public sealed partial class Metering
{
    private const double NoLoadVolts = 1.15;
    private const double SecondsPerHour = 3600;

    // The largest load of these plugs.
    private const double MostAmperes = 16;

    // Pulses that a small load is measured by, at least: a tenth of them is one pulse.
    private const double SmallLoadPulses = 10;

    // A pulse at each end of the time, and what the uptime's whole seconds leave open.
    private const double SmallLoadPulsesOpen = 3;

    [Test]
    [Needs("pulses")]
    public async Task NoLoad_NothingIsCounted()
    {
        // 3,600,000 Ws are a kilowatt hour; a plan that asks for less time than the standard does gets the standard's.
        TimeSpan shortest = Class.NoLoadTime(3.6e6 / Board.WattsPerHertz, Parameters.Volts, MostAmperes);
        TimeSpan time = Parameters.NoLoad > shortest ? Parameters.NoLoad : shortest;
        await BeginFeedingAsync();
        TimeSpan at = Lab.Now;
        await FeedAsync(new LoadPoint(Parameters.Volts * NoLoadVolts, 0, 1));
        await Lab.DelayAsync(Parameters.Settle);
        await Lab.SayAsync("no load");
        (double before, _) = await ReadEnergyAsync();
        await Lab.DelayAsync(time);
        (double after, _) = await ReadEnergyAsync();
        double pulses = ToPulses(after - before);
        bool good = pulses <= 1;
        await Lab.MeasureAsync(new Figure("no-load-pulses", pulses, "", Judge(good))
        {
            Lower = 0, Upper = 1, Detail = [("seconds", FormattableString.Invariant($"{time.TotalSeconds:0}")), ("wattHours", FormattableString.Invariant($"{after - before:0.######}"))],
        });
        if (!good)
        {
            await FailAsFoundAsync(
                "METER_CREEP", "F50", "The meter counts energy without a load",
                FormattableString.Invariant($"No CF pulse was emitted for {time.TotalSeconds:0} s, and the energy counter grew by {after - before:0.####} Wh, {pulses:0} pulses' worth: {(after - before) / time.TotalHours:0.##} W."),
                at, [FormattableString.Invariant($"energy {before:0.####} Wh, then {after:0.####} Wh; one pulse is {Board.WattsPerHertz / SecondsPerHour:0.######} Wh")], "no load");
        }
    }

    [Test]
    [Needs("pulses")]
    public async Task SmallLoads_AreSeen()
    {
        await BeginFeedingAsync();
        double starting = Class.StartingAmperes * Parameters.Volts;
        foreach (double watts in Parameters.SmallLoads.Append(starting).Distinct().Order())
        {
            await Lab.SayAsync(FormattableString.Invariant($"{watts:0.##} W, is it seen?"));
            TimeSpan at = Lab.Now;
            InjectedLoad emitted = await FeedAsync(new LoadPoint(Parameters.Volts, watts, 1));
            if (emitted.CfHertz <= 0)
            {
                throw new IgnoreException(FormattableString.Invariant($"the pulse source gives nothing as slow as the {watts / Board.WattsPerHertz:0.###} Hz of {watts:0.##} W"));
            }

            await Lab.DelayAsync(Parameters.Settle);
            (double before, long from) = await ReadEnergyAsync();
            await Lab.DelayAsync(TimeSpan.FromSeconds(Math.Max(Parameters.Dwell.TotalSeconds, SmallLoadPulses / emitted.CfHertz)));
            (double after, long to) = await ReadEnergyAsync();
            double expected = emitted.CfHertz * (to - from);
            double seen = ToPulses(after - before);

            // The device tells its uptime in whole seconds: one of them at both ends together is open too.
            double open = SmallLoadPulsesOpen + emitted.CfHertz + (0.02 * expected);
            bool good = Math.Abs(seen - expected) <= open;
            await Lab.MeasureAsync(new Figure(FormattableString.Invariant($"small-load-pulses@{watts:0.##}W"), seen, "", Judge(good))
            {
                Lower = Math.Max(expected - open, 0), Upper = expected + open, Reference = expected,
                Detail = [("loadWatts", FormattableString.Invariant($"{watts:0.##}")), ("startingCurrent", watts == starting ? "yes" : "no")],
            });
            if (seen < expected - open)
            {
                await FailIfBlindAsync(emitted, at, expected, seen);
            }

            Assert.That(good, Is.True, FormattableString.Invariant($"At {watts:0.##} W {seen:0.#} pulses were counted where {expected:0.#} arrived, allowed ±{open:0.#}."));
        }
    }

    private async Task FailIfBlindAsync(InjectedLoad small, TimeSpan since, double expected, double seen)
    {
        // A meter that sees too little of any load is another fault: the point table names it.
        (InjectedLoad emitted, Common.MeterReading reading) = await MeasureAsync(new LoadPoint(Parameters.Volts, OtherVoltsWatts, 1), TimeSpan.FromSeconds(5));
        await FailIfDiagnosedAsync(emitted, reading, since);
        if (!Right(emitted, reading))
        {
            return;
        }

        await FailAsFoundAsync(
            "METER_BLIND", "F50", seen < 1 ? "Small loads are not seen" : "Small loads are seen in part only",
            FormattableString.Invariant($"At {small.Watts:0.##} W {expected:0} CF pulses arrived and {Math.Max(seen, 0):0} were counted, while {emitted.Watts:0} W are read as {reading.Watts:0.#} W: small counts are thrown away."),
            since, [FormattableString.Invariant($"emitted {small.CfHertz:0.###} Hz on CF"), .. Told(emitted, reading)], FormattableString.Invariant($"injected {small.Watts:0.##} W"));
    }

    private double ToPulses(double wattHours) => wattHours * SecondsPerHour / Board.WattsPerHertz;
}

using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>A heavy load for long and a small one after it; and what is read while the relay is open.</content>
public sealed partial class Metering
{
    private const double HeavyWatts = 3000;
    private const double HysteresisWatts = 60;
    private const double OpenRelayWatts = 500;

    // Forces P and I to 0 while every relay is open, on purpose.
    private const int ZeroWhileOpenFlag = 38;
    private const double VoltageShare = 0.01;
    private static readonly TimeSpan DriftUnit = TimeSpan.FromMinutes(10);

    /// <summary>With pulses in place of the chip nothing heats: what drifts, or does not come back, is the firmware's counting and scaling.</summary>
    [Test]
    [Needs("pulses")]
    public async Task HeavyLoad_DoesNotDrift_AndASmallOneReadsAsBefore()
    {
        await BeginFeedingAsync();
        TimeSpan at = Lab.Now;
        LoadPoint small = new(Parameters.Volts, HysteresisWatts, 1);
        await Lab.SayAsync(FormattableString.Invariant($"{HysteresisWatts:0} W before the heavy load"));
        (InjectedLoad light, MeterReading before) = await MeasureAsync(small, DwellOf(HysteresisWatts));
        await FailIfDiagnosedAsync(light, before, at);
        await Lab.SayAsync(FormattableString.Invariant($"{HeavyWatts:0} W, does it drift?"));
        (InjectedLoad heavy, MeterReading load) = await MeasureAsync(new LoadPoint(Parameters.Volts, HeavyWatts, 1), Parameters.Drift);
        (_, MeterReading after) = await MeasureAsync(small, DwellOf(HysteresisWatts));

        // A fifth at each end: its mean counts long enough to tell 0.1 % in the shortest drift a plan may ask for.
        int end = Math.Max(load.Readings / 5, 1);
        double drift = load.Samples.TakeLast(end).Average(s => s.Watts) - load.Samples.Take(end).Average(s => s.Watts);
        double perUnit = drift / heavy.Watts * 100 * (DriftUnit / (Parameters.Drift * (1 - ((double)end / load.Readings))));
        bool steady = await ChangeAsync("drift", drift, heavy.Watts, end, ("percentIn10Minutes", FormattableString.Invariant($"{perUnit:0.000}")));
        bool same = await ChangeAsync("hysteresis", after.Watts - before.Watts, light.Watts, before.Readings, ("before", FormattableString.Invariant($"{before.Watts:0.###}")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(steady, Is.True, FormattableString.Invariant($"At a steady {heavy.Watts:0} W the reading drifted by {drift:0.##} W."));
            Assert.That(same, Is.True, FormattableString.Invariant($"{light.Watts:0.#} W were read as {before.Watts:0.##} W before {heavy.Watts:0} W and as {after.Watts:0.##} W after."));
        }
    }

    [Test]
    public async Task OpenRelay_ReadsNoLoad_AndTheSameVoltage()
    {
        bool fed = Lab.Has("pulses");
        if (fed)
        {
            await BeginFeedingAsync();
            await FeedAsync(new LoadPoint(Parameters.Volts, OpenRelayWatts, 1));
        }
        else
        {
            await Lab.SetRelayAsync(true);
        }

        await Lab.DelayAsync(Parameters.Settle);
        MeterReading closed = await MeterReading.TakeAsync(Lab, Parameters.Dwell);
        if (closed.Volts < Board.VoltsPerHertz)
        {
            Assert.Inconclusive("No voltage is read with the relay closed either: the point table and the diagnosis of zero readings say why.");
        }

        Lab.AtEnd(async token =>
        {
            await Lab.DeclareRelayAsync("the relay is put back on");
            await Lab.Plug.CommandAsync("POWER ON", token);
        });
        if (fed)
        {
            // The chip sits before the relay: it sees the mains still, and no load.
            await FeedAsync(new LoadPoint(Parameters.Volts, 0, 1));
        }

        await Lab.SetRelayAsync(false);
        await Lab.SayAsync("relay open");
        await Lab.DelayAsync(Parameters.Settle);
        MeterReading open = await MeterReading.TakeAsync(Lab, Parameters.Dwell);
        string flags = (await Lab.Plug.GetInfoAsync(Lab.Token)).Flags;
        bool forced = flags.Length > 0 && ((ulong.Parse(flags, CultureInfo.InvariantCulture) >> ZeroWhileOpenFlag) & 1) == 1;
        (string, string) flag = ("flag38", forced ? "set: forced to 0" : "not set");
        double change = (open.Volts - closed.Volts) / closed.Volts;
        double allowed = VoltageShare + (MeterPoint.CountingError(Board.VoltsPerHertz, open.Readings / 2) / closed.Volts);
        bool voltage = Math.Abs(change) <= allowed;
        bool none = open.Watts <= Board.WattsPerHertz && open.Amperes <= Board.AmperesPerHertz;
        await Lab.MeasureAsync(new Figure("voltage-change-by-relay", change * 100, "%", Judge(voltage)) { Lower = -allowed * 100, Upper = allowed * 100 });
        await Lab.MeasureAsync(new Figure("power-relay-open", open.Watts, "W", Judge(open.Watts <= Board.WattsPerHertz)) { Lower = 0, Upper = Board.WattsPerHertz, Detail = [flag] });
        await Lab.MeasureAsync(new Figure("current-relay-open", open.Amperes, "A", Judge(open.Amperes <= Board.AmperesPerHertz)) { Lower = 0, Upper = Board.AmperesPerHertz, Detail = [flag] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(none, Is.True, FormattableString.Invariant($"With the relay open {open.Watts:0.##} W and {open.Amperes:0.####} A are read; at most one pulse of a window may be left."));
            Assert.That(voltage, Is.True, FormattableString.Invariant($"The voltage reads {closed.Volts:0.##} V with the relay closed and {open.Volts:0.##} V with it open: {change * 100:0.00} %, allowed ±{allowed * 100:0.00} %."));
        }
    }

    // Both means err by counting; beyond that the firmware has 0.1 %.
    private async Task<bool> ChangeAsync(string name, double change, double watts, int readings, (string, string) detail)
    {
        double allowed = (watts * CountingShare) + (Math.Sqrt(2) * MeterPoint.CountingError(Board.WattsPerHertz, readings));
        bool good = Math.Abs(change) <= allowed;
        await Lab.MeasureAsync(new Figure(FormattableString.Invariant($"{name}@{watts:0}W"), change, "W", Judge(good)) { Lower = -allowed, Upper = allowed, Detail = [("readings", $"{readings}"), detail] });
        return good;
    }
}

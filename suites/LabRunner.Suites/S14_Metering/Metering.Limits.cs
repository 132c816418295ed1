using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>PowerMax, and what calibration commands do.</content>
public sealed partial class Metering
{
    private const double BelowPowerMax = 0.8;
    private const double AbovePowerMax = 1.15;

    // So many readings alike while other pulses arrive are no chance.
    private const int HeldReadings = 5;

    /// <summary>Above PowerMax the firmware repeats the last reading (drv_bl0937.c): known, told as WARN. Below it again it must read on.</summary>
    [Test]
    [Needs("pulses")]
    public async Task AbovePowerMax_ReadingIsHeldAndComesBack()
    {
        if (Parameters.AbovePowerMax == Overload.No)
        {
            Assert.Ignore("the plan does not ask for a load above PowerMax (abovePowerMax: yes)");
        }

        await BeginFeedingAsync();
        await Lab.SayAsync("above PowerMax");
        TimeSpan at = Lab.Now;
        TimeSpan dwell = TimeSpan.FromSeconds(HeldReadings + 3);
        (InjectedLoad below, MeterReading first) = await MeasureAsync(new LoadPoint(Parameters.Volts, Parameters.PowerMax * BelowPowerMax, 1), dwell);
        await FailIfDiagnosedAsync(below, first, at);
        (InjectedLoad above, MeterReading held) = await MeasureAsync(new LoadPoint(Parameters.Volts, Parameters.PowerMax * AbovePowerMax, 1), dwell);
        (InjectedLoad back, MeterReading last) = await MeasureAsync(new LoadPoint(Parameters.Volts, Parameters.PowerMax * BelowPowerMax / 2, 1), dwell);
        bool right = Right(below, first) && Right(back, last);
        bool follows = Right(above, held);
        bool stuck = held.Samples.Select(s => s.Watts).Distinct().Count() == 1;
        await Lab.MeasureAsync(new Figure("above-power-max", held.Watts, "W", follows ? Verdict.Pass : Verdict.Warn)
        {
            Reference = above.Watts, Detail = [("powerMax", FormattableString.Invariant($"{Parameters.PowerMax:0}")), ("held", stuck ? "yes" : "no"), ("before", FormattableString.Invariant($"{first.Watts:0.#}")), ("after", FormattableString.Invariant($"{last.Watts:0.#}"))],
        });
        if (!Right(back, last) && last.Samples.Select(s => s.Watts).Distinct().Count() == 1)
        {
            await FailAsFoundAsync(
                "METER_HELD", "F47", "The reading stays where it was although the load is below PowerMax again",
                FormattableString.Invariant($"After {above.Watts:0} W the load went to {back.Watts:0} W, and {last.Readings} readings in a row still say {last.Watts:0.#} W."),
                at, Told(back, last), "load above PowerMax");
        }

        Assert.That(right, Is.True, FormattableString.Invariant($"Below PowerMax {first.Watts:0.#} W were read at {below.Watts:0.#} W, and {last.Watts:0.#} W at {back.Watts:0.#} W afterwards."));
        if (!follows)
        {
            Assert.Warn(FormattableString.Invariant($"F47: above PowerMax ({Parameters.PowerMax:0} W) the firmware {(stuck ? "repeats its last reading" : "shows something else")}: {held.Watts:0.#} W at {above.Watts:0.#} W. A load above it is not seen."));
        }
    }

    [Test]
    [Needs("pulses")]
    public async Task CalibrationToZero_IsRefused()
    {
        await BeginFeedingAsync();
        TimeSpan at = Lab.Now;
        LoadPoint load = new(Parameters.Volts, CalibrationWatts, 1);
        (InjectedLoad emitted, MeterReading before) = await MeasureAsync(load, TimeSpan.FromSeconds(6));
        await FailIfDiagnosedAsync(emitted, before, at);
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan asked = Lab.Now;
        Condition running = new(asked, uptime, 0);
        await FeedAsync(new LoadPoint(0, 0, 1));
        await Lab.DelayAsync(Parameters.Settle);
        List<string> replies = [];
        bool accepted = false;
        string[] commands = ["PowerSet 0", "VoltageSet 0", "CurrentSet 0"];
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Stimulus, "calibration to zero", ("commands", string.Join("; ", commands)));
        foreach (string command in commands)
        {
            CommandReply? reply = await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync(command, Lab.Token));
            accepted |= reply is { Accepted: true };
            replies.Add($"{command}: {(reply is null ? "no answer" : reply.Accepted ? "accepted" : "refused")}");
        }

        // Long enough for a watchdog to bite, without a load: a reading that is killed is this test's to name, not the watch's.
        await Lab.DelayAsync(Parameters.Settle + TimeSpan.FromSeconds(8));
        if (await StoppedAsync(running))
        {
            // What refused all three and stopped then did so for another reason: the watch's incident has it.
            Assert.That(accepted, Is.True, $"The plug stopped in this time, but it had taken none of the commands ({string.Join("; ", replies)}).");
            IReadOnlyList<IncidentRecord> incidents = await SettledIncidentsAsync(asked);
            long finding = await Lab.FindAsync(
                "METER_CALIBRATION", "F48", "Calibrating to zero stops the plug", $"After {string.Join(", ", commands)} without a load the plug stopped or was reset.", asked, replies, "calibration to zero",
                [.. incidents.Select(i => i.Id)]);
            Assert.Fail($"Finding #{finding} F48: calibrating to zero stops the plug ({string.Join("; ", replies)}).");
        }

        (_, MeterReading after) = await MeasureAsync(load, TimeSpan.FromSeconds(6));

        // What was refused has changed nothing: unless the reading is dead, what it is off by is for the tests of accuracy.
        bool good = accepted
            ? Right(emitted, after) && Math.Abs(after.Volts - before.Volts) <= MeterReading.Limit(before.Volts, Board.VoltsPerHertz)
                && Math.Abs(after.Amperes - before.Amperes) <= MeterReading.Limit(before.Amperes, Board.AmperesPerHertz)
            : after.Watts > before.Watts / 2 && after.Volts > before.Volts / 2 && after.Amperes > before.Amperes / 2;
        await Lab.MeasureAsync(new Figure("power-after-calibration-to-zero", after.Watts, "W", Judge(good)) { Reference = emitted.Watts, Detail = [("replies", string.Join("; ", replies))] });
        if (!good)
        {
            // The load stands and its pulses are counted, so the true values can be set again.
            await CalibrateToAsync(emitted.Volts, emitted.Amperes, emitted.Watts);
            await FailAsFoundAsync(
                "METER_CALIBRATION", "F48", $"Calibrating to zero {(accepted ? "is not refused and " : "")}kills the reading",
                FormattableString.Invariant($"After {string.Join(", ", commands)} without a load, {emitted.Watts:0} W are read as {after.Watts:0.#} W, {after.Volts:0.#} V and {after.Amperes:0.###} A. The constants were set again."),
                asked, [.. replies, .. Told(emitted, after)], "calibration to zero");
        }
    }

    private bool Right(InjectedLoad emitted, MeterReading reading) => Math.Abs(reading.Watts - emitted.Watts) <= MeterReading.Limit(emitted.Watts, Board.WattsPerHertz);

    // By the moment of the question: an answer may be long under way, and one may be lost.
    private async Task<bool> StoppedAsync(Condition before)
    {
        TimeSpan at = Lab.Now;
        PlugInfo? info = await Lab.UntilAsync<PlugInfo>(
            async () =>
            {
                at = Lab.Now;
                return await Lab.Plug.GetInfoAsync(Lab.Token);
            },
            TimeSpan.FromSeconds(15));
        return info is null || before.HasReset(info, at);
    }

    private async Task<IReadOnlyList<IncidentRecord>> SettledIncidentsAsync(TimeSpan since)
    {
        await Lab.SettleAsync();
        return await Lab.SeenByWatchAsync(since - TimeSpan.FromSeconds(2));
    }
}

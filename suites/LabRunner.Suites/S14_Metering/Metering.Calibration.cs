using LabRunner.Bench.Api;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures;
using LabRunner.Reports.Records;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>Calibration, with the errors before and after.</content>
public sealed partial class Metering
{
    private const double CalibrationWatts = 2000;

    // The window that a constant was set by and those that are read since are each some turn of the loop: they differ by a millisecond or two.
    private const double WindowJitter = 0.002;

    /// <summary>
    /// Twice: the firmware divides by the raw count of one window, and its loop turns later than each second, so that a first calibration leaves
    /// readings low by as much as the window was longer (drv_pwrCal.c). The second aims beside the true value by what the first is off.
    /// </summary>
    [Test]
    public async Task Calibration_BringsTheReadingsToTheReference()
    {
        if (Parameters.Calibrate == Calibration.No)
        {
            Assert.Ignore("the plan does not ask for a calibration (calibrate: yes)");
        }

        bool fed = Lab.Has("pulses");
        if (!fed && !Lab.Has("meter"))
        {
            Assert.Ignore($"slot {Lab.Slot} has neither pulses nor a meter to calibrate against");
        }

        if (fed)
        {
            await BeginFeedingAsync();
            await FeedAsync(new LoadPoint(Parameters.Volts, CalibrationWatts, 1));
        }
        else
        {
            await Lab.SetRelayAsync(true);
        }

        await Lab.DelayAsync(Parameters.Settle);
        Comparison before = await CompareAsync(fed);
        if (!fed && before.Watts < CalibrationWatts / 2)
        {
            Assert.Inconclusive(FormattableString.Invariant($"A calibration needs {CalibrationWatts / 2:0} W at least, since one window counts whole pulses; the load takes {before.Watts:0} W. Plug in a heater or kettle."));
        }

        TimeSpan at = Lab.Now;
        await CalibrateToAsync(before.Volts, before.Amperes, before.Watts);
        await Lab.DelayAsync(Parameters.Settle);
        Comparison first = await CompareAsync(fed);
        await CalibrateToAsync(first.Volts / (1 + first.VoltsError), first.Amperes / (1 + first.AmperesError), first.Watts / (1 + first.WattsError));
        await Lab.DelayAsync(Parameters.Settle);
        Comparison after = await CompareAsync(fed);
        bool good = true;
        foreach ((string name, double was, double once, double now, double quantum) in new[]
        {
            ("voltage", before.VoltsError, first.VoltsError, after.VoltsError, Board.VoltsPerHertz / after.Volts),
            ("current", before.AmperesError, first.AmperesError, after.AmperesError, Board.AmperesPerHertz / after.Amperes),
            ("power", before.WattsError, first.WattsError, after.WattsError, Board.WattsPerHertz / after.Watts),
        })
        {
            // A pulse more or less in the one window that it was calibrated by.
            double allowed = (1.5 * quantum) + WindowJitter;
            bool ok = Math.Abs(now) <= allowed;
            good &= ok;
            await Lab.MeasureAsync(new Figure($"{name}-error-calibrated", now * 100, "%", Judge(ok))
            {
                Lower = -allowed * 100, Upper = allowed * 100,
                Detail = [("before", FormattableString.Invariant($"{was * 100:0.000}")), ("calibratedOnce", FormattableString.Invariant($"{once * 100:0.000}"))],
            });
        }

        await Lab.TrialAsync("calibration", at, good, Lab.Now - at);
        Assert.That(good, Is.True, $"Errors after the calibration: {Errors(after)} (before: {Errors(before)}; calibrated once: {Errors(first)}).");
    }

    private static string Errors(Comparison told) =>
        FormattableString.Invariant($"{told.VoltsError * 100:0.00} % V, {told.AmperesError * 100:0.00} % A, {told.WattsError * 100:0.00} % W");

    private async Task CalibrateToAsync(double volts, double amperes, double watts)
    {
        // Tasmota's order: power, voltage, current. Each is saved by the firmware within 3 s.
        await Lab.CommandAsync(FormattableString.Invariant($"PowerSet {watts:0.###}"));
        await Lab.CommandAsync(FormattableString.Invariant($"VoltageSet {volts:0.###}"));
        await Lab.CommandAsync(FormattableString.Invariant($"CurrentSet {amperes:0.#####}"));
        await Lab.DelayAsync(TimeSpan.FromSeconds(4));
    }
}

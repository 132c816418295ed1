using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Outcomes;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>A real load before a reference meter: how large is the error, and whose is it.</content>
public sealed partial class Metering
{
    // What a reference may err by, of the limit that it is to judge.
    private const double ReferenceShare = 1.0 / 3;

    /// <summary>
    /// The error is split in two where the bench counts CF beside the plug: from the load to the pulses (divider, shunt, chip, and the constants
    /// it is scaled by), and from the pulses to the reading (firmware: counting and windows).
    /// </summary>
    [Test]
    [Needs("meter")]
    public async Task RealLoad_AgainstTheReferenceMeter_ErrorHasAnOwner()
    {
        if (Lab.Has("pulses"))
        {
            Assert.Ignore("pulses are fed in place of the meter chip: a reference meter sees nothing of what the plug reads");
        }

        await Lab.SetRelayAsync(true);
        await Lab.DelayAsync(Parameters.Settle);
        TimeSpan at = Lab.Now;
        Comparison told = await CompareAsync(fed: false);
        await FailIfDiagnosedAsync(told, at);
        if (told.Watts < 10 * Board.WattsPerHertz)
        {
            Assert.Inconclusive(FormattableString.Invariant($"The load takes {told.Watts:0.##} W: below {10 * Board.WattsPerHertz:0} W counting errs more than the meter. Plug in a larger one."));
        }

        double factor = told.Volts * told.Amperes > 0 ? Math.Min(told.Watts / (told.Volts * told.Amperes), 1) : 1;
        double percent = Class.LimitPercent(told.Amperes, factor) ?? Class.Number + 0.5;
        double counting = MeterPoint.CountingError(Board.WattsPerHertz, told.Readings) / told.Watts;
        double limit = Math.Max(percent / 100, counting);
        bool sure = told.ReferenceError <= limit * ReferenceShare;
        bool good = Math.Abs(told.WattsError) <= limit + told.ReferenceError;
        await SplitAsync("error", told.WattsError, limit + told.ReferenceError, sure ? Judge(good) : Verdict.Inconclusive, told);
        await JudgeOthersAsync(told, factor, limit);
        string owner = "";
        if (told.PulseWatts is <= 0)
        {
            // Nothing to divide by. Who is silent is told by the plug: it counts the same line.
            if (told.WattsError > -0.5)
            {
                throw new InvalidException(FormattableString.Invariant($"The bench counted no pulse on CF while the plug reads {told.Watts * (1 + told.WattsError):0.#} W: its counter hears nothing. Look at its wire."));
            }

            owner = " No pulse came from the meter chip: look at its supply and its wires, not at the firmware.";
        }
        else if (told.PulseWatts is { } pulses)
        {
            double analog = (pulses - told.Watts) / told.Watts;
            double firmware = (told.Watts * (1 + told.WattsError) / pulses) - 1;
            double firmwareLimit = counting + CountingShare + (OpenSeconds / told.Readings * CountingShare);

            // A plug that was calibrated takes a pulse for what its own chain gives it for, and not for what the board file says: the one error makes up for the other.
            bool calibrated = Math.Abs(firmware) > firmwareLimit && analog * firmware < 0 && Math.Abs(told.WattsError) < Math.Min(Math.Abs(analog), Math.Abs(firmware)) / 2;
            await SplitAsync("error-analog", analog, limit + told.ReferenceError, calibrated ? Verdict.NotRun : sure ? Judge(Math.Abs(analog) <= limit + told.ReferenceError) : Verdict.Inconclusive, told, calibrated);
            await SplitAsync("error-firmware", firmware, firmwareLimit, calibrated ? Verdict.NotRun : Judge(Math.Abs(firmware) <= firmwareLimit), told, calibrated);
            owner = calibrated
                ? FormattableString.Invariant($" The plug is calibrated: its constant makes up for {analog * 100:0.00} % of the way from the load to the pulses.")
                : FormattableString.Invariant($" The way from the load to the pulses has {analog * 100:0.00} % of it, the firmware {firmware * 100:0.00} %: {(Math.Abs(analog) >= Math.Abs(firmware) ? "calibrate the plug, or look at divider and shunt" : "pulses are lost or scaled wrongly")}.");
            Assert.That(calibrated || Math.Abs(firmware) <= firmwareLimit, Is.True, FormattableString.Invariant($"The firmware reads {firmware * 100:0.00} % beside the pulses it was given.{owner}"));
        }

        if (!sure)
        {
            Assert.Inconclusive(FormattableString.Invariant($"The reference meter may err by {told.ReferenceError * 100:0.00} % here; to judge {limit * 100:0.00} % it may err by {limit * ReferenceShare * 100:0.00} %. The plug reads {told.WattsError * 100:0.00} % off.{owner}"));
        }

        Assert.That(good, Is.True, FormattableString.Invariant($"The plug reads {told.WattsError * 100:0.00} % off at {told.Watts:0.#} W, allowed ±{(limit + told.ReferenceError) * 100:0.00} %.{owner}"));
        Assert.That(Lab.Problems, Is.Empty, string.Join("; ", Lab.Problems));
    }

    // Which counter hears which pulses, by what the chip must give at this load. That nothing is counted is the firmware's only where pulses are known to come.
    private async Task FailIfDiagnosedAsync(Comparison told, TimeSpan since)
    {
        Bl0937Frequencies due = Model.ToFrequencies(new Volts(told.Volts), new Amperes(told.Amperes), new Watts(told.Watts));
        (double volts, double amperes, double watts) = (told.Volts * (1 + told.VoltsError), told.Amperes * (1 + told.AmperesError), told.Watts * (1 + told.WattsError));
        if (MeterDiagnosis.Name(Model, due, volts, amperes, watts) is { } fault && (fault.Class != MeterFault.ZeroClass || told.PulseWatts > 0))
        {
            await FailAsFoundAsync(
                fault.Class, fault.Mode, fault.Title, fault.Story, since,
                [
                    FormattableString.Invariant($"reference {told.Volts:0.##} V, {told.Amperes:0.####} A, {told.Watts:0.##} W"),
                    FormattableString.Invariant($"read {volts:0.##} V, {amperes:0.####} A, {watts:0.##} W, mean of {told.Readings} readings"),
                ],
                FormattableString.Invariant($"a real load of {told.Watts:0.##} W"));
        }
    }

    // Voltage, current and power factor of the same readings, each refreshed in every other window only. What fails stands in Lab.Problems, since the
    // power may still end the test as INCONCLUSIVE.
    private async Task JudgeOthersAsync(Comparison told, double factor, double wattsLimit)
    {
        (double voltsQuantum, double amperesQuantum, _) = MeterReading.QuantumOf(Board);
        double voltsLimit = OtherLimit(told.Volts, voltsQuantum, told.Readings);
        double amperesLimit = OtherLimit(told.Amperes, amperesQuantum, told.Readings);
        double apparent = (1 + told.VoltsError) * (1 + told.AmperesError);
        (string Name, string What, double Reference, double Error, double Limit, double ReferenceError)[] all =
        [
            ("error-voltage", "voltage", told.Volts, told.VoltsError, voltsLimit, told.VoltsReferenceError),
            ("error-current", "current", told.Amperes, told.AmperesError, amperesLimit, told.AmperesReferenceError),
            ("error-power-factor", "power factor", factor, apparent > 0 ? ((1 + told.WattsError) / apparent) - 1 : -1, voltsLimit + amperesLimit + wattsLimit, told.VoltsReferenceError + told.AmperesReferenceError + told.ReferenceError),
        ];
        foreach ((string name, string what, double reference, double error, double limit, double referenceError) in all.Where(f => f.Reference > 0 && double.IsFinite(f.ReferenceError)))
        {
            bool sure = referenceError <= limit * ReferenceShare;
            bool good = Math.Abs(error) <= limit + referenceError;
            await SplitAsync(name, error, limit + referenceError, sure ? Judge(good) : Verdict.Inconclusive, told);
            if (sure && !good)
            {
                Lab.Problems.Add(FormattableString.Invariant($"The plug's {what} is {error * 100:0.00} % off {reference:0.###}, allowed ±{(limit + referenceError) * 100:0.00} %"));
            }
        }
    }

    private static double OtherLimit(double reference, double quantum, int readings) => reference > 0 ? Math.Max(0.01, MeterPoint.CountingError(quantum, readings / 2) / reference) : 0;

    private Task SplitAsync(string name, double error, double limit, Verdict verdict, Comparison told, bool calibrated = false) => Lab.MeasureAsync(
        new Figure(FormattableString.Invariant($"{name}@{told.Watts:0}W"), error * 100, "%", verdict)
        {
            Lower = -limit * 100, Upper = limit * 100,
            Detail =
            [
                ("loadWatts", FormattableString.Invariant($"{told.Watts:0.###}")), ("referencePercent", FormattableString.Invariant($"{told.ReferenceError * 100:0.###}")),
                .. told.PulseWatts is { } pulses ? [("pulseWatts", FormattableString.Invariant($"{pulses:0.###}"))] : Array.Empty<(string, string)>(),
                .. calibrated ? [("calibrated", "the plug's own constant makes up for its chain: neither can be told from the other by the board file's")] : Array.Empty<(string, string)>(),
            ],
        });

    /// <summary>Readings of the plug over the dwell beside what they should be.</summary>
    private async Task<Comparison> CompareAsync(bool fed)
    {
        if (fed)
        {
            InjectedLoad emitted = await FeedAsync(new LoadPoint(Parameters.Volts, CalibrationWatts, 1));
            await Lab.DelayAsync(Parameters.Settle);
            MeterReading reading = await MeterReading.TakeAsync(Lab, Parameters.Dwell);
            return Comparison.Of(reading, emitted.Volts, emitted.Amperes, emitted.Watts, 0, null);
        }

        List<ReferenceFigures> references = [];
        List<MeterSample> samples = [];
        CountedPulses? from = Lab.Has("pulseCounter") ? await Lab.Bench.CountPulsesAsync(Lab.Slot, Lab.Token) : null;
        TimeSpan end = Lab.Now + Parameters.Dwell;
        for (TimeSpan next = Lab.Now; next < end; next += TimeSpan.FromSeconds(1))
        {
            await Lab.DelayUntilAsync(next);
            references.Add(await Lab.Bench.ReadMeterAsync(Lab.Slot, Lab.Token));
            samples.AddRange((await MeterReading.TakeAsync(Lab, TimeSpan.FromMilliseconds(1))).Samples);
        }

        double? pulseWatts = null;
        if (from is not null)
        {
            CountedPulses to = await Lab.Bench.CountPulsesAsync(Lab.Slot, Lab.Token);
            Assert.That(to.Lost, Is.EqualTo(from.Lost), "The bench itself missed CF pulses: nothing can be said by them.");
            pulseWatts = (to.Pulses - from.Pulses) / (to.At - from.At).TotalSeconds * Board.WattsPerHertz;
        }

        return Comparison.Of(
            new MeterReading(samples), references.Average(r => r.Volts), references.Average(r => r.Amperes), references.Average(r => r.Watts),
            references.Average(r => r.Watts > 0 ? r.WattsError / r.Watts : 0), pulseWatts) with
        {
            VoltsReferenceError = references.Average(r => r.Volts > 0 ? r.VoltsError / r.Volts : 0),
            AmperesReferenceError = references.Average(r => r.Amperes > 0 ? r.AmperesError / r.Amperes : 0),
        };
    }

    /// <summary>A mean reading beside its reference; errors are shares of the reference.</summary>
    private sealed record Comparison(
        double Volts, double Amperes, double Watts, double VoltsError, double AmperesError, double WattsError, double ReferenceError, double? PulseWatts, int Readings)
    {
        public double VoltsReferenceError { get; init; }

        public double AmperesReferenceError { get; init; }

        public static Comparison Of(MeterReading reading, double volts, double amperes, double watts, double referenceError, double? pulseWatts) => new(
            volts, amperes, watts, Share(reading.Volts, volts), Share(reading.Amperes, amperes), Share(reading.Watts, watts), referenceError, pulseWatts, reading.Readings);

        private static double Share(double value, double reference) => reference > 0 ? (value - reference) / reference : 0;
    }
}

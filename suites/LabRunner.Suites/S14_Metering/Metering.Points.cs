using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>The point table: each load alone, and all of them as a line.</content>
public sealed partial class Metering
{
    // One pulse more in a 1 s window is 0.04 % here: within this of PowerMax, drv_bl0937.c drops good windows by chance.
    private const double PowerMaxEdge = 0.998;
    private const double OtherVoltsWatts = 500;
    private const int FewestPoints = 8;

    // A load of so many pulses a window tells a factor to a share of a percent.
    private const double QuantaOfAFactor = 40;
    private const double SameFactor = 0.015;

    // Pulses are of active power: they say nothing of which way the current leads.
    private const double CapacitivePowerFactor = 0.8;

    private List<MeterPoint>? _line;

    [Test]
    [Needs("pulses")]
    public async Task EveryLoad_IsReadWithinLimits()
    {
        SuiteContext.Ask(PointTable().Count(), "loads");
        await BeginFeedingAsync();
        List<MeterPoint> points = [];
        List<string> problems = Lab.Problems;
        foreach (LoadPoint load in PointTable())
        {
            await Lab.SayAsync(FormattableString.Invariant($"{load.Watts:0.##} W, {load.Volts:0} V, PF {load.PowerFactor:0.##}"));
            TimeSpan at = Lab.Now;
            InjectedLoad emitted = await FeedAsync(load);
            await Lab.DelayAsync(Parameters.Settle);
            (double wattHours, long from) = await ReadEnergyAsync();
            MeterReading reading = await MeterReading.TakeAsync(Lab, DwellOf(load.Watts));
            (double total, long to) = await ReadEnergyAsync();
            await FailIfDiagnosedAsync(emitted, reading, at);
            MeterPoint point = new(load, emitted, reading) { WattHours = total - wattHours, EnergySeconds = to - from, TotalWattHours = total };
            points.Add(point);
            if (!AtEdge(load.Watts))
            {
                // At the edge of PowerMax the firmware shows older readings by its own rule.
                await FailIfSpikedAsync(point.Spikes(Board.WattsPerHertz), point.Emitted.Watts, reading.Readings, at);
            }

            problems.AddRange(await JudgeAsync(point));
        }

        _line = [.. points.Where(p => p.Load.PowerFactor >= 1 && p.Load.Volts == Parameters.Volts && !AtEdge(p.Load.Watts))];
        Assert.That(problems, Is.Empty, string.Join("; ", problems) + (problems.Count == 0 ? "" : OwnConstants(points)));
    }

    // What is off by one factor at every load is no error of counting: the plug takes a pulse for something else than the board file.
    private string OwnConstants(List<MeterPoint> points)
    {
        (double volts, double amperes, double watts) = MeterReading.QuantumOf(Board);
        (string What, Func<MeterPoint, double> Read, Func<MeterPoint, double> Emitted, double Quantum)[] all =
        [
            ("V", p => p.Reading.Volts, p => p.Emitted.Volts, volts), ("A", p => p.Reading.Amperes, p => p.Emitted.Amperes, amperes), ("W", p => p.Reading.Watts, p => p.Emitted.Watts, watts),
        ];
        string[] off =
        [
            .. from one in all
               let factors = points.Where(p => one.Emitted(p) > QuantaOfAFactor * one.Quantum && !AtEdge(p.Load.Watts)).Select(p => one.Read(p) / one.Emitted(p)).ToArray()
               where factors.Length > 1 && factors.Max() - factors.Min() < SameFactor * factors.Average() && Math.Abs(factors.Average() - 1) > SameFactor
               select FormattableString.Invariant($"{(factors.Average() - 1) * 100:+0.0;-0.0} % {one.What}"),
        ];
        return off.Length == 0 ? "" : $". At every load it is off alike ({string.Join(", ", off)}): the plug's constants are not those of board file {Board.Name}, as those of a calibrated plug are not. Write its own there ('meter:'; ./lab probe tells them), or let S14 set them (calibrate: yes)";
    }

    [Test]
    [Needs("pulses")]
    public async Task AllLoads_LieOnALine()
    {
        if (Parameters.Loads.Count(w => !AtEdge(w)) is var loads and < FewestPoints)
        {
            Assert.Inconclusive($"A line needs {FewestPoints} loads below PowerMax, the plan asks for {loads}: {FewestPoints - loads} more.");
        }

        if (_line is null)
        {
            await BeginFeedingAsync();
            List<MeterPoint> points = [];
            foreach (double watts in Parameters.Loads.Where(w => !AtEdge(w)))
            {
                LoadPoint load = new(Parameters.Volts, watts, 1);
                (InjectedLoad emitted, MeterReading reading) = await MeasureAsync(load, DwellOf(watts));
                points.Add(new MeterPoint(load, emitted, reading));
            }

            _line = points;
        }

        // What a point can err by counting is its weight: a watt at 3 kW says little of the offset.
        WeightedLine line = WeightedLine.Fit(
            [.. _line.Select(p => p.Emitted.Watts)], [.. _line.Select(p => p.Reading.Watts)], [.. _line.Select(p => Weight(p))])!.Value;
        double bend = _line.Max(p => Math.Abs(p.Reading.Watts - line.At(p.Emitted.Watts)) / Math.Max(p.Emitted.Watts, Board.WattsPerHertz) * 100);
        double quantum = Board.WattsPerHertz;
        await Lab.MeasureAsync(new Figure("line-slope", line.Slope, "", Judge(Math.Abs(line.Slope - 1) <= 0.01)) { Lower = 0.99, Upper = 1.01, Reference = 1, Detail = [("points", $"{_line.Count}")] });
        await Lab.MeasureAsync(new Figure("line-offset", line.Intercept, "W", Judge(Math.Abs(line.Intercept) <= quantum)) { Lower = -quantum, Upper = quantum, Detail = [("points", $"{_line.Count}")] });
        await Lab.MeasureAsync(new Figure("line-largest-residual", bend, "%", Verdict.Pass) { Detail = [("points", $"{_line.Count}")] });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(line.Slope, Is.EqualTo(1).Within(0.01), "Slope of the readings over what is emitted.");
            Assert.That(line.Intercept, Is.EqualTo(0).Within(quantum), "Offset of the readings in W: at most one pulse of a window.");
        }
    }

    private IEnumerable<LoadPoint> PointTable()
    {
        // A load first whose three frequencies are far apart: there a meter that is wired wrongly is told at once.
        LoadPoint[] resistive = [.. Parameters.Loads.Select(w => new LoadPoint(Parameters.Volts, w, 1))];
        return resistive.OrderBy(p => Math.Abs(Math.Log(p.Watts / OtherVoltsWatts))).Take(1)
            .Concat(resistive.OrderBy(p => Math.Abs(Math.Log(p.Watts / OtherVoltsWatts))).Skip(1).OrderBy(p => p.Watts))
            .Concat(Parameters.Reactive.Select(w => new LoadPoint(Parameters.Volts, w, Parameters.PowerFactor)))
            .Concat(Parameters.Capacitive.Select(w => new LoadPoint(Parameters.Volts, w, CapacitivePowerFactor)))
            .Concat(Parameters.OtherVolts.Select(v => new LoadPoint(v, OtherVoltsWatts, 1)));
    }

    private TimeSpan DwellOf(double watts) =>
        TimeSpan.FromSeconds(Math.Max(Parameters.Dwell.TotalSeconds, Math.Ceiling(Parameters.DwellWattSeconds / watts)));

    private double Weight(MeterPoint point)
    {
        double error = Math.Max(MeterPoint.CountingError(Board.WattsPerHertz, point.Reading.Readings), point.Emitted.Watts * 0.001);
        return 1 / (error * error);
    }

    private bool AtEdge(double watts) => watts >= Parameters.PowerMax * PowerMaxEdge;

    private async Task<List<string>> JudgeAsync(MeterPoint point)
    {
        List<string> problems = [];
        (double volts, double amperes, double watts) = MeterReading.QuantumOf(Board);
        string at = point.Load.Volts == Parameters.Volts ? point.Name : FormattableString.Invariant($"{point.Name} {point.Load.Volts:0}V");
        foreach ((string name, string unit, double value, double reference, double quantum, double limit) in new[]
        {
            ("voltage", "V", point.Reading.Volts, point.Emitted.Volts, volts, point.OtherLimit(point.Emitted.Volts, volts)),
            ("current", "A", point.Reading.Amperes, point.Emitted.Amperes, amperes, point.OtherLimit(point.Emitted.Amperes, amperes)),
            ("power", "W", point.Reading.Watts, point.Emitted.Watts, watts, point.PowerLimit(Class, watts)),
        })
        {
            bool ok = Math.Abs(value - reference) <= limit;
            bool filtered = name == "power" && AtEdge(point.Load.Watts);
            double? own = name == "power" ? Class.LimitPercent(point.Emitted.Amperes, point.Load.PowerFactor) : null;
            await Lab.MeasureAsync(new Figure($"{name}@{at}", value, unit, ok ? Verdict.Pass : filtered ? Verdict.Warn : Verdict.Fail)
            {
                Lower = reference - limit,
                Upper = reference + limit,
                Reference = reference,
                Detail =
                [
                    ("errorPercent", FormattableString.Invariant($"{(value - reference) / reference * 100:0.000}")), ("quantum", FormattableString.Invariant($"{quantum:0.######}")),
                    ("quantumPercent", FormattableString.Invariant($"{quantum / reference * 100:0.000}")), ("readings", $"{point.Reading.Readings}"),
                    ("loadWatts", FormattableString.Invariant($"{point.Load.Watts:0.##}")), ("volts", FormattableString.Invariant($"{point.Load.Volts:0.##}")),
                    ("powerFactor", FormattableString.Invariant($"{point.Load.PowerFactor:0.##}")), ("deviation", FormattableString.Invariant($"{Deviation(point, name):0.####}")),
                    .. own is { } percent ? [("classPercent", FormattableString.Invariant($"{percent:0.##}")), ("class", $"{Class.Number}")] : Array.Empty<(string, string)>(),
                ],
            });
            if (!ok && filtered)
            {
                Assert.Warn($"At {point.Load.Watts:0.##} W, the edge of PowerMax ({Parameters.PowerMax:0} W), the firmware repeats an older reading: {value:0.#} W.");
            }
            else if (!ok)
            {
                problems.Add(FormattableString.Invariant($"{name} at {at} reads {value:0.####} {unit}, emitted {reference:0.####} {unit}, allowed ±{limit:0.####} {unit}"));
            }
        }

        problems.AddRange(await PowerFactorAsync(point, at));
        problems.AddRange(await EnergyOfAsync(point, at));
        return problems;
    }

    // The counter over the dwell of one load: coarse, since the uptime tells whole seconds, and beside the power it shows which of the two is off.
    private async Task<IEnumerable<string>> EnergyOfAsync(MeterPoint point, string at)
    {
        Assert.That(point.EnergySeconds, Is.Positive, "The plug was reset in this time: energy over it cannot be told.");
        double reference = point.Emitted.Watts * point.EnergySeconds / SecondsPerHour;
        double pulses = SmallLoadPulsesOpen * Board.WattsPerHertz / SecondsPerHour;
        double limit = (reference * (EnergyShare + (OpenSeconds / point.EnergySeconds))) + pulses + (point.TotalWattHours * TotalPrecision);
        bool ok = Math.Abs(point.WattHours - reference) <= limit;
        bool filtered = AtEdge(point.Load.Watts);
        await Lab.MeasureAsync(new Figure($"energy@{at}", point.WattHours, "Wh", ok ? Verdict.Pass : filtered ? Verdict.Warn : Verdict.Fail)
        {
            Lower = reference - limit, Upper = reference + limit, Reference = reference,
            Detail = [("loadWatts", FormattableString.Invariant($"{point.Load.Watts:0.##}")), ("seconds", $"{point.EnergySeconds}")],
        });
        return ok || filtered ? [] : [FormattableString.Invariant($"energy at {at} grew by {point.WattHours:0.####} Wh in {point.EnergySeconds} s, emitted {reference:0.####} Wh, allowed ±{limit:0.####} Wh")];
    }

    // V and I of one page are of two windows; over a dwell of a steady load that evens out.
    private async Task<IEnumerable<string>> PowerFactorAsync(MeterPoint point, string at)
    {
        double apparent = point.Reading.Volts * point.Reading.Amperes;
        if (point.Emitted.Amperes < 10 * Board.AmperesPerHertz || AtEdge(point.Load.Watts))
        {
            // Ten pulses a window at least: below, the current is mostly counting error.
            return [];
        }

        double factor = apparent > 0 ? point.Reading.Watts / apparent : 0;
        double reference = point.Emitted.Watts / (point.Emitted.Volts * point.Emitted.Amperes);
        double limit = Math.Max(0.02, 2 * MeterPoint.CountingError(Board.AmperesPerHertz, point.Reading.Readings / 2) / point.Emitted.Amperes);
        bool ok = Math.Abs(factor - reference) <= limit;
        await Lab.MeasureAsync(new Figure($"power-factor@{at}", factor, "", Judge(ok))
        {
            Lower = reference - limit, Upper = reference + limit, Reference = reference,
            Detail = [("loadWatts", FormattableString.Invariant($"{point.Load.Watts:0.##}"))],
        });
        return ok ? [] : [FormattableString.Invariant($"power factor at {at} is {factor:0.###}, emitted {reference:0.###}")];
    }

    private static double Deviation(MeterPoint point, string name)
    {
        Func<MeterSample, double> figure = name switch { "voltage" => s => s.Volts, "current" => s => s.Amperes, _ => s => s.Watts };
        double mean = point.Reading.Samples.Average(figure);
        return Math.Sqrt(point.Reading.Samples.Sum(s => Math.Pow(figure(s) - mean, 2)) / Math.Max(point.Reading.Readings - 1, 1));
    }

    private async Task FailIfSpikedAsync(IReadOnlyList<double> spikes, double reference, int readings, TimeSpan since)
    {
        if (spikes.Count == 0)
        {
            return;
        }

        double hours = (Lab.Now - since).TotalHours;
        await FailAsFoundAsync(
            "METER_SPIKE", "F46", "The meter shows a power that no load explains",
            FormattableString.Invariant($"{spikes.Count} of {readings} readings at a steady {reference:0.#} W were far off, the others right: {spikes.Count / hours:0.#} an hour."), since,
            [.. spikes.Take(10).Select(w => FormattableString.Invariant($"read {w:0.##} W while {reference:0.##} W were emitted"))],
            FormattableString.Invariant($"injected {reference:0.##} W"));
    }
}

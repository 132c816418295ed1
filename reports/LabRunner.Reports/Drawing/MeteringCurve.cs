using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>One point of a metering curve, in percent of its reference.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Quantity">voltage, current or power, with its condition where it is another than a resistive load at the usual voltage.</param>
/// <param name="Name">Name of the figure.</param>
/// <param name="Load">Where on the x axis.</param>
/// <param name="Unit">Unit of x.</param>
/// <param name="Error">Error.</param>
/// <param name="Lower">Lower limit of the verdict.</param>
/// <param name="Upper">Upper limit of the verdict.</param>
/// <param name="Quantum">One pulse in a window of 1 s.</param>
/// <param name="ClassLimit">Limit of the accuracy class; null where it sets none.</param>
/// <param name="Verdict">Verdict.</param>
/// <param name="Record">The figure itself.</param>
public sealed record MeteringPoint(
    string Slot, string Quantity, string Name, double Load, string Unit, double Error, double? Lower, double? Upper, double? Quantum, double? ClassLimit, Verdict Verdict, MeasurementRecord Record);

/// <summary>
/// Error against load with the limits of the verdict, the limits of the accuracy class and the band of one pulse: the same drawing in the night
/// report and in the validation report.
/// </summary>
public static class MeteringCurve
{
    /// <summary>Suite whose figures are drawn.</summary>
    public const string Suite = "S14";

    private static readonly string[] Quantities = ["voltage", "current", "power"];

    /// <summary>Points of a run; figures without a reference, and those of other questions than a load's, are none.</summary>
    public static IReadOnlyList<MeteringPoint> Points(IEnumerable<MeasurementRecord> measurements) =>
        [.. measurements.Where(m => m.Suite == Suite).Select(Point).OfType<MeteringPoint>()];

    /// <summary>What the marks mean, one sentence.</summary>
    public const string Legend =
        "Error in percent of the reference that the bench applied. Dashed lines are the limits of each point, the band is one pulse in a window of a second, and a solid grey line is the limit of the accuracy class, where it sets one; a point marked ✕ is outside of its limits.";

    /// <summary>Draws one quantity.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="heading">What it is called before its range of errors: "p1, power".</param>
    /// <param name="points">Points of one slot and quantity, at least one.</param>
    public static void Draw(HtmlWriter html, string heading, IReadOnlyList<MeteringPoint> points)
    {
        ArgumentNullException.ThrowIfNull(html);
        MeteringPoint[] sorted = [.. points.OrderBy(p => p.Load)];
        double[] loads = [.. sorted.Select(p => p.Load)];

        // Below a few watts a pulse is more than the load: drawn in full it would flatten all else.
        double most = Math.Max(2, 1.6 * sorted.SelectMany(p => (double?[])[Math.Abs(p.Error), p.ClassLimit, p.Upper, -p.Lower]).OfType<double>().DefaultIfEmpty(2).Max());
        double[] heights = [0, .. sorted.Select(p => p.Error), .. sorted.SelectMany(p => (double?[])[p.Lower, p.Upper, p.ClassLimit, -p.ClassLimit]).OfType<double>()];
        bool logarithmic = loads[0] > 0 && loads[^1] / loads[0] > 5;
        double low = logarithmic ? loads[0] / 1.15 : loads[0] - ((loads[^1] - loads[0]) * 0.04);
        double high = logarithmic ? loads[^1] * 1.15 : loads[^1] + ((loads[^1] - loads[0]) * 0.04);
        Plot plot = new(low, high, Math.Max(heights.Min(), -most), Math.Min(heights.Max(), most), height: 180, logX: logarithmic);
        string title = $"{heading}: error, from {Words.Number(sorted.Min(p => p.Error))} % to {Words.Number(sorted.Max(p => p.Error))} %";
        IEnumerable<double> ticks = logarithmic && loads[^1] / loads[0] > 8 ? Ticks(low, high) : Plot.Round(low, high, 8);
        plot.Draw(html, title, "error %", x => Words.Number(x) + " " + sorted[0].Unit, ticks, () =>
        {
            html.Empty("line", ("class", "axis"), ("x1", plot.X(plot.LowX)), ("x2", plot.X(plot.HighX)), ("y1", plot.Y(0)), ("y2", plot.Y(0)));
            (double Load, double Quantum)[] band = [.. sorted.Where(p => p.Quantum is not null).Select(p => (p.Load, p.Quantum!.Value))];
            if (band.Length > 1)
            {
                html.Empty("path", ("class", "band"), ("d", plot.Path([.. band.Select(b => (b.Load, b.Quantum)), .. band.Reverse().Select(b => (b.Load, -b.Quantum))]) + "Z"));
            }

            foreach (double side in (double[])[1, -1])
            {
                html.Empty("path", ("class", "class-limit"), ("d", plot.Path(sorted.Where(p => p.ClassLimit is not null).Select(p => (p.Load, side * p.ClassLimit!.Value)))));
            }

            html.Empty("path", ("class", "limit"), ("d", plot.Path(sorted.Where(p => p.Lower is not null).Select(p => (p.Load, p.Lower!.Value)))));
            html.Empty("path", ("class", "limit"), ("d", plot.Path(sorted.Where(p => p.Upper is not null).Select(p => (p.Load, p.Upper!.Value)))));
            html.Empty("path", ("class", "curve"), ("d", plot.Path(sorted.Select(p => (p.Load, p.Error)))));
            foreach (MeteringPoint point in sorted)
            {
                Dot(html, plot, point);
            }
        });
    }

    /// <summary>A number of a figure's detail; null where there is none.</summary>
    public static double? Detail(MeasurementRecord measurement, string key)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return double.TryParse(measurement.Detail.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
    }

    // 2 and 5 of each decade only where there is room for their labels.
    private static IEnumerable<double> Ticks(double low, double high) =>
        high / low > 1000 ? Plot.Decades(low, high).Where(t => Math.Abs(Math.Log10(t) - Math.Round(Math.Log10(t))) < 1e-9) : Plot.Decades(low, high);

    private static MeteringPoint? Point(MeasurementRecord m)
    {
        if (m.Reference is not ({ } reference and > 0) || !double.IsFinite(m.Value) || !double.IsFinite(reference))
        {
            return null;
        }

        // A figure named "voltage@60W" was taken at that load; one without a load is drawn against its own reference.
        int at = m.Name.IndexOf('@', StringComparison.Ordinal);
        string quantity = at >= 0 ? m.Name[..at] : m.Unit;
        if (at >= 0 && !Quantities.Contains(quantity))
        {
            return null;
        }

        if (at < 0 && m.Detail.Count > 0 && Detail(m, "loadWatts") is null)
        {
            return null;
        }

        string condition = at < 0 ? "" : string.Join(", ", m.Name[(at + 1)..].Split(' ').Skip(1).Select(w => w.StartsWith("PF", StringComparison.Ordinal) ? "power factor" : w.EndsWith('V') ? w[..^1] + " V" : w)).Replace("factor, ", "factor ", StringComparison.Ordinal);
        (double load, string unit) = Detail(m, "loadWatts") is { } watts and > 0 ? (watts, "W") : (reference, m.Unit);
        return new MeteringPoint(
            m.Slot, condition.Length == 0 ? quantity : $"{quantity}, {condition}", m.Name, load, unit, Percent(m.Value, reference), m.Lower is { } l ? Percent(l, reference) : null,
            m.Upper is { } u ? Percent(u, reference) : null, Detail(m, "quantumPercent"), Detail(m, "classPercent"), m.Verdict, m);
    }

    private static double Percent(double value, double reference) => 100 * (value - reference) / reference;

    private static void Dot(HtmlWriter html, Plot plot, MeteringPoint point)
    {
        bool bad = point.Verdict == Verdict.Fail;
        using (html.In("g"))
        {
            html.Element("title", $"{point.Name}: {Words.Number(point.Error)} % at {Words.Number(point.Load)} {point.Unit}, {point.Verdict.ToText()}");
            html.Empty("circle", ("class", bad ? "dot bad" : "dot"), ("cx", plot.X(point.Load)), ("cy", plot.Y(point.Error)), ("r", bad ? 6.0 : 4.0));
            if (bad)
            {
                html.Element("text", "✕", ("x", plot.X(point.Load) + 9), ("y", plot.Y(point.Error) + 4));
            }
        }
    }
}

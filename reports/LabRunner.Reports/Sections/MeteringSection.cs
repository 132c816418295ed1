using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>Error against load for every slot and quantity of suite S14, with its limits and the quantum of the pulse count.</summary>
public sealed class MeteringSection : IReportSection
{
    /// <summary>Suite whose figures are drawn.</summary>
    private const string Suite = "S14";

    /// <inheritdoc/>
    public int Order => 60;

    /// <inheritdoc/>
    public string Id => "metering";

    /// <inheritdoc/>
    public string Title => "Metering";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        List<Point> points = [.. run.Measurements.Where(m => m.Suite == Suite).Select(Error).OfType<Point>()];
        if (points.Count == 0)
        {
            html.Element("p", "No metering figures with a reference in this run.");
            return;
        }

        html.Element("p", "Error in percent of the reference that the bench applied. Dashed lines are the limits of each point, the band is one pulse quantum; a point marked ✕ is outside of them.", ("class", "soft"));
        foreach (IGrouping<string, Point> slot in points.GroupBy(p => p.Slot).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            int outside = slot.Count(p => p.Verdict == Verdict.Fail);
            bool open = outside > 0 || slot.Key == points.Min(p => p.Slot);
            using (html.In("details", ("open", open ? "open" : null)))
            {
                html.Element("summary", $"{slot.Key}: {Words.Count(slot.Count(), "point")}, {(outside == 0 ? "all inside their limits" : $"{outside} outside their limits")}");
                foreach (IGrouping<string, Point> quantity in slot.GroupBy(p => p.Quantity))
                {
                    Curve(html, slot.Key, quantity.Key, [.. quantity.OrderBy(p => p.Load)]);
                }
            }
        }
    }

    private static Point? Error(MeasurementRecord m)
    {
        if (m.Reference is not ({ } reference and > 0) || !double.IsFinite(m.Value) || !double.IsFinite(reference))
        {
            return null;
        }

        // A figure named "voltage@60W" was taken at that load; one without a load is drawn against its own reference.
        string quantity = m.Name.Contains('@', StringComparison.Ordinal) ? m.Name[..m.Name.IndexOf('@', StringComparison.Ordinal)] : m.Unit;
        (double load, string unit) = Detail(m, "loadWatts") is { } watts and > 0 ? (watts, "W") : (reference, m.Unit);
        return new Point(
            m.Slot, quantity, m.Name, load, unit, Percent(m.Value, reference), m.Lower is { } l ? Percent(l, reference) : null,
            m.Upper is { } u ? Percent(u, reference) : null, Detail(m, "quantumPercent"), m.Verdict);
    }

    private static double? Detail(MeasurementRecord m, string key) =>
        double.TryParse(m.Detail.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static double Percent(double value, double reference) => 100 * (value - reference) / reference;

    private static void Curve(HtmlWriter html, string slot, string quantity, List<Point> points)
    {
        double[] loads = [.. points.Select(p => p.Load)];
        List<double> heights = [0, .. points.Select(p => p.Error), .. points.Select(p => p.Lower).OfType<double>(), .. points.Select(p => p.Upper).OfType<double>()];
        bool logarithmic = loads.Min() > 0 && loads.Max() / loads.Min() > 5;
        double low = logarithmic ? loads.Min() / 1.15 : loads.Min() - ((loads.Max() - loads.Min()) * 0.04);
        double high = logarithmic ? loads.Max() * 1.15 : loads.Max() + ((loads.Max() - loads.Min()) * 0.04);
        Plot plot = new(low, high, heights.Min(), heights.Max(), height: 180, logX: logarithmic);
        string unit = points[0].Unit;
        string title = $"{slot}, {quantity}: error against {(points.Any(p => p.Unit != quantity) ? "load" : "reference")}, from {Words.Number(points.Min(p => p.Error))} % to {Words.Number(points.Max(p => p.Error))} %";
        IEnumerable<double> ticks = logarithmic && loads.Max() / loads.Min() > 8 ? Plot.Decades(low, high) : Plot.Round(low, high, 8);
        plot.Draw(html, title, "error %", x => Words.Number(x) + " " + unit, ticks, () =>
        {
            html.Empty("line", ("class", "axis"), ("x1", plot.X(plot.LowX)), ("x2", plot.X(plot.HighX)), ("y1", plot.Y(0)), ("y2", plot.Y(0)));
            List<(double Load, double Quantum)> band = [.. points.Where(p => p.Quantum is not null).Select(p => (p.Load, p.Quantum!.Value))];
            if (band.Count > 1)
            {
                html.Empty("path", ("class", "band"), ("d", plot.Path([.. band.Select(b => (b.Load, b.Quantum)), .. band.AsEnumerable().Reverse().Select(b => (b.Load, -b.Quantum))]) + "Z"));
            }

            html.Empty("path", ("class", "limit"), ("d", plot.Path(points.Where(p => p.Lower is not null).Select(p => (p.Load, p.Lower!.Value)))));
            html.Empty("path", ("class", "limit"), ("d", plot.Path(points.Where(p => p.Upper is not null).Select(p => (p.Load, p.Upper!.Value)))));
            html.Empty("path", ("class", "curve"), ("d", plot.Path(points.Select(p => (p.Load, p.Error)))));
            foreach (Point point in points)
            {
                Dot(html, plot, point);
            }
        });
    }

    private static void Dot(HtmlWriter html, Plot plot, Point point)
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

    private sealed record Point(
        string Slot, string Quantity, string Name, double Load, string Unit, double Error, double? Lower, double? Upper, double? Quantum, Verdict Verdict);
}

using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Least free heap over the number of clients at once (S07), a curve a slot: how much a connection costs, and where the web server gives up.
/// Figures are named heap-floor@clients, served@clients and http-p95@clients.
/// </summary>
internal static class HttpLoadPlot
{
    private const string Suite = "S07";
    private const double LineHeight = 13;
    private const int FewestForALine = 3;
    private const double StraightEnough = 0.99;
    private const string Floor = "heap-floor@";

    internal static void Draw(HtmlWriter html, string suite, IReadOnlyList<MeasurementRecord> figures)
    {
        if (suite != Suite)
        {
            return;
        }

        List<(string Slot, List<(int Clients, double Bytes)> Points)> slots =
        [
            .. figures.Where(f => f.Name.StartsWith(Floor, StringComparison.Ordinal) && double.IsFinite(f.Value)).GroupBy(f => f.Slot).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => (g.Key, Points(g))).Where(s => s.Item2.Count > 1),
        ];
        if (slots.Count == 0)
        {
            return;
        }

        List<(int Clients, double Bytes)> all = [.. slots.SelectMany(s => s.Points)];
        (int low, int high) = (all.Min(p => p.Clients), all.Max(p => p.Clients));
        Plot plot = new(low, high, all.Min(p => p.Bytes) / 1000, all.Max(p => p.Bytes) / 1000, height: 200);
        string title = "Least free heap by clients at once: " + string.Join("; ", slots.Select(s => string.Create(
            CultureInfo.InvariantCulture, $"{s.Slot} from {s.Points[0].Bytes:0} B with {s.Points[0].Clients} to {s.Points[^1].Bytes:0} B with {s.Points[^1].Clients}, lowest {s.Points.Min(p => p.Bytes):0} B{Cost(s.Points)}")));
        plot.Draw(html, title, "kB", x => Words.Number(x), Plot.Round(low, high, 12).Where(double.IsInteger), () =>
        {
            foreach ((string slot, List<(int Clients, double Bytes)> points) in slots)
            {
                html.Empty("path", ("class", "curve"), ("d", plot.Path(points.Select(p => ((double)p.Clients, p.Bytes / 1000)))));
                foreach ((int clients, double bytes) in points)
                {
                    using (html.In("circle", ("class", "dot"), ("cx", plot.X(clients)), ("cy", plot.Y(bytes / 1000)), ("r", 3.5)))
                    {
                        html.Element("title", string.Create(CultureInfo.InvariantCulture, $"{slot}, {Words.Count(clients, "client")}: {bytes:0} B free{Beside(figures, slot, clients)}"));
                    }
                }
            }

            Names(html, plot, slots);
        });
    }

    /// <summary>The slots at the end of their curves, in their order from top to bottom: above all of them, or below where there is no room.</summary>
    private static void Names(HtmlWriter html, Plot plot, IEnumerable<(string Slot, List<(int Clients, double Bytes)> Points)> slots)
    {
        List<(string Slot, double Y)> ends = [.. slots.Select(s => (s.Slot, plot.Y(s.Points[^1].Bytes / 1000))).OrderBy(s => s.Item2)];
        double above = ends[0].Y - 9 - (LineHeight * (ends.Count - 1));
        double first = above > LineHeight + 6 ? above : ends[^1].Y + LineHeight + 4;
        foreach ((int index, (string slot, _)) in ends.Index())
        {
            html.Element("text", slot, ("class", "strong"), ("x", plot.X(plot.HighX) - 8), ("y", first + (index * LineHeight)), ("text-anchor", "end"));
        }
    }

    /// <summary>
    /// What a client more takes, by the longest straight line from the first point on: beyond it the server turns clients away. Empty where the
    /// points make no line.
    /// </summary>
    private static string Cost(List<(int Clients, double Bytes)> points)
    {
        for (int count = points.Count; count >= FewestForALine; count--)
        {
            if (LeastSquaresLine.Fit([.. points.Take(count).Select(p => (double)p.Clients)], [.. points.Take(count).Select(p => p.Bytes)]) is { Slope: < 0, RSquared: >= StraightEnough } line)
            {
                return string.Create(CultureInfo.InvariantCulture, $", {-line.Slope:0} B a client up to {points[count - 1].Clients} of them (least squares, R² {line.RSquared:0.000})");
            }
        }

        return "";
    }

    // A part that was repeated has several figures of a number of clients: the least counts.
    private static List<(int Clients, double Bytes)> Points(IEnumerable<MeasurementRecord> floors) =>
    [
        .. floors.Select(f => (Known: int.TryParse(f.Name.AsSpan(Floor.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int clients), Clients: clients, f.Value))
            .Where(p => p.Known).GroupBy(p => p.Clients, p => p.Value).OrderBy(g => g.Key).Select(g => (g.Key, g.Min())),
    ];

    private static string Beside(IReadOnlyList<MeasurementRecord> figures, string slot, int clients)
    {
        double? Of(string name) => figures.LastOrDefault(f => f.Slot == slot && f.Name == string.Create(CultureInfo.InvariantCulture, $"{name}@{clients}"))?.Value;
        return (Of("served") is { } share ? $", {Words.Percent(share)} served" : "") + (Of("http-p95") is { } ms ? $", 95 % of those within {Words.Duration(ms / 1000)}" : "");
    }
}

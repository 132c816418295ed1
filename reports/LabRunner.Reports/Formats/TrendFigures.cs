using System.Globalization;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Formats;

/// <summary>What the builds of a trend have beside their failures, and where a figure changed for the worse.</summary>
public static class TrendFigures
{
    /// <summary>A build's figures on one line without final full stop; empty where none was measured.</summary>
    public static string Line(VersionRow row)
    {
        string gains = Gain(row);
        return string.Join("; ", new[]
        {
            row.Stable.Share is { } ? $"stable hours {Stable(row)}" : "", row.ReconnectP95 is { } ? $"reconnect, 95th percentile {Reconnect(row)}" : "",
            row.HeapSlopes.Count > 0 ? $"heap slope {Heap(row)}" : "", gains.Length > 0 ? $"metering gain error {gains}" : "",
        }.Where(part => part.Length > 0));
    }

    /// <summary>Tables by build.</summary>
    internal static void Write(HtmlWriter html, NightTrend trend)
    {
        html.Element("p", $"Stable hours and heap slopes are of the last {VersionRow.Window} nights of each build; the slope is the middle one of all plugs and nights, beside the steepest fall, which may be one plug's. A gain error is the middle of the meter's errors at loads where a pulse more or less is below 1 %.", ("class", "soft"));
        html.Table("Beside the failures", ["Board", "Firmware", "#Stable hours", "#Reconnect, 95th percentile", "#Heap slope", "Metering gain error"], () =>
        {
            foreach (VersionRow row in trend.Versions)
            {
                html.Row(
                    row.Board, row.Firmware, new Figure(row.Stable.Share is null ? "–" : Stable(row)), new Figure(row.ReconnectP95 is null ? "–" : Reconnect(row)),
                    new Figure(row.HeapSlopes.Count == 0 ? "–" : Heap(row)), Gain(row) is { Length: > 0 } gains ? gains : "–");
            }
        });
        ComparisonPage.HeapTable(
            html, $"Heap slope by plug against {(trend.Reference.Count > 0 ? "the reference" : "the build before it")}: under the same plan and suites, a slope that may be a leak, and lies below all bounds of another build, is one",
            [.. trend.Versions.SelectMany(v => v.Heaps)], "No plug that told its heap had the same suites of the same plan in two builds.");
    }

    /// <summary>Last good and first bad build of each change for the worse.</summary>
    internal static void Bisect(HtmlWriter html, NightTrend trend)
    {
        Bisection[] found = [.. trend.Bisect];
        if (found.Length == 0)
        {
            html.Element("p", "No figure of which better and worse are known changed for the worse.");
            return;
        }

        html.Table("Change points for the worse", ["Board", "Figure", "Last good", "Its night", "First bad", "Its night", "#From", "#To", "What it says"], () =>
        {
            foreach (Bisection row in found)
            {
                html.Row(
                    row.Board, row.Figure, row.LastGood, row.Change.Last.Night.Name, row.FirstBad, row.Change.Night.Name, row.Change.Point.Before, row.Change.Point.After,
                    row.IsOfVersion ? "look between the two builds" : "no new build then: look at the bench, the plan and the plugs");
            }
        });
    }

    private static string Stable(VersionRow row) => string.Create(CultureInfo.InvariantCulture, $"{Words.Percent(row.Stable.Share!.Value)} of {Words.Hours(row.Stable.Operational)}");

    private static string Reconnect(VersionRow row) => $"{Words.Duration(row.ReconnectP95!.Value)} (n = {row.Rated.Reconnects.Count})";

    private static string Heap(VersionRow row) => $"{Words.Number(Percentile.Of(row.HeapSlopes.Select(h => h.BytesPerHour), 0.5))} B/h, steepest {Words.Number(row.HeapSlopes.Min(h => h.BytesPerHour))} B/h";

    private static string Gain(VersionRow row) => string.Join(", ", row.Gains.Select(g => $"{g.Quantity} {(g.Percent > 0 ? "+" : "")}{Words.Percent(g.Percent / 100)}"));
}

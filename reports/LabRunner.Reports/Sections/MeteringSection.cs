using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>Error against load for every slot and quantity of suite S14, with its limits and the quantum of the pulse count.</summary>
public sealed class MeteringSection : IReportSection
{
    /// <inheritdoc/>
    public int Order => 60;

    /// <inheritdoc/>
    public string Id => "metering";

    /// <inheritdoc/>
    public string Title => "Metering";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        IReadOnlyList<MeteringPoint> points = MeteringCurve.Points(run.Measurements);
        if (points.Count == 0)
        {
            html.Element("p", "No metering figures with a reference in this run.");
            return;
        }

        html.Element("p", MeteringCurve.Legend, ("class", "soft"));
        foreach (IGrouping<string, MeteringPoint> slot in points.GroupBy(p => p.Slot).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            int outside = slot.Count(p => p.Verdict == Verdict.Fail);
            bool open = outside > 0 || slot.Key == points.Min(p => p.Slot);
            using (html.In("details", ("open", open ? "open" : null)))
            {
                html.Element("summary", $"{slot.Key}: {Words.Count(slot.Count(), "point")}, {(outside == 0 ? "all inside their limits" : $"{outside} outside their limits")}");
                foreach (IGrouping<string, MeteringPoint> quantity in slot.GroupBy(p => p.Quantity))
                {
                    MeteringCurve.Draw(html, $"{slot.Key}, {quantity.Key}", [.. quantity]);
                }
            }
        }
    }
}

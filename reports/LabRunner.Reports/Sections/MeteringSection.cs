using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>Error against load for every slot and quantity of suite S14, with its limits and the quantum of the pulse count; then its other figures.</summary>
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
        IReadOnlyList<MeasurementRecord> others = MeterFigures.Others(run.Measurements, points);
        if (points.Count + others.Count == 0)
        {
            html.Element("p", "No metering figures in this run.");
            return;
        }

        html.Element("p", MeteringCurve.Legend, ("class", "soft"));
        string[] slots = [.. points.Select(p => p.Slot).Concat(others.Select(m => m.Slot)).Distinct().Order(StringComparer.Ordinal)];
        foreach (string slot in slots)
        {
            MeteringPoint[] own = [.. points.Where(p => p.Slot == slot)];
            MeasurementRecord[] beside = [.. others.Where(m => m.Slot == slot)];
            int outside = own.Count(p => p.Verdict == Verdict.Fail) + beside.Count(m => m.Verdict == Verdict.Fail);
            using (html.In("details", ("open", outside > 0 || slot == slots[0] ? "open" : null)))
            {
                html.Element("summary", $"{slot}: {Words.Count(own.Length, "point")}{(beside.Length == 0 ? "" : $" and {Words.Count(beside.Length, "other figure")}")}, {(outside == 0 ? "all inside their limits" : $"{outside} outside their limits")}");
                foreach (IGrouping<string, MeteringPoint> quantity in own.GroupBy(p => p.Quantity))
                {
                    MeteringCurve.Draw(html, $"{slot}, {quantity.Key}", [.. quantity]);
                }

                MeterFigures.Table(html, $"{slot}: linearity, energy and what else was asked of the meter", beside);
            }
        }
    }
}

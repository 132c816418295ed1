using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>Figures of a meter that no curve over load shows: linearity, energy, consistency, no load, drift. The same table in the night report and in the validation report.</summary>
internal static class MeterFigures
{
    /// <summary>Figures of <paramref name="measurements"/> that are no point of <paramref name="points"/>.</summary>
    internal static IReadOnlyList<MeasurementRecord> Others(IEnumerable<MeasurementRecord> measurements, IReadOnlyList<MeteringPoint> points)
    {
        HashSet<MeasurementRecord> drawn = [.. points.Select(p => p.Record)];
        return [.. measurements.Where(m => m.Suite == MeteringCurve.Suite && !drawn.Contains(m))];
    }

    /// <summary>The table; nothing without figures.</summary>
    internal static void Table(HtmlWriter html, string caption, IReadOnlyList<MeasurementRecord> others)
    {
        if (others.Count == 0)
        {
            return;
        }

        html.Table(caption, ["Figure", "#Value", "#Limits", "Verdict"], () =>
        {
            foreach (MeasurementRecord m in others)
            {
                html.Row(m.Name, new Figure($"{Words.Number(m.Value)} {m.Unit}"), new Figure(Limits(m)), m.Verdict);
            }
        });
    }

    private static string Limits(MeasurementRecord m) => (m.Lower, m.Upper) switch
    {
        ({ } low, { } high) => $"{Words.Number(low)} … {Words.Number(high)} {m.Unit}",
        ({ } low, null) => $"at least {Words.Number(low)} {m.Unit}",
        (null, { } high) => $"at most {Words.Number(high)} {m.Unit}",
        _ => m.Reference is { } reference ? $"{Words.Number(reference)} {m.Unit} emitted" : "–",
    };
}

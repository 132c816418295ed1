using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Variant;

/// <summary>How the board starts, what its relay does at a reboot, and how it updates.</summary>
internal static class VariantBehaviour
{
    private const double Confidence = 0.95;

    internal static void Starts(HtmlWriter html, VariantRecord variant)
    {
        VariantFunction[] functions = [.. variant.Functions.Where(f => f.Name is "uart" or "strap" or "rail" or "boot")];
        TrialRecord[] cycles = [.. variant.Trials.Where(t => t.Suite == "S02")];
        if (functions.Length == 0 && cycles.Length == 0)
        {
            html.Element("p", "Neither probed nor asked by suite S02.");
            return;
        }

        if (functions.Length > 0)
        {
            html.Table("Probed", ["Function", "Verdict", "#Good", "Result"], () =>
            {
                foreach (VariantFunction f in functions)
                {
                    html.Row(f.Name, f.Verdict, new Figure($"{f.Good} of {f.Of}"), f.Said);
                }
            });
        }

        MeasurementRecord[] figures = [.. variant.ProbeFigures.Where(m => !m.Name.StartsWith("relay-gap", StringComparison.Ordinal))];
        if (figures.Length > 0)
        {
            html.Table("Figures of the probe", ["Figure", "#Value", "#Limits", "Verdict"], () => FigureRows(html, variant, figures));
        }

        if (cycles.Length > 0)
        {
            html.Table($"Power cycles of suite S02; bounds are one-sided, {Confidence * 100:0} %", ["Step", "#Good", "#At least", "#Median", "#Longest"], () =>
            {
                foreach (IGrouping<string, TrialRecord> step in cycles.GroupBy(t => t.Step).OrderBy(g => g.Key, StringComparer.Ordinal))
                {
                    int good = step.Count(t => t.Ok);
                    double[] times = [.. step.Where(t => t.Ok).Select(t => t.DurationMs / 1000).Order()];
                    html.Row(
                        step.Key, new Figure($"{good} of {step.Count()}"), new Figure(Words.Percent(Proportion.LowerOneSided(good, step.Count(), Confidence))),
                        new Figure(times.Length == 0 ? "–" : Words.Duration(Percentile.OfSorted(times, 0.5))), new Figure(times.Length == 0 ? "–" : Words.Duration(times[^1])));
                }
            });
        }
    }

    private static void FigureRows(HtmlWriter html, VariantRecord variant, IEnumerable<MeasurementRecord> figures)
    {
        foreach (MeasurementRecord m in figures)
        {
            string limits = (m.Lower, m.Upper) switch
            {
                ({ } low, { } high) => $"{Words.Number(low)} … {Words.Number(high)} {m.Unit}",
                (null, { } high) => $"at most {Words.Number(high)} {m.Unit}",
                ({ } low, null) => $"at least {Words.Number(low)} {m.Unit}",
                _ => "–",
            };
            html.Row(Named(m.Name, variant.RunOf(m)), new Figure($"{Words.Number(m.Value)} {m.Unit}"), new Figure(limits), m.Verdict);
        }
    }

    /// <summary>A name with the run it is of, where there are several.</summary>
    internal static string Named(string name, string? run) => run is null ? name : $"{name}, {run}";

    internal static void Gap(HtmlWriter html, VariantRecord variant)
    {
        MeasurementRecord[] gaps = [.. variant.Figures.Where(m => (m.Name.StartsWith("relay-gap", StringComparison.Ordinal) || m.Name.StartsWith("reboot-gap", StringComparison.Ordinal)) && double.IsFinite(m.Value) && m.Value >= 0 && m.Unit == "ms")];
        VariantFunction? probed = variant.Functions.FirstOrDefault(f => f.Name == "relay-gap");
        if (probed is not null)
        {
            html.Element("p", probed.Said);
        }

        if (gaps.Length == 0)
        {
            html.Element("p", probed is null ? "Not measured." : "No figure was taken.");
            return;
        }

        html.Table("Gaps of the closed contact; median, p95 and max are over all reboots of suite S13", ["From", "#Gap", "#Limits", "Verdict"], () => FigureRows(html, variant, gaps.Take(20)));
    }

    internal static void Updates(HtmlWriter html, VariantRecord variant)
    {
        TrialRecord[] updates = [.. variant.Trials.Where(t => t.Suite == "S04")];
        if (updates.Length == 0)
        {
            html.Element("p", "Not tested: suite S04 did not run on this slot.");
            return;
        }

        html.Table($"Steps of suite S04; bounds are one-sided, {Confidence * 100:0} %", ["Step", "#Good", "#At least", "#Longest"], () =>
        {
            foreach (IGrouping<string, TrialRecord> step in updates.GroupBy(t => t.Step).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                int good = step.Count(t => t.Ok);
                html.Row(step.Key, new Figure($"{good} of {step.Count()}"), new Figure(Words.Percent(Proportion.LowerOneSided(good, step.Count(), Confidence))), new Figure(Words.Duration(step.Max(t => t.DurationMs) / 1000)));
            }
        });
    }
}

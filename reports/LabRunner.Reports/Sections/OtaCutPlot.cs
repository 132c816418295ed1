using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Power cuts during an update (S06): when each came, in which phase, and whether the DUT was in service after it. A trial tells its phase in
/// its detail "phase" (else after the dash of its step), the moment in "cutSeconds" (else its duration), and what ran then in "outcome".
/// </summary>
internal static class OtaCutPlot
{
    internal const string Suite = "S06";
    private const double Confidence = 0.95;
    private static readonly string[] Order = ["erase", "write", "table", "first boot", "first-boot"];

    internal static void Draw(HtmlWriter html, IReadOnlyList<TrialRecord> trials)
    {
        List<Cut> cuts = [.. trials.Where(t => t.Suite == Suite).Select(Cut.Of).OfType<Cut>()];
        if (cuts.Count == 0)
        {
            return;
        }

        List<string> phases = [.. cuts.Select(c => c.Phase).Distinct().OrderBy(p => Array.IndexOf(Order, p) is var i && i < 0 ? Order.Length : i).ThenBy(p => p, StringComparer.Ordinal).Take(12)];
        int lost = cuts.Count(c => !c.Ok);
        html.Element("p", $"{cuts.Count} power cuts during an update: {(lost == 0 ? "each DUT was in service after it" : $"{Words.Count(lost, "time")} the DUT was not in service after it")}; at 95 % the share that fails is below {Words.Percent(1 - Proportion.LowerOneSided(cuts.Count - lost, cuts.Count, Confidence))}.");
        double most = Math.Max(1, cuts.Max(c => c.Seconds));
        Plot plot = new(0, most, -0.5, phases.Count - 0.5, height: 70 + (34 * phases.Count));
        plot.Draw(html, "When the power was cut, by phase of the update; ✕ marks a DUT that was not in service afterwards", "", x => Words.Duration(x), Plot.Round(0, most, 8), () =>
        {
            foreach (Cut cut in cuts)
            {
                int row = phases.IndexOf(cut.Phase);
                if (row < 0)
                {
                    continue;
                }

                double x = plot.X(cut.Seconds);
                double y = plot.Y(phases.Count - 1 - row);
                using (html.In("g"))
                {
                    html.Element("title", string.Create(CultureInfo.InvariantCulture, $"{cut.Slot}: cut {cut.Seconds:0.##} s into the update, {cut.Phase}: {(cut.Ok ? "in service" : "not in service")}{(cut.Outcome is { Length: > 0 } outcome ? ", " + outcome : "")}"));
                    if (cut.Ok)
                    {
                        html.Empty("circle", ("class", "dot"), ("cx", x), ("cy", y), ("r", 4));
                    }
                    else
                    {
                        html.Empty("path", ("class", "cross"), ("d", string.Create(CultureInfo.InvariantCulture, $"M{x - 5:0.#} {y - 5:0.#}l10 10m0 -10l-10 10")));
                    }
                }
            }
        });
        html.Table("By phase. Upper bound of the share that fails: one-sided Clopper-Pearson, 95 %", ["Phase", "#Cuts", "#In service after it", "#Fails at most"], () =>
        {
            foreach (string phase in phases)
            {
                int n = cuts.Count(c => c.Phase == phase);
                int ok = cuts.Count(c => c.Phase == phase && c.Ok);
                html.Row(phase, n, ok, new Figure(Words.Percent(1 - Proportion.LowerOneSided(ok, n, Confidence))));
            }
        });
    }

    private sealed record Cut(string Slot, string Phase, double Seconds, bool Ok, string? Outcome)
    {
        internal static Cut? Of(TrialRecord trial)
        {
            string? phase = trial.Detail.GetValueOrDefault("phase") ?? (trial.Step.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash ? trial.Step[(dash + 1)..] : null);
            double seconds = double.TryParse(trial.Detail.GetValueOrDefault("cutSeconds"), NumberStyles.Float, CultureInfo.InvariantCulture, out double told) ? told : trial.DurationMs / 1000;
            return phase is { Length: > 0 } && double.IsFinite(seconds) && seconds >= 0 ? new Cut(trial.Slot, phase, seconds, trial.Ok, trial.Detail.GetValueOrDefault("outcome")) : null;
        }
    }
}

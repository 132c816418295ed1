using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Power cuts during an update (S06): in which stretch of it each came, how far into it, and whether the DUT was in service afterwards, as the
/// trials of <see cref="OtaCutTrial"/> tell it.
/// </summary>
internal static class OtaCutPlot
{
    internal const string Suite = "S06";
    private const double Confidence = 0.95;
    private static readonly (string Stratum, string Title)[] Known =
        [("erase", "erase"), ("write", "write"), ("tableSwitch", "table switch"), ("firstBoot", "first boot"), ("between", "between these")];

    internal static void Draw(HtmlWriter html, IReadOnlyList<TrialRecord> trials)
    {
        List<Cut> cuts = [.. trials.Where(t => t.Suite == Suite && t.Step == OtaCutTrial.Step).Select(Cut.Of).OfType<Cut>()];
        if (cuts.Count == 0)
        {
            return;
        }

        List<string> phases = [.. Known.Select(k => k.Title).Where(title => cuts.Exists(c => c.Phase == title))];
        int lost = cuts.Count(c => !c.Ok);
        html.Element("p", $"{cuts.Count} power cuts during an update: {(lost == 0 ? "each DUT was in service after it" : $"{Words.Count(lost, "time")} the DUT was not in service after it")}; at 95 % the share that fails is below {Words.Percent(1 - Proportion.LowerOneSided(cuts.Count - lost, cuts.Count, Confidence))}.");
        double most = Math.Max(1, cuts.Max(c => c.Seconds));
        Plot plot = new(0, most, -0.5, phases.Count - 0.5, height: 70 + (34 * phases.Count));
        plot.Draw(html, "When the power was cut: how far into each stretch of the update; ✕ marks a DUT that was not in service afterwards", "", x => Words.Duration(x), Plot.Round(0, most, 8), () =>
        {
            foreach (Cut cut in cuts)
            {
                double x = plot.X(cut.Seconds);
                double y = plot.Y(phases.Count - 1 - phases.IndexOf(cut.Phase));
                using (html.In("g"))
                {
                    html.Element("title", string.Create(CultureInfo.InvariantCulture, $"{cut.Slot}: cut {cut.Seconds:0.##} s into {cut.Phase}: {(cut.Ok ? "in service" : "not in service")}{(cut.Runs is { Length: > 0 } runs ? $", {runs} ran" : "")}"));
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

    private sealed record Cut(string Slot, string Phase, double Seconds, bool Ok, string? Runs)
    {
        internal static Cut? Of(TrialRecord trial)
        {
            string? phase = Known.FirstOrDefault(k => k.Stratum == trial.Detail.GetValueOrDefault(OtaCutTrial.Stratum)).Title;
            return phase is not null
                && double.TryParse(trial.Detail.GetValueOrDefault(OtaCutTrial.AfterSeconds), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && double.IsFinite(seconds) && seconds >= 0
                ? new Cut(trial.Slot, phase, seconds, trial.Ok, trial.Detail.GetValueOrDefault(OtaCutTrial.Runs))
                : null;
        }
    }
}

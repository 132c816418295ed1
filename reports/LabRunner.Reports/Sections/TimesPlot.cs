using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// How long attempts of one kind took, as the share that was over after a time (the empirical distribution): boots of S02, reconnects of S09,
/// S10 and S11. Attempts that failed never are over, so a curve that ends below 1 has some.
/// </summary>
internal static class TimesPlot
{
    private const int FewestAttempts = 8;
    private static readonly string[] Suites = ["S02", "S09", "S10", "S11"];

    // Lasts as long as the plan says.
    private const string WholeCycle = "cycle";

    internal static void Draw(HtmlWriter html, string suite, IReadOnlyList<TrialRecord> trials)
    {
        if (!Suites.Contains(suite))
        {
            return;
        }

        foreach (IGrouping<string, TrialRecord> step in trials.Where(t => t.Step != WholeCycle).GroupBy(t => t.Step).Where(g => g.Count() >= FewestAttempts))
        {
            Step(html, step.Key, [.. step]);
        }
    }

    private static void Step(HtmlWriter html, string step, IReadOnlyList<TrialRecord> attempts)
    {
        double[] seconds = [.. attempts.Where(t => t.Ok && double.IsFinite(t.DurationMs) && t.DurationMs >= 0).Select(t => t.DurationMs / 1000).Order()];
        if (seconds.Length == 0)
        {
            return;
        }

        int failed = attempts.Count - seconds.Length;
        string title = $"{step}: share of {attempts.Count} attempts that were over after a time; half of those that succeeded by {Words.Duration(Percentile.OfSorted(seconds, 0.5))}, "
            + $"95 % by {Words.Duration(Percentile.OfSorted(seconds, 0.95))}, the last at {Words.Duration(seconds[^1])}{(failed == 0 ? "" : $"; {failed} failed")}";
        Plot plot = new(0, seconds[^1] * 1.05, 0, 1, height: 170);
        plot.Draw(html, title, "share", x => Words.Duration(x), Plot.Round(0, seconds[^1] * 1.05, 8), () =>
        {
            List<(double X, double Y)> line = [(0, 0)];
            for (int i = 0; i < seconds.Length; i++)
            {
                line.Add((seconds[i], line[^1].Y));
                line.Add((seconds[i], (i + 1.0) / attempts.Count));
            }

            line.Add((plot.HighX, line[^1].Y));
            html.Empty("path", ("class", "curve"), ("d", plot.Path(line)));
        });
    }
}

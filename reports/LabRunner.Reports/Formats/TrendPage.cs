using System.Globalization;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Formats;

/// <summary>The page of <see cref="NightTrend"/>: the gate, versions by board, change points, failure modes.</summary>
public static class TrendPage
{
    private const double Confidence = 0.9;
    private const double PlotHeight = 180;
    private const int MostLabels = 10;

    /// <summary>The document.</summary>
    public static string Write(NightTrend trend) => HtmlPage.Write(
        $"{GateWord(trend)}: {Words.Count(trend.Nights.Count, "night")}",
        [
            new PagePart("verdict", "Trend over nights", html => Gate(html, trend)),
            new PagePart("versions", "Firmware by board", html => Versions(html, trend)),
            new PagePart("figures", "Figures by build", html => TrendFigures.Write(html, trend)),
            new PagePart("bisect", "Where to look for the cause", html => TrendFigures.Bisect(html, trend)),
            new PagePart("changes", "Change points", html => Changes(html, trend)),
            new PagePart("drift", "Drift of the failure rate", html => Drift(html, trend)),
            new PagePart("hours", "Resets by the time of day", html => Hours(html, trend)),
            new PagePart("modes", "Failure modes", html => Modes(html, trend)),
            new PagePart("nights", "Nights", html => Nights(html, trend)),
        ]);

    /// <summary>The gate in a word: STOP, PASS or CANNOT TELL.</summary>
    public static string GateWord(NightTrend trend) => trend.Gate switch
    {
        Change.Worse => "STOP",
        Change.Better => "PASS",
        _ => "CANNOT TELL",
    };

    /// <summary>What stands of a newest build, in a sentence without final full stop.</summary>
    public static string Sentence(VersionRow row, NightTrend trend)
    {
        ComparisonRules rules = trend.Rules;
        bool named = trend.Reference.Count > 0;
        Exposed soak = row.Rated.Soak;
        string state = row.State switch
        {
            SprtState.Accept => $"the sequential test accepts {Words.Hours(rules.GoodHours)}",
            SprtState.Reject => $"the sequential test rejects {Words.Hours(rules.GoodHours)}",
            _ => $"the sequential test goes on, {Words.Hours(row.HoursToAccept)} more without a failure would accept",
        };
        string other = named ? "the reference" : "the build before it";
        string against = row.Change is { } change ? $"; against {other}: {change.Sentence}{(change.Change == Change.Worse && !change.Stops(rules) ? $", which is below the {Words.Number(rules.StopRatio)} times that stop" : "")}"
            : named ? "; not held against the reference" : "; there is no build before it";
        return $"{row.Board}, {row.Firmware}: {Words.Count(soak.Failures, "failure")} in {Words.Hours(soak.Hours)} of idle soak; {state}{against}{Stress(row, trend)}{(row.Gravest.Any() ? $"; stopped by {string.Join(", ", row.Gravest)}, which no rate excuses" : "")}{(row.Failed.Any() ? $"; failed: {string.Join(", ", row.Failed)}" : "")}{string.Concat(row.Heaps.Where(h => h.Leaks).Select(h => $"; {h.Scope}, free heap: {h.Sentence}"))}";
    }

    // Suites that stop it or keep it from passing; those that are as before are in the table.
    private static string Stress(VersionRow row, NightTrend trend)
    {
        List<string> told = [.. row.SuiteChanges.Where(c => c.Value.Stops(trend.Rules)).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value.Sentence}")];
        List<string> open = [.. row.Unproved.Where(s => row.SuiteChanges.GetValueOrDefault(s)?.Stops(trend.Rules) != true)];
        return (told.Count > 0 ? "; under stress: " + string.Join(", ", told) : "") + (open.Count > 0 ? $"; not shown to fail no more than before: {string.Join(", ", open)}" : "");
    }

    private static void Gate(HtmlWriter html, NightTrend trend)
    {
        using (html.In("div", ("class", "night")))
        {
            html.Badge(ComparisonPage.BadgeOf(trend.Gate));
            html.Element("p", $"{GateWord(trend)}. {Words.Count(trend.Nights.Count, "night")}, {Words.Count(trend.Versions.Select(v => v.Firmware).Distinct().Count(), "build")}, {Words.Count(trend.Versions.Select(v => v.Board).Distinct().Count(), "board")}.");
        }

        foreach (VersionRow row in trend.Newest)
        {
            html.Element("p", Sentence(row, trend) + ".");
        }

        if (trend.Reference.Count > 0)
        {
            html.Element("p", $"The reference is {string.Join(", ", trend.Reference.Select(n => n.Name))}: {string.Join(", ", NightComparison.Builds(trend.Reference))}.", ("class", "soft"));
        }

        foreach (string warning in trend.Warnings)
        {
            html.Element("p", warning, ("class", "notice"));
        }
    }

    /// <summary>A build's rate in each suite, on one line without final full stop; empty where no suite had hours.</summary>
    public static string SuiteRates(VersionRow row) =>
        string.Join("; ", row.Rated.Stress.Select(s => $"{s.Suite}: {Words.Count(s.Part.Failures, "failure")} in {Words.Hours(s.Part.Hours)}"));

    private static void Versions(HtmlWriter html, NightTrend trend)
    {
        html.Table(
            $"In the order in which the builds first ran, in the idle soak (S01); bounds at {Confidence:P0}; sequential test good {Words.Hours(trend.Rules.GoodHours)}, bad {Words.Hours(trend.Rules.BadHours)}, both risks 10 %",
            ["Board", "Firmware", "#Nights", "#Device-hours", "#Failures", "#Per 100 h (bounds)", "#MTBF at least", "Sequential test", trend.Reference.Count > 0 ? "Against the reference" : "Against the build before it"],
            () =>
            {
                foreach (VersionRow row in trend.Versions)
                {
                    Exposed soak = row.Rated.Soak;
                    html.Row(
                        row.Board, row.Firmware, row.Nights, new Figure(Words.Hours(soak.Hours)), soak.Failures, new Figure(ComparisonPage.Rate(soak)),
                        new Figure(Words.Hours(MtbfBounds.Lower(soak.Hours, soak.Failures, Confidence))),
                        row.State switch { SprtState.Accept => "accepts", SprtState.Reject => "rejects", _ => $"{Words.Hours(row.HoursToAccept)} more" },
                        row.Change?.Sentence ?? "–");
                }
            });
        if (trend.Versions.Any(v => v.Rated.Trials.Count > 0))
        {
            using (html.In("details"))
            {
                html.Element("summary", "Repeated steps by build: updates, boots, reconnects");
                html.Table($"Share that went well, with its exact {Confidence:P0} interval (Clopper-Pearson)", ["Step", "Board", "Firmware", "#Went well", "#Share", "#Interval"], () =>
                {
                    foreach ((VersionRow row, string step, Attempts tried) in trend.Versions.SelectMany(v => v.Rated.Trials.Select(t => (v, t.Key, t.Value))).OrderBy(t => t.v.Board, StringComparer.Ordinal).ThenBy(t => t.Key, StringComparer.Ordinal))
                    {
                        html.Row(
                            step, row.Board, row.Firmware, new Figure($"{tried.Ok} of {tried.Tried}"), new Figure(Words.Percent((double)tried.Ok / tried.Tried)),
                            new Figure($"{Words.Percent(tried.Bounds.Lower)} … {Words.Percent(tried.Bounds.Upper)}"));
                    }
                });
            }
        }

        if (trend.Versions.Any(v => v.Rated.Stress.Any()))
        {
            html.Table("The other suites, each by itself: idle and stress hours are never pooled", ["Board", "Firmware", "Suite", "#Device-hours", "#Failures", "#Per 100 h (bounds)", trend.Reference.Count > 0 ? "Against the reference" : "Against the build before it"], () =>
            {
                foreach (VersionRow row in trend.Versions)
                {
                    foreach ((string suite, Exposed part) in row.Rated.Stress)
                    {
                        html.Row(row.Board, row.Firmware, suite, new Figure(Words.Hours(part.Hours)), part.Failures, new Figure(ComparisonPage.Rate(part)), row.SuiteChanges.GetValueOrDefault(suite)?.Sentence ?? "–");
                    }
                }
            });
        }
    }

    private static void Changes(HtmlWriter html, NightTrend trend)
    {
        List<Series> changed = [.. trend.Series.Where(s => s.Changes.Count > 0)];
        html.Element(
            "p",
            changed.Count == 0
                ? $"No figure of {trend.Series.Count(s => s.Points.Count > 0)} changed: energy statistics, 1 % by permutation, at least 3 nights on a side and 5 % of the median; heap slopes and gain errors from what matters on."
                : "Energy statistics, 1 % by permutation, at least 3 nights on a side and 5 % of the median; heap slopes and gain errors from what matters on. Each change is told with the first night after it.",
            ("class", "soft"));
        foreach (Series series in changed)
        {
            foreach (SeriesChange change in series.Changes)
            {
                html.Element("p", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{series.Board}, {series.Figure}: from {Words.Number(change.Point.Before)} to {Words.Number(change.Point.After)} with night {change.Night.Name}, {(change.WithVersion ? "the first of" : "in the middle of")} {change.Firmware} (p = {change.Point.P:0.###})."));
            }
        }

        foreach (Series series in trend.Series.Where(s => s.Points.Count > 1 && (s.Changes.Count > 0 || s.Figure is TrendSeries.FailureRate or NightSummary.HeapFloor)))
        {
            Draw(html, series);
        }
    }

    private static void Drift(HtmlWriter html, NightTrend trend)
    {
        if (trend.Drifts.Count == 0)
        {
            html.Element("p", "No board has two nights with device-hours to sum.");
            return;
        }

        html.Element("p", $"Told, not judged: the gate's tests are of the same failures. Poisson CUSUM between one failure in {Words.Hours(trend.Rules.GoodHours)} and one in {Words.Hours(trend.Rules.BadHours)}; a rate that is in order gives a signal once in {FailureDrift.NightsToAFalseSignal} nights or more, on average.", ("class", "soft"));
        foreach (FailureDrift drift in trend.Drifts)
        {
            html.Element("p", drift.Sentence + ".");
        }

        foreach (FailureDrift drift in trend.Drifts.Where(d => d.Signal is not null))
        {
            Draw(html, $"{drift.Board}: sum of failures above what is in order, night by night; the dashed line is its limit", drift.Points, (html, plot) =>
                html.Empty("line", ("class", "limit"), ("x1", plot.X(1)), ("y1", plot.Y(drift.Limit)), ("x2", plot.X(drift.Points.Count)), ("y2", plot.Y(drift.Limit))));
        }
    }

    private static void Hours(HtmlWriter html, NightTrend trend)
    {
        html.Element("p", $"By board and build, where {TimeOfDay.Fewest} or more came on as many days. Rayleigh's test over the hours under test, so that nights which are no whole days crowd nothing; {ResetHours.Alpha:P0} over all rows (Holm).", ("class", "soft"));
        if (trend.TimesOfDay.Count == 0)
        {
            html.Element("p", "No build has so many unexpected resets.");
        }

        foreach (ResetHours row in trend.TimesOfDay)
        {
            html.Element("p", row.Sentence + ".", ("class", row.IsTold ? "notice" : null));
        }
    }

    private static void Draw(HtmlWriter html, Series series) => Draw(html, $"{series.Board}: {series.Figure}, night by night", series.Points, (html, plot) =>
    {
        foreach (SeriesChange change in series.Changes)
        {
            html.Empty("line", ("class", "trend"), ("x1", plot.X(change.Point.Index + 0.5)), ("x2", plot.X(change.Point.Index + 0.5)), ("y1", 10.0), ("y2", PlotHeight - 34));
        }
    });

    private static void Draw(HtmlWriter html, string title, IReadOnlyList<SeriesPoint> points, Action<HtmlWriter, Plot> marks)
    {
        Plot plot = new(1, points.Count, points.Min(p => p.Value), points.Max(p => p.Value), PlotHeight);
        plot.Draw(
            html, title, "", n => Label(points[(int)n - 1].Night), Nights(points.Count), () =>
            {
                html.Empty("path", ("class", "curve"), ("d", plot.Path(points.Select((p, i) => (i + 1.0, p.Value)))));
                marks(html, plot);
                for (int i = 0; i < points.Count; i++)
                {
                    SeriesPoint point = points[i];
                    using (html.In("circle", ("class", "dot"), ("cx", plot.X(i + 1)), ("cy", plot.Y(point.Value)), ("r", 3.0)))
                    {
                        html.Element("title", $"{point.Night.Name}, {point.Firmware}: {Words.Number(point.Value)}");
                    }
                }
            });
    }

    // The first and every so many after it, about ten: a night is no fraction.
    private static IEnumerable<double> Nights(int count) => Enumerable.Range(0, count).Where(i => i % ((count + MostLabels - 1) / MostLabels) == 0).Select(i => i + 1.0);

    private static string Label(NightSummary night) => night.At?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? SafeText.OneLine(night.Name, 12);

    private static void Modes(HtmlWriter html, NightTrend trend)
    {
        if (trend.Modes.Count == 0)
        {
            html.Element("p", "No unexpected incident in any night.");
            return;
        }

        html.Table("Unexpected incidents and findings by build, the most frequent first; the state is the newest build's", ["Mode", "Board", "#All", "By build", "State"], () =>
        {
            foreach (ModeRow row in trend.Modes)
            {
                html.Row(row.Mode, row.Board, row.Counts.Sum(c => c.Count), string.Join(", ", row.Counts.Select(c => $"{c.Firmware}: {c.Count}")), row.State);
            }
        });
    }

    private static void Nights(HtmlWriter html, NightTrend trend) => html.Table("All nights, in order", ["Night", "Start", "Bench", "Plan", "Builds", "#Device-hours", "#Failures"], () =>
    {
        foreach (NightSummary night in trend.Nights)
        {
            html.Row(
                night.Name, night.At?.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture), night.Bench, night.Plan,
                string.Join(", ", NightComparison.Builds([night])), new Figure(Words.Hours(night.Cells.Sum(c => c.Total.Hours))), night.Cells.Sum(c => c.Total.Failures));
        }
    });
}

using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// How long a DUT serves after a boot, and what kind of failure ends it: survival in the idle soak with censoring, a curve for each board; the
/// other suites by themselves; times to failure held against the intervals that were configured, Weibull shape, and whether failures crowd
/// towards the end of a suite's hours.
/// </summary>
public sealed class SurvivalSection : IReportSection
{
    private const int FewestForAFit = 3;
    private const double TieLevel = 0.01;

    // A first symptom is known to within the cadence of the quickest probe, 1 s, to either side by half of it and a little of lateness.
    private const double ProbeSeconds = 0.6;

    /// <inheritdoc/>
    public int Order => 85;

    /// <inheritdoc/>
    public string Id => "survival";

    /// <inheritdoc/>
    public string Title => "Time to failure";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        IReadOnlyList<BootSpell> spells = BootSpells.Of(run);
        if (spells.Count == 0)
        {
            html.Element("p", "No spell between a boot and a failure, or the end, was recorded while a suite had a plug.");
            return;
        }

        Soak(html, [.. spells.Where(s => s.Suite == SuiteNames.IdleSoak)]);
        Others(html, [.. spells.Where(s => s.Suite != SuiteNames.IdleSoak)]);
        Shapes(html, run, spells);
        Timers(html, spells);
        Ties(html, run, spells);
        Strip(html, run);
    }

    /// <summary>A curve for each board: boards may fail by other rates, and a plug under stress does.</summary>
    private static void Soak(HtmlWriter html, IReadOnlyList<BootSpell> spells)
    {
        int failed = spells.Count(s => s.Failed);
        html.Element("p", spells.Count == 0
            ? "The idle soak (S01) had no plug: there is no survival curve, which would be of its hours alone."
            : failed == 0
            ? $"None of {Words.Count(spells.Count, "spell")} of the idle soak (S01) ended by a failure; the longest lasted {Words.Duration(spells.Max(s => s.Seconds))}. No survival curve can be drawn from that, only the bound under Reliability."
            : $"{failed} of {Words.Count(spells.Count, "spell")} of the idle soak (S01) ended by a failure. The others were cut short: by a commanded reboot, a bench fault, or the end of the soak; they count as survived until then.");
        foreach (IGrouping<string, BootSpell> board in spells.GroupBy(s => s.Board).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (board.Any(s => s.Failed))
            {
                Curve(html, board.Key, [.. board.Select(s => new Spell(s.Seconds, s.Failed))]);
            }
            else if (failed > 0)
            {
                html.Element("p", $"{board.Key}: none of {Words.Count(board.Count(), "spell")} ended by a failure; the longest lasted {Words.Duration(board.Max(s => s.Seconds))}.");
            }
        }
    }

    private static void Others(HtmlWriter html, IReadOnlyList<BootSpell> spells)
    {
        IGrouping<(string Suite, string Board), BootSpell>[] failing = [.. spells.GroupBy(s => (s.Suite, s.Board)).Where(g => g.Any(s => s.Failed)).OrderBy(g => g.Key.Suite, StringComparer.Ordinal).ThenBy(g => g.Key.Board, StringComparer.Ordinal)];
        int good = spells.Count - failing.Sum(g => g.Count());
        if (good > 0)
        {
            html.Element("p", $"None of {Words.Count(good, failing.Length > 0 ? "other spell" : "spell")} under suites other than the soak ended by a failure.", ("class", "soft"));
        }

        if (failing.Length == 0)
        {
            return;
        }

        html.Table(
            "Spells under suites other than the soak. Each suite asks something else of a plug: none is put together with the soak, nor with another",
            ["Suite", "Board", "#Spells", "#Failed", "#Half failed within", "#Longest"],
            () =>
            {
                foreach (IGrouping<(string Suite, string Board), BootSpell> group in failing)
                {
                    double? median = KaplanMeier.Of([.. group.Select(s => new Spell(s.Seconds, s.Failed))]).Median;
                    html.Row(
                        SuiteTitles.Of(group.Key.Suite), group.Key.Board, group.Count(), group.Count(s => s.Failed), new Figure(median is { } half ? Words.Duration(half) : "more than half outlast it"),
                        new Figure(Words.Duration(group.Max(s => s.Seconds))));
                }
            });
    }

    private static void Curve(HtmlWriter html, string board, IReadOnlyList<Spell> all)
    {
        KaplanMeier survival = KaplanMeier.Of(all, 0.9);
        double longest = Math.Max(1, all.Max(s => s.Duration));
        Plot plot = new(0, longest, 0, 1, height: 240);
        string median = survival.Median is { } half ? $"half have failed {Words.Duration(half)} after their boot" : "more than half outlast the soak";
        plot.Draw(html, $"{board}, idle soak: share of spells that still serve; {median}. Band: 90 % (log-log). Ticks: cut short.", "share", Words.At, new TimeAxis(0, longest, 0, 1).Ticks(), () =>
        {
            IEnumerable<(double X, double Y)> upper = SurvivalCurve.Of(survival, longest, s => s.Bounds.Upper), lower = SurvivalCurve.Of(survival, longest, s => s.Bounds.Lower);
            html.Empty("path", ("class", "band"), ("d", plot.Path([.. upper, .. lower.Reverse()]) + "Z"));
            html.Empty("path", ("class", "curve"), ("d", plot.Path(SurvivalCurve.Of(survival, longest, s => s.Survival))));
            foreach (double cut in all.Where(s => !s.Failed).Select(s => s.Duration).Distinct().Take(500))
            {
                double share = survival.Steps.Where(s => s.At <= cut).Select(s => s.Survival).DefaultIfEmpty(1).Last();
                html.Empty("line", ("class", "tick"), ("x1", plot.X(cut)), ("x2", plot.X(cut)), ("y1", plot.Y(share) - 4), ("y2", plot.Y(share) + 4));
            }
        });
    }

    private static void Shapes(HtmlWriter html, RunRecord run, IReadOnlyList<BootSpell> spells)
    {
        List<IGrouping<(string Slot, string Suite), BootSpell>> groups =
            [.. spells.GroupBy(s => (s.Slot, s.Suite)).Where(g => g.Any(s => s.Failed)).OrderBy(g => g.Key.Slot, StringComparer.Ordinal).ThenBy(g => g.Key.Suite, StringComparer.Ordinal)];
        if (groups.Count == 0)
        {
            return;
        }

        ILookup<(string, string), IntervalFailure> experiments = IntervalFailure.Of(run).ToLookup(p => (p.Slot, p.Suite));
        html.Table(
            "What kind of failure it is, by suite. Variation: standard deviation over mean of the times from boot to failure; a random failure has about 1, a timer nearly 0. Weibull shape: below 1 early or self-healing, about 1 random, above 1 ageing. Trend: whether failures come ever faster in the time that the suite had the plug (Laplace)",
            ["Slot", "Suite", "#Failures", "#Mean time", "#Variation", "#By chance", "#Weibull shape", "#Trend p", "What it looks like"],
            () =>
            {
                foreach (IGrouping<(string Slot, string Suite), BootSpell> group in groups)
                {
                    List<double> times = [.. group.Where(s => s.Failed).Select(s => s.SinceBoot)];
                    Regularity alike = Regularity.Of(times);
                    WeibullFit? fit = times.Count >= FewestForAFit ? WeibullFit.Of([.. group.Select(s => new Spell(s.Seconds, s.Failed))]) : null;
                    FailureTrend? trend = Trend(run, group.Key.Slot, group.Key.Suite, [.. group.Where(s => s.Failed).Select(s => s.Ended)]);
                    html.Row(
                        group.Key.Slot, group.Key.Suite, times.Count, new Figure(Words.Duration(alike.Mean)), new Figure(Words.Number(alike.Variation)),
                        new Figure(alike.Variation is null ? "–" : Words.Number(alike.P)), new Figure(Words.Number(fit?.Shape)), new Figure(Words.Number(trend?.LaplaceP)),
                        Tied(experiments[group.Key]) is { } tie ? $"a timer: {tie.OffsetText}" : Kind(alike, fit, trend));
                }
            });
    }

    // Over the hours of the suite alone, put end to end: hours before it would make any failure of it a late one.
    private static FailureTrend? Trend(RunRecord run, string slot, string suite, IEnumerable<double> failures)
    {
        double length = BootSpells.Exposed(run, slot, suite, double.MaxValue);
        return length > 0 ? FailureTrend.Of([.. failures.Select(f => Math.Clamp(BootSpells.Exposed(run, slot, suite, f), 0, length))], length) : null;
    }

    /// <summary>A timer counts from the boot, whatever is asked meanwhile: only for that the suites of a plug are looked at together.</summary>
    private static void Timers(HtmlWriter html, IReadOnlyList<BootSpell> spells)
    {
        foreach (IGrouping<string, BootSpell> slot in spells.Where(s => s.Failed).GroupBy(s => s.Slot).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            string[] suites = [.. slot.Select(s => s.Suite).Distinct().Order(StringComparer.Ordinal)];
            if (suites.Length > 1 && Regularity.Of([.. slot.DistinctBy(s => s.Booted).Select(s => s.SinceBoot)]) is { LooksLikeTimer: true } alike)
            {
                html.Element("p", $"{slot.Key}: {alike.Count} failures under {string.Join(", ", suites)} came {Words.Duration(alike.Mean)} after their boots (variation {Words.Number(alike.Variation)}, by chance {Words.Number(alike.P)}): a timer, whatever is asked of the plug.");
            }
        }
    }

    private static PeriodicTie? Tied(IEnumerable<IntervalFailure> points) =>
        PeriodicTie.Find([.. points.Select(p => new PeriodicPoint(p.Interval, p.Seconds - ProbeSeconds, p.Seconds + ProbeSeconds))]);

    private static string Kind(Regularity alike, WeibullFit? fit, FailureTrend? trend) =>
        alike.LooksLikeTimer ? $"a timer: the same time each boot ({Words.Duration(alike.Mean)})"
        : trend is { LaplaceP: < 0.05, LaplaceU: > 0 } ? "it comes ever faster"
        : fit is { } shape ? shape.Shape > 2 ? "ageing: a leak or a counter" : shape.Shape < 0.7 ? "early, soon after a boot" : "random"
        : $"too few failures to tell ({alike.Count}, {FewestForAFit} are needed)";

    /// <summary>Times since boot that fall on an interval the night knows of: a lead, which only a change of the interval proves.</summary>
    private static void Ties(HtmlWriter html, RunRecord run, IReadOnlyList<BootSpell> spells)
    {
        List<IGrouping<string, BootSpell>> slots = [.. spells.Where(s => s.Failed).GroupBy(s => s.Slot).Where(g => g.Count() > 1).OrderBy(g => g.Key, StringComparer.Ordinal)];
        if (slots.Count > 0)
        {
            html.Element("p", KnownIntervals.Told, ("class", "soft"));
        }

        foreach (IGrouping<string, BootSpell> slot in slots)
        {
            if (IntervalTie.Find([.. slot.DistinctBy(s => s.Booted).Select(s => s.SinceBoot)], KnownIntervals.Of(run, slot.Key)) is { P: < TieLevel } tie)
            {
                html.Element("p", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{slot.Key}: {tie.Ties} of {tie.Count} times since boot fall within {IntervalTie.ToleranceSeconds:0} s of a multiple of {tie.Interval.Seconds:0.#} s ({tie.Interval.Name}); by chance at most {Words.Number(tie.P)}. Change that interval to prove it."));
            }
        }
    }

    /// <summary>Times to failure against the interval that was set: a timer is a line of slope 1.</summary>
    private static void Strip(HtmlWriter html, RunRecord run)
    {
        List<IntervalFailure> points = [.. IntervalFailure.Of(run)];
        if (points.Count == 0)
        {
            html.Element("p", "No failure fell into an experiment with a configured interval.", ("class", "soft"));
            return;
        }

        double most = points.Max(p => Math.Max(p.Interval, p.Seconds));
        Plot plot = new(0, most * 1.05, 0, most * 1.05, height: 260);
        plot.Draw(html, "Time to failure against the interval that was set; the dashed line is the interval itself", "s to failure", x => Words.Number(x) + " s", Plot.Round(0, most * 1.05, 8), () =>
        {
            html.Empty("line", ("class", "limit"), ("x1", plot.X(0)), ("y1", plot.Y(0)), ("x2", plot.X(most)), ("y2", plot.Y(most)));
            foreach (IntervalFailure point in points)
            {
                using (html.In("circle", ("class", "dot bad"), ("cx", plot.X(point.Interval)), ("cy", plot.Y(point.Seconds)), ("r", 4)))
                {
                    html.Element("title", string.Create(CultureInfo.InvariantCulture, $"{point.Slot}: {point.Seconds:0.#} s after {point.Name} {point.Interval:0.#} s"));
                }
            }
        });
        foreach (IGrouping<string, IntervalFailure> slot in points.GroupBy(p => p.Slot))
        {
            html.Element("p", Tie(slot.Key, [.. slot]));
        }
    }

    private static string Tie(string slot, IReadOnlyList<IntervalFailure> points)
    {
        string pairs = string.Join(", ", points.OrderBy(p => p.Interval).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Interval:0.#} s → {p.Seconds:0.#} s")));
        return Tied(points) is not { } tie
            ? $"{slot}: {pairs}. The times do not follow the interval, or too few intervals were tried."
            : string.Create(CultureInfo.InvariantCulture, $"{slot}: periodic, tied to {points[0].Name}: {pairs} (slope {tie.Slope:0.000}, {tie.OffsetText}).");
    }
}

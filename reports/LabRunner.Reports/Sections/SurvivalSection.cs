using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// How long a DUT serves after a boot, and what kind of failure ends it: survival with censoring, times to failure held against the intervals
/// that were configured, Weibull shape, and whether failures crowd towards the end.
/// </summary>
public sealed class SurvivalSection : IReportSection
{
    private const int FewestForAFit = 3;
    private const int MostIntervals = 20;
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
            html.Element("p", "No spell between a boot and a failure, or the end, was recorded.");
            return;
        }

        int failed = spells.Count(s => s.Failed);
        html.Element("p", failed == 0
            ? $"None of {Words.Count(spells.Count, "spell")} since a boot ended by a failure; the longest lasted {Words.Duration(spells.Max(s => s.Seconds))}. No survival curve can be drawn from that, only the bound under Reliability."
            : $"{failed} of {Words.Count(spells.Count, "spell")} since a boot ended by a failure. The others were cut short: by a commanded reboot, a bench fault, or the end of the night; they count as survived until then.");
        if (failed > 0)
        {
            Curve(html, spells);
        }

        Shapes(html, run, spells);
        Ties(html, run, spells);
        Strip(html, run);
    }

    private static void Curve(HtmlWriter html, IReadOnlyList<BootSpell> spells)
    {
        List<Spell> all = [.. spells.Select(s => new Spell(s.Seconds, s.Failed))];
        KaplanMeier survival = KaplanMeier.Of(all, 0.9);
        double longest = Math.Max(1, all.Max(s => s.Duration));
        Plot plot = new(0, longest, 0, 1, height: 240);
        string median = survival.Median is { } half ? $"half have failed {Words.Duration(half)} after their boot" : "more than half outlast the night";
        plot.Draw(html, $"Share of spells that still serve; {median}. Band: 90 % (log-log). Ticks: cut short.", "share", Words.At, new TimeAxis(0, longest, 0, 1).Ticks(), () =>
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
        List<IGrouping<string, BootSpell>> slots = [.. spells.GroupBy(s => s.Slot).Where(g => g.Any(s => s.Failed)).OrderBy(g => g.Key, StringComparer.Ordinal)];
        if (slots.Count == 0)
        {
            return;
        }

        ILookup<string, IntervalFailure> experiments = IntervalFailure.Of(run).ToLookup(p => p.Slot);
        html.Table(
            "What kind of failure it is. Variation: standard deviation over mean of the times to failure; a random failure has about 1, a timer nearly 0. Weibull shape: below 1 early or self-healing, about 1 random, above 1 ageing. Trend: whether failures come ever faster (Laplace)",
            ["Slot", "#Failures", "#Mean time", "#Variation", "#By chance", "#Weibull shape", "#Trend p", "What it looks like"],
            () =>
            {
                foreach (IGrouping<string, BootSpell> slot in slots)
                {
                    List<double> times = [.. slot.Where(s => s.Failed).Select(s => s.Seconds)];
                    Regularity alike = Regularity.Of(times);
                    WeibullFit? fit = times.Count >= FewestForAFit ? WeibullFit.Of([.. slot.Select(s => new Spell(s.Seconds, s.Failed))]) : null;
                    double length = Math.Max(1e-3, run.End - run.Started);
                    FailureTrend trend = FailureTrend.Of([.. slot.Where(s => s.Failed).Select(s => Math.Clamp(s.Ended - run.Started, 0, length))], length);
                    html.Row(
                        slot.Key, times.Count, new Figure(Words.Duration(alike.Mean)), new Figure(Words.Number(alike.Variation)),
                        new Figure(alike.Variation is null ? "–" : Words.Number(alike.P)), new Figure(Words.Number(fit?.Shape)), new Figure(Words.Number(trend.LaplaceP)),
                        Tied(experiments[slot.Key]) is { } tie ? $"a timer: {tie.OffsetText}" : Kind(alike, fit, trend));
                }
            });
    }

    private static PeriodicTie? Tied(IEnumerable<IntervalFailure> points) =>
        PeriodicTie.Find([.. points.Select(p => new PeriodicPoint(p.Interval, p.Seconds - ProbeSeconds, p.Seconds + ProbeSeconds))]);

    private static string Kind(Regularity alike, WeibullFit? fit, FailureTrend trend) =>
        alike.LooksLikeTimer ? $"a timer: the same time each boot ({Words.Duration(alike.Mean)})"
        : trend is { LaplaceP: < 0.05, LaplaceU: > 0 } ? "it comes ever faster"
        : fit is { } shape ? shape.Shape > 2 ? "ageing: a leak or a counter" : shape.Shape < 0.7 ? "early, soon after a boot" : "random"
        : $"too few failures to tell ({alike.Count}, {FewestForAFit} are needed)";

    /// <summary>Times since boot that fall on an interval the night knows of: a lead, which only a change of the interval proves.</summary>
    private static void Ties(HtmlWriter html, RunRecord run, IReadOnlyList<BootSpell> spells)
    {
        List<ConfiguredInterval> known =
        [
            .. run.Intents.Where(i => IntervalFailure.IntervalOf(i) > 0).Select(i => new ConfiguredInterval(IntervalFailure.NameOf(i), IntervalFailure.IntervalOf(i))).Distinct().Take(MostIntervals),
            new("the 15 minutes of reboot policies", 900), new("the half hour of DHCP leases of an hour", 1800), new("DHCP leases of an hour", 3600),
        ];
        foreach (IGrouping<string, BootSpell> slot in spells.Where(s => s.Failed).GroupBy(s => s.Slot).Where(g => g.Count() > 1).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (IntervalTie.Find([.. slot.Select(s => s.Seconds)], known) is { P: < TieLevel } tie)
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

/// <summary>A failure within an experiment that had set an interval.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Name">What was set.</param>
/// <param name="Interval">Interval, seconds.</param>
/// <param name="Seconds">From the setting to the first symptom.</param>
internal sealed record IntervalFailure(string Slot, string Name, double Interval, double Seconds)
{
    /// <summary>Interval that an experiment set, seconds; 0 for what sets none.</summary>
    internal static double IntervalOf(IntentRecord intent) =>
        double.TryParse(intent.Data.GetValueOrDefault("interval"), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0 && double.IsFinite(seconds) ? seconds : 0;

    internal static string NameOf(IntentRecord intent) => intent.Data.GetValueOrDefault("driver") ?? "SetupEnergyStats";

    internal static IEnumerable<IntervalFailure> Of(RunRecord run)
    {
        List<(IntentRecord Intent, double Interval)> experiments =
        [
            .. run.Intents.Select(i => (i, Interval: IntervalOf(i))).Where(i => i.Interval > 0),
        ];
        foreach (IncidentRecord incident in run.Incidents.Where(i => !i.Expected && i.Source is "watch" or "suite" && i.Class != "LEAK"))
        {
            (IntentRecord Intent, double Interval) = experiments.LastOrDefault(e =>
                e.Intent.Slot == incident.Slot && e.Intent.Opened <= incident.FirstSymptom && incident.FirstSymptom <= (e.Intent.Closed ?? run.End));
            if (Intent is not null)
            {
                yield return new IntervalFailure(incident.Slot, NameOf(Intent), Interval, incident.FirstSymptom - Intent.Opened);
            }
        }
    }
}

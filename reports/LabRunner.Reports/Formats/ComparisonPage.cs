using System.Globalization;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Formats;

/// <summary>The page of <see cref="NightComparison"/>: sentences first, then rates, steps, modes and figures.</summary>
public static class ComparisonPage
{
    private const double Confidence = 0.9;

    /// <summary>The document.</summary>
    public static string Write(NightComparison comparison) => HtmlPage.Write(
        $"{Word(comparison.Overall)}: {Side(comparison.Before)} against {Side(comparison.After)}",
        [
            new PagePart("verdict", "Comparison of nights", html => Verdict(html, comparison)),
            new PagePart("rates", "Failure rates", html => Rates(html, comparison)),
            new PagePart("survival", "Time to failure", html => Survival(html, comparison)),
            new PagePart("steps", "Repeated steps", html => Steps(html, comparison)),
            new PagePart("heap", "Free heap", html => Heaps(html, comparison)),
            new PagePart("modes", "Failure modes", html => Modes(html, comparison)),
            new PagePart("figures", "Figures", html => Figures(html, comparison)),
            new PagePart("nights", "Nights", html => Nights(html, comparison)),
        ]);

    /// <summary>The verdict in a word.</summary>
    public static string Word(Change change) => change switch
    {
        Change.Worse => "WORSE",
        Change.Better => "BETTER",
        Change.Same => "SAME",
        _ => "CANNOT TELL",
    };

    /// <summary>The badge that a change is shown with.</summary>
    internal static Records.Verdict BadgeOf(Change change) => change switch
    {
        Change.Worse => Records.Verdict.Fail,
        Change.CannotTell => Records.Verdict.Inconclusive,
        _ => Records.Verdict.Pass,
    };

    /// <summary>A rate with its exact bounds, per 100 device-hours.</summary>
    internal static string Rate(Exposed part)
    {
        if (part.Per100Hours is not { } rate)
        {
            return "–";
        }

        Interval bounds = Poisson.Garwood(part.Failures, part.Hours, Confidence);
        return string.Create(CultureInfo.InvariantCulture, $"{Words.Number(rate)} ({Words.Number(100 * bounds.Lower)} … {Words.Number(100 * bounds.Upper)})");
    }

    private static string Side(IReadOnlyList<NightSummary> nights) => string.Join(", ", NightComparison.Builds(nights));

    private static void Verdict(HtmlWriter html, NightComparison comparison)
    {
        using (html.In("div", ("class", "night")))
        {
            html.Badge(BadgeOf(comparison.Overall));
            html.Element("p", $"{Word(comparison.Overall)}. Before: {Side(comparison.Before)} ({Words.Count(comparison.Before.Count, "night")}). After: {Side(comparison.After)} ({Words.Count(comparison.After.Count, "night")}).");
        }

        foreach (RateChange row in comparison.Told)
        {
            html.Element("p", $"{row.Scope}: {row.Sentence}.");
        }

        foreach (FreshFailure failure in comparison.Fresh)
        {
            html.Element("p", $"{failure.Sentence}.");
        }

        foreach (HeapChange heap in comparison.Heaps.Where(h => h.Leaks))
        {
            html.Element("p", $"{heap.Scope}, free heap: {heap.Sentence}.");
        }

        foreach (string warning in comparison.Warnings)
        {
            html.Element("p", warning, ("class", "notice"));
        }
    }

    private static void Rates(HtmlWriter html, NightComparison comparison)
    {
        ComparisonRules rules = comparison.Rules;
        html.Element(
            "p",
            string.Create(CultureInfo.InvariantCulture, $"Worse or better: exact conditional test, one-sided, {rules.Alpha:P0} over all rows (Holm). Same: the 90 % interval of the ratio lies between 1/{rules.Factor:0.#} and {rules.Factor:0.#}. Missing hours find a factor of {rules.Factor:0.#} with 80 % probability, or show one failure in {rules.GoodHours:0.#} h at most on each side where nothing failed; they are those of both sides together."),
            ("class", "soft"));
        Table("By board, in the idle soak (S01); failures and the device-hours they fell in", comparison.Boards, "No board that is in both idled under watch (S01).");
        Table("By board and suite: idle and stress hours are never pooled", comparison.Suites, "No other suite had exposure on both sides.");

        static Figure FailedIn(Exposed part) => new($"{part.Failures.ToString(CultureInfo.InvariantCulture)} in {Words.Hours(part.Hours)}");

        void Table(string caption, IReadOnlyList<RateChange> rows, string otherwise)
        {
            if (rows.Count == 0)
            {
                html.Element("p", otherwise);
                return;
            }

            html.Table(
                caption, ["Scope", "Verdict", "What it means", "#Before", "#Per 100 h (90 %)", "#After", "#Per 100 h (90 %)", "#p worse"], () =>
                {
                    foreach (RateChange row in rows)
                    {
                        html.Row(
                            row.Scope, BadgeOf(row.Change), row.Sentence, FailedIn(row.Before), new Figure(Rate(row.Before)), FailedIn(row.After), new Figure(Rate(row.After)), row.PWorse);
                    }
                });
        }
    }

    private static void Survival(HtmlWriter html, NightComparison comparison)
    {
        if (comparison.Survival.Count == 0)
        {
            html.Element("p", comparison.Boards.Count == 0 ? "No board that is in both idled under watch (S01)." : "No boot was seen in the idle soak of both sides.");
            return;
        }

        html.Element("p", $"Told, not judged: the rates are of the same failures. Log-rank test over the spells since a boot, {comparison.Rules.Alpha:P0} over all rows (Holm); {SurvivalChange.FewestExpected} failures must be expected on each side.", ("class", "soft"));
        html.Table("Spells since a boot; expected: failures if both sides lasted alike", ["Board", "#Spells before", "#Failed", "#Expected", "#Half last", "#Spells after", "#Failed", "#Expected", "#Half last", "What it means"], () =>
        {
            foreach (SurvivalChange row in comparison.Survival)
            {
                html.Row(
                    row.Scope, row.Before.Count, row.FailedBefore, new Figure(Words.Number(row.Test.Expected1)), Half(row.Before),
                    row.After.Count, row.FailedAfter, new Figure(Words.Number(row.Test.Expected2)), Half(row.After), row.Sentence);
            }
        });
        foreach (SurvivalChange row in comparison.Survival.Where(s => !s.TooFew))
        {
            Draw(html, row);
        }

        static Figure Half(IReadOnlyList<Spell> spells) => new(KaplanMeier.Of(spells).Median is { } median ? Words.Duration(median) : "–");
    }

    private static void Draw(HtmlWriter html, SurvivalChange row)
    {
        double longest = Math.Max(1, row.Before.Concat(row.After).Max(s => s.Duration));
        Plot plot = new(0, longest, 0, 1, height: 240);
        plot.Draw(html, $"{row.Scope}: share of plugs that still serve so long after a boot; dashed before, solid after", "share", Words.At, new TimeAxis(0, longest, 0, 1).Ticks(), () =>
        {
            html.Empty("path", ("class", "limit"), ("d", Line(row.Before)));
            html.Empty("path", ("class", "curve"), ("d", Line(row.After)));
        });

        string Line(IReadOnlyList<Spell> spells) => plot.Path(SurvivalCurve.Of(KaplanMeier.Of(spells), longest, s => s.Survival));
    }

    private static void Steps(HtmlWriter html, NightComparison comparison)
    {
        if (comparison.Trials.Count == 0)
        {
            html.Element("p", "No step was tried on both sides.");
            return;
        }

        html.Table("Fisher's exact test, corrected by Holm; the success bound is Clopper-Pearson's one-sided 95 %", ["Step", "#Before", "#Shown at least", "#After", "#Shown at least", "#p", "What it means"], () =>
        {
            foreach (TrialChange row in comparison.Trials)
            {
                html.Row(
                    row.Scope, Of(row.Before), Bound(row.Before), Of(row.After), Bound(row.After), row.P,
                    row.Change switch { Change.Worse => "worse", Change.Better => "better", _ => "cannot tell" });
            }
        });

        static Figure Of(Attempts a) => new(string.Create(CultureInfo.InvariantCulture, $"{a.Ok} of {a.Tried}"));
        static Figure Bound(Attempts a) => new(Words.Percent(Proportion.ClopperPearson(a.Ok, a.Tried, 0.9).Lower));
    }

    private static void Heaps(HtmlWriter html, NightComparison comparison)
    {
        html.Element("p", "Slopes that the nights judged by their plans' limits, with the bounds of all nights of a side. Under the same plan and suites both sides have the same daily wave: a slope that may be a leak by its night alone, and lies below all bounds of another build, is one.", ("class", "soft"));
        HeapTable(html, "By plug and build", comparison.Heaps, "No plug that told its heap had the same suites of the same plan on both sides.");
    }

    /// <summary>Slopes of both sides beside one another, or why there are none.</summary>
    internal static void HeapTable(HtmlWriter html, string caption, IReadOnlyList<HeapChange> rows, string otherwise)
    {
        if (rows.Count == 0)
        {
            html.Element("p", otherwise);
            return;
        }

        html.Table(caption, ["Plug", "Firmware before", "#Slope (bounds)", "#Nights", "Firmware after", "#Slope (bounds)", "#Nights", "What it means"], () =>
        {
            foreach (HeapChange row in rows)
            {
                html.Row(
                    row.Scope, row.FirmwareBefore, new Figure(HeapChange.Told(row.Before)), row.Before.Count, row.FirmwareAfter, new Figure(HeapChange.Told(row.After)), row.After.Count,
                    row.Sentence);
            }
        });
    }

    private static void Modes(HtmlWriter html, NightComparison comparison)
    {
        if (comparison.Modes.Count == 0)
        {
            html.Element("p", "No unexpected incident on either side.");
            return;
        }

        html.Table("Unexpected incidents and findings; gone: the rate is now below a third of what it was, at 90 %", ["Mode", "#Before", "#After", "State"], () =>
        {
            foreach (ModeChange mode in comparison.Modes)
            {
                html.Row(mode.Mode, mode.Before, mode.After, mode.State);
            }
        });
    }

    private static void Figures(HtmlWriter html, NightComparison comparison)
    {
        if (comparison.Figures.Count == 0)
        {
            html.Element("p", "No figure was measured on both sides.");
            return;
        }

        html.Element("p", "Shown, not judged: each suite judges its figures against their limits. Changes of 5 % and more come first.", ("class", "soft"));
        html.Table("Medians", ["Figure", "#Before", "#n", "#After", "#n", "#Change"], () =>
        {
            foreach (FigureChange row in comparison.Figures.OrderByDescending(f => Math.Abs(f.Share ?? 0) >= 0.05).ThenBy(f => f.Scope, StringComparer.Ordinal))
            {
                html.Row(row.Scope, row.MedianBefore, row.Before.Count, row.MedianAfter, row.After.Count, new Figure(row.Share is { } share ? Signed(share) : "–"));
            }
        });
    }

    private static string Signed(double share) => (share > 0 ? "+" : "") + Words.Percent(share);

    private static void Nights(HtmlWriter html, NightComparison comparison) => html.Table(
        "Nights that were compared", ["Night", "Side", "Start", "Bench", "Plan", "Builds", "#Device-hours"], () =>
        {
            foreach ((NightSummary night, string side) in comparison.Before.Select(n => (n, "before")).Concat(comparison.After.Select(n => (n, "after"))))
            {
                NightRow(html, night, side);
            }
        });

    private static void NightRow(HtmlWriter html, NightSummary night, string side) => html.Row(
        night.Name, side, night.At?.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture), night.Bench, night.Plan,
        string.Join(", ", NightComparison.Builds([night])), new Figure(Words.Hours(night.Cells.Sum(c => c.Total.Hours))));
}

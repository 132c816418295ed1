using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Success of a repeated step on both sides.</summary>
/// <param name="Scope">Board, suite and step.</param>
/// <param name="Before">Attempts of the older side.</param>
/// <param name="After">Attempts of the newer side.</param>
/// <param name="P">Fisher's two-sided probability, corrected by Holm over all steps.</param>
/// <param name="Change">Better or worse where significant; otherwise not told: few attempts never show "the same".</param>
public sealed record TrialChange(string Scope, Attempts Before, Attempts After, double P, Change Change);

/// <summary>A measured figure on both sides. Shown, not judged: the suites judge figures against their limits.</summary>
/// <param name="Scope">Board, suite, figure and unit.</param>
/// <param name="Before">Values of the older side.</param>
/// <param name="After">Values of the newer side.</param>
public sealed record FigureChange(string Scope, IReadOnlyList<double> Before, IReadOnlyList<double> After)
{
    private const double Rounding = 1e-9;

    /// <summary>Median of the older side.</summary>
    public double MedianBefore => Percentile.Of(Before, 0.5);

    /// <summary>Median of the newer side.</summary>
    public double MedianAfter => Percentile.Of(After, 0.5);

    /// <summary>Change of the median as a share of the older one; null where that is 0, or so near to it that rounding made it.</summary>
    public double? Share => Math.Abs(MedianBefore) <= Rounding * Math.Abs(MedianAfter) ? null : (MedianAfter - MedianBefore) / Math.Abs(MedianBefore);
}

/// <summary>A failure mode on both sides.</summary>
/// <param name="Mode">Class and mode.</param>
/// <param name="Before">Incidents of the older side.</param>
/// <param name="After">Incidents of the newer side.</param>
/// <param name="State">A word of <see cref="ModeState"/>.</param>
public sealed record ModeChange(string Mode, int Before, int After, string State);

/// <summary>Two nights, or two groups of nights, held against each other: board by board, never across boards. Immutable, thread safe.</summary>
public sealed record NightComparison
{
    private NightComparison(IReadOnlyList<NightSummary> before, IReadOnlyList<NightSummary> after, ComparisonRules rules) => (Before, After, Rules) = (before, after, rules);

    /// <summary>The older nights.</summary>
    public IReadOnlyList<NightSummary> Before { get; }

    /// <summary>The newer nights.</summary>
    public IReadOnlyList<NightSummary> After { get; }

    /// <summary>How sure it must be.</summary>
    public ComparisonRules Rules { get; }

    /// <summary>The idle soak by board; boards without one are left out.</summary>
    public IReadOnlyList<RateChange> Boards { get; private init; } = [];

    /// <summary>The other suites by board, each by itself.</summary>
    public IReadOnlyList<RateChange> Suites { get; private init; } = [];

    /// <summary>Time from a boot to a failure in the idle soak, by board.</summary>
    public IReadOnlyList<SurvivalChange> Survival { get; private init; } = [];

    /// <summary>Steps that both sides tried.</summary>
    public IReadOnlyList<TrialChange> Trials { get; private init; } = [];

    /// <summary>Figures that both sides measured.</summary>
    public IReadOnlyList<FigureChange> Figures { get; private init; } = [];

    /// <summary>Heap slopes of the newer side beside those of the older one, by plug.</summary>
    public IReadOnlyList<HeapChange> Heaps { get; private init; } = [];

    /// <summary>What failed on the newer side alone and no rate speaks of, by board.</summary>
    public IReadOnlyList<FreshFailure> Fresh { get; private init; } = [];

    /// <summary>Failure modes of all boards, the most frequent first.</summary>
    public IReadOnlyList<ModeChange> Modes { get; private init; } = [];

    /// <summary>What a reader must know before believing the rows, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The rows that are told first: the idle soak, and each suite that is worse; every suite of a board that did not idle.</summary>
    public IReadOnlyList<RateChange> Told => [.. Boards, .. Suites.Where(s => s.Change == Change.Worse || !Boards.Any(b => s.Scope.StartsWith(b.Scope + " ", StringComparison.Ordinal)))];

    /// <summary>The worst that is told of rates, steps, fresh failures and leaks that the difference of the slopes proves; what cannot be told outweighs what is the same.</summary>
    public Change Overall
    {
        get
        {
            IReadOnlyList<Change> rates = [.. Told.Select(b => b.Change)];
            return rates.Concat(Trials.Select(t => t.Change)).Concat(Fresh.Select(f => f.Change)).Contains(Change.Worse) || Heaps.Any(h => h.Leaks) ? Change.Worse
                : rates.Count == 0 || rates.Contains(Change.CannotTell) || Fresh.Count > 0 ? Change.CannotTell
                : rates.Contains(Change.Better) ? Change.Better
                : Change.Same;
        }
    }

    /// <summary>Builds of a side, in order.</summary>
    public static IReadOnlyList<string> Builds(IEnumerable<NightSummary> nights) => [.. nights.SelectMany(n => n.Cells).Select(c => c.Firmware).Distinct()];

    /// <summary>Compares.</summary>
    /// <param name="before">The older nights, at least one.</param>
    /// <param name="after">The newer nights, at least one.</param>
    /// <param name="rules">How sure it must be.</param>
    /// <exception cref="ArgumentException">A side has no night.</exception>
    public static NightComparison Of(IReadOnlyList<NightSummary> before, IReadOnlyList<NightSummary> after, ComparisonRules rules)
    {
        if (before.Count == 0 || after.Count == 0)
        {
            throw new ArgumentException("A comparison needs a night on each side.");
        }

        List<string> boards = [.. Names(before).Intersect(Names(after)).Order(StringComparer.Ordinal)];
        Dictionary<string, (Pool Before, Pool After)> pools = boards.ToDictionary(b => b, b => (Of(before, b), Of(after, b)));
        bool samePlan = before.Concat(after).Select(n => n.PlanText).Distinct().Count() == 1;
        return new NightComparison(before, after, rules)
        {
            Boards = RateChange.Judge([.. pools.Where(p => (p.Value.Before.Soak + p.Value.After.Soak).Hours > 0).Select(p => (p.Key, p.Value.Before.Soak, p.Value.After.Soak))], rules),
            Suites = RateChange.Judge(
                [.. pools.SelectMany(p => p.Value.Before.Suites.Intersect(p.Value.After.Suites).Where(s => s != SuiteNames.IdleSoak).Select(s => ($"{p.Key} {s}", p.Value.Before.Suite(s), p.Value.After.Suite(s))))],
                rules),
            Survival = SurvivalChange.Judge([.. pools.Select(p => (p.Key, p.Value.Before.Spells, p.Value.After.Spells)).Where(p => p.Item2.Count > 0 && p.Item3.Count > 0)], rules),
            Trials = JudgeTrials(pools, rules),
            Figures =
            [
                .. pools.SelectMany(p => p.Value.Before.Figures.Select(f => (f.Key, f.Value, After: p.Value.After.Figure(f.Key))).Where(f => f.After.Count > 0)
                    .Select(f => new FigureChange($"{p.Key} {f.Key}", f.Value, f.After))).OrderBy(f => f.Scope, StringComparer.Ordinal),
            ],
            Heaps = [.. pools.SelectMany(p => HeapChange.Of(p.Key, p.Value.Before, p.Value.After))],
            Fresh = [.. pools.SelectMany(p => FreshFailure.Of(p.Key, p.Value.Before, p.Value.After))],
            Modes = ModesOf([.. before.SelectMany(n => n.Cells)], [.. after.SelectMany(n => n.Cells)]),
            Warnings = [.. Warn(before, after, samePlan, pools)],
        };
    }

    private static IEnumerable<string> Names(IEnumerable<NightSummary> nights) => nights.SelectMany(n => n.Cells).Select(c => c.Board).Distinct();

    private static Pool Of(IEnumerable<NightSummary> nights, string board) => new([.. nights.SelectMany(n => n.Cells).Where(c => c.Board == board)]);

    private static IReadOnlyList<TrialChange> JudgeTrials(Dictionary<string, (Pool Before, Pool After)> pools, ComparisonRules rules)
    {
        List<(string Scope, Attempts Before, Attempts After)> rows =
        [
            .. pools.SelectMany(p => p.Value.Before.Trials.Where(t => p.Value.After.Trials.ContainsKey(t.Key))
                .Select(t => ($"{p.Key} {t.Key}", t.Value, p.Value.After.Trials[t.Key]))).OrderBy(t => t.Item1, StringComparer.Ordinal),
        ];
        IReadOnlyList<double> p = Holm.Adjust(
            [.. rows.Select(r => FisherExact.TwoSided(r.Before.Ok, r.Before.Tried - r.Before.Ok, r.After.Ok, r.After.Tried - r.After.Ok))]);
        return [.. rows.Select((r, i) => new TrialChange(
            r.Scope, r.Before, r.After, p[i],
            p[i] > rules.Alpha ? Change.CannotTell
            : (double)r.After.Ok / r.After.Tried < (double)r.Before.Ok / r.Before.Tried ? Change.Worse : Change.Better))];
    }

    private static IReadOnlyList<ModeChange> ModesOf(NightCell[] before, NightCell[] after)
    {
        List<(string Mode, bool Before, int Count)> seen =
            [.. before.SelectMany(c => c.Modes).Select(m => (m.Key, true, m.Value)).Concat(after.SelectMany(c => c.Modes).Select(m => (m.Key, false, m.Value)))];
        return [.. seen.GroupBy(s => s.Mode).Select(g => (g.Key, Before: g.Where(s => s.Before).Sum(s => s.Count), After: g.Where(s => !s.Before).Sum(s => s.Count)))
            .Select(m => new ModeChange(m.Key, m.Before, m.After, ModeState.Of(m.Key, before, after)))
            .OrderByDescending(m => m.Before + m.After).ThenBy(m => m.Mode, StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Warn(
        IReadOnlyList<NightSummary> before, IReadOnlyList<NightSummary> after, bool samePlan, Dictionary<string, (Pool Before, Pool After)> pools)
    {
        if (!samePlan)
        {
            yield return "The nights played different plans: a suite is compared where it is in both, and may have been asked otherwise.";
        }

        if (pools.Count == 0)
        {
            yield return "No board was in both: nothing can be compared.";
        }

        foreach ((IEnumerable<string> only, string when) in new[] { (Names(before).Except(Names(after)), "before"), (Names(after).Except(Names(before)), "after") })
        {
            foreach (string board in pools.Count == 0 ? [] : only)
            {
                yield return $"{board} ran {when} only: nothing is compared of it but its failure modes.";
            }
        }

        foreach ((string board, (Pool older, Pool newer)) in pools)
        {
            string[] left = [.. older.Suites.Except(newer.Suites)], came = [.. newer.Suites.Except(older.Suites)];
            if (left.Length + came.Length > 0)
            {
                yield return $"{board}: {string.Join(", ", new[] { (left, "before"), (came, "after") }.Where(s => s.Item1.Length > 0).Select(s => $"{string.Join(", ", s.Item1)} {s.Item2} only"))}; nothing is compared of these.";
            }
        }

        foreach (NightSummary night in before.Concat(after).Where(n => n.Killed))
        {
            yield return $"The runner of {night.Name} died; its hours count until the last thing that was recorded.";
        }

        foreach (string discounted in before.Concat(after).SelectMany(n => n.Discounted))
        {
            yield return discounted;
        }

        foreach (NightSummary night in before.Where(b => after.Any(a => a.Folder == b.Folder)))
        {
            yield return $"{night.Name} stands on both sides.";
        }

        foreach ((string board, (Pool older, Pool newer)) in pools)
        {
            if (older.OtherPlugs(newer) is { } others)
            {
                yield return $"{board}: {others}.";
            }

            if (older.Uneven() is { } first)
            {
                yield return $"{board}, before: {first}.";
            }

            if (newer.Uneven() is { } second)
            {
                yield return $"{board}, after: {second}.";
            }

            List<string> common = [.. older.Cells.Select(c => c.Firmware).Intersect(newer.Cells.Select(c => c.Firmware))];
            if (common.Count > 0)
            {
                yield return $"{board}: {string.Join(", ", common)} ran on both sides, so that a difference is not the firmware's alone.";
            }
        }
    }
}

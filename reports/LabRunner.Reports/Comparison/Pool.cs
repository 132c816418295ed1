using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Cells of one board and one side, put together. Slots are pooled only after a look at whether they may be.</summary>
/// <param name="Cells">The cells.</param>
public sealed record Pool(IReadOnlyList<NightCell> Cells)
{
    private const double UnevenBelow = 0.05;

    /// <summary>All suites together: how long they were there, and no rate.</summary>
    public Exposed Total => Cells.Aggregate(default(Exposed), (sum, c) => sum + c.Total);

    /// <summary>The idle soak's hours and failures, which the rate of a board or build is of.</summary>
    public Exposed Soak => Suite(SuiteNames.IdleSoak);

    /// <summary>Hours and failures of the other suites that had hours, each by itself: idle and stress hours are never pooled.</summary>
    public IEnumerable<(string Suite, Exposed Part)> Stress => Suites.Where(s => s != SuiteNames.IdleSoak).Select(s => (s, Suite(s))).Where(s => s.Item2.Hours > 0);

    /// <summary>Names of the suites that had exposure.</summary>
    public IEnumerable<string> Suites => Cells.SelectMany(c => c.Suites.Keys).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Hours and failures of one suite.</summary>
    public Exposed Suite(string suite) => Cells.Aggregate(default(Exposed), (sum, c) => sum + c.Suites.GetValueOrDefault(suite));

    /// <summary>Unexpected incidents and findings by class and mode.</summary>
    public IReadOnlyDictionary<string, int> Modes => Cells.SelectMany(c => c.Modes).GroupBy(m => m.Key).ToDictionary(g => g.Key, g => g.Sum(m => m.Value));

    /// <summary>Attempts by "suite step".</summary>
    public IReadOnlyDictionary<string, Attempts> Trials =>
        Cells.SelectMany(c => c.Trials).GroupBy(t => t.Key).ToDictionary(g => g.Key, g => new Attempts(g.Sum(t => t.Value.Ok), g.Sum(t => t.Value.Tried)));

    /// <summary>Times that it took to come back, seconds.</summary>
    public IReadOnlyList<double> Reconnects => [.. Cells.SelectMany(c => c.Reconnects)];

    /// <summary>Spells from a boot to a failure, or to what cut it short.</summary>
    public IReadOnlyList<Spell> Spells => [.. Cells.SelectMany(c => c.Spells)];

    /// <summary>Wall times of unexpected resets, hours since 1970 (UTC).</summary>
    public IReadOnlyList<double> Resets => [.. Cells.SelectMany(c => c.Resets)];

    /// <summary>When plugs were under test, hours since 1970 (UTC); those of several plugs overlap.</summary>
    public IReadOnlyList<Span> Watched => [.. Cells.SelectMany(c => c.Watched)];

    /// <summary>Values by figure.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Figures =>
        Cells.SelectMany(c => c.Figures).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => (IReadOnlyList<double>)[.. g.SelectMany(f => f.Value)]);

    /// <summary>Values of one figure; none where it was not measured.</summary>
    public IReadOnlyList<double> Figure(string name) => [.. Cells.SelectMany(c => c.Figures.GetValueOrDefault(name) ?? [])];

    /// <summary>A sentence that names the plugs that ran on one side only, without final full stop; null where the same ran on both, or a side has no hours.</summary>
    /// <param name="newer">The newer side; this is the older.</param>
    public string? OtherPlugs(Pool newer)
    {
        NightCell[] before = [.. Cells.Where(c => c.Total.Hours > 0)];
        NightCell[] after = [.. newer.Cells.Where(c => c.Total.Hours > 0)];
        bool benches = before.Concat(after).Select(c => c.Bench).Distinct().Count() > 1;
        (string left, string came) = (Names(before.Where(b => !after.Any(b.IsPlugOf))), Names(after.Where(a => !before.Any(a.IsPlugOf))));
        return before.Length == 0 || after.Length == 0 || left.Length + came.Length == 0 ? null
            : $"{(left.Length > 0 ? $"{left} ran before only" : "")}{(left.Length > 0 && came.Length > 0 ? ", " : "")}{(came.Length > 0 ? $"{came} ran after only" : "")}, so that a difference may be the plug's";

        string Names(IEnumerable<NightCell> cells) => string.Join(", ", cells.Select(c => benches ? $"{c.Bench} {c.Slot}" : c.Slot).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>A sentence when the slots fail so unevenly in the idle soak that one rate for all of them hides the bad one; otherwise null.</summary>
    public string? Uneven()
    {
        bool benches = Cells.Select(c => c.Bench).Distinct().Count() > 1;
        List<(string Slot, Exposed Part)> slots =
            [.. Cells.GroupBy(c => (c.Bench, c.Slot)).Select(g => (benches ? $"{g.Key.Bench} {g.Key.Slot}" : g.Key.Slot, g.Aggregate(default(Exposed), (sum, c) => sum + c.Soak))).OrderBy(s => s.Item1, StringComparer.Ordinal)];
        RateHomogeneity test = RateHomogeneity.Test([.. slots.Select(s => s.Part.Failures)], [.. slots.Select(s => s.Part.Hours)]);
        if (test.P >= UnevenBelow)
        {
            return null;
        }

        (string worst, Exposed part) = slots.MaxBy(s => s.Part.Per100Hours ?? 0);
        return FormattableString.Invariant($"the slots do not fail alike (p = {test.P:0.####}): {worst} has {part.Failures} of {Soak.Failures} failures in {part.Hours:0.#} of {Soak.Hours:0.#} h; look at it before the pooled rate");
    }
}

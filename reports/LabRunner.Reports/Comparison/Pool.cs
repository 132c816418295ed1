using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Cells of one board and one side, put together. Slots are pooled only after a look at whether they may be.</summary>
/// <param name="Cells">The cells.</param>
public sealed record Pool(IReadOnlyList<NightCell> Cells)
{
    private const double UnevenBelow = 0.05;

    /// <summary>All suites together.</summary>
    public Exposed Total => Cells.Aggregate(default(Exposed), (sum, c) => sum + c.Total);

    /// <summary>Names of the suites that had exposure.</summary>
    public IEnumerable<string> Suites => Cells.SelectMany(c => c.Suites.Keys).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Hours and failures of one suite.</summary>
    public Exposed Suite(string suite) => Cells.Aggregate(default(Exposed), (sum, c) => sum + c.Suites.GetValueOrDefault(suite));

    /// <summary>Unexpected incidents and findings by class and mode.</summary>
    public IReadOnlyDictionary<string, int> Modes => Cells.SelectMany(c => c.Modes).GroupBy(m => m.Key).ToDictionary(g => g.Key, g => g.Sum(m => m.Value));

    /// <summary>Attempts by "suite step".</summary>
    public IReadOnlyDictionary<string, Attempts> Trials =>
        Cells.SelectMany(c => c.Trials).GroupBy(t => t.Key).ToDictionary(g => g.Key, g => new Attempts(g.Sum(t => t.Value.Ok), g.Sum(t => t.Value.Tried)));

    /// <summary>Values by figure.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Figures =>
        Cells.SelectMany(c => c.Figures).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => (IReadOnlyList<double>)[.. g.SelectMany(f => f.Value)]);

    /// <summary>A sentence when the slots fail so unevenly that one rate for all of them hides the bad one; otherwise null.</summary>
    public string? Uneven()
    {
        List<(string Slot, Exposed Part)> slots =
            [.. Cells.GroupBy(c => c.Slot).Select(g => (g.Key, g.Aggregate(default(Exposed), (sum, c) => sum + c.Total))).OrderBy(s => s.Key, StringComparer.Ordinal)];
        RateHomogeneity test = RateHomogeneity.Test([.. slots.Select(s => s.Part.Failures)], [.. slots.Select(s => s.Part.Hours)]);
        if (test.P >= UnevenBelow)
        {
            return null;
        }

        (string worst, Exposed part) = slots.MaxBy(s => s.Part.Per100Hours ?? 0);
        return FormattableString.Invariant($"the slots do not fail alike (p = {test.P:0.####}): {worst} has {part.Failures} of {Total.Failures} failures in {part.Hours:0.#} of {Total.Hours:0.#} h; look at it before the pooled rate");
    }
}

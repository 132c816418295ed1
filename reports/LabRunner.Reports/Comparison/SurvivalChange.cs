using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>
/// How long plugs serve after a boot, on both sides, by the log-rank test: it finds what a rate hides, one build that fails soon after a boot
/// and one that fails late. Told and not judged: the rates are of the same failures.
/// </summary>
/// <param name="Scope">Board.</param>
/// <param name="Before">Spells of the older side, seconds.</param>
/// <param name="After">Spells of the newer side, seconds.</param>
/// <param name="Test">Before against after.</param>
/// <param name="P">Its probability, corrected by Holm over the rows that are not <see cref="TooFew"/>; 1 for those.</param>
/// <param name="Differs">True where that is small enough.</param>
public sealed record SurvivalChange(string Scope, IReadOnlyList<Spell> Before, IReadOnlyList<Spell> After, LogRank Test, double P, bool Differs)
{
    /// <summary>Failures that each side must expect for the test's distribution to hold.</summary>
    public const int FewestExpected = 5;

    /// <summary>Failures of the older side.</summary>
    public int FailedBefore => Before.Count(s => s.Failed);

    /// <summary>Failures of the newer side.</summary>
    public int FailedAfter => After.Count(s => s.Failed);

    /// <summary>True where there are too few failures for the test.</summary>
    public bool TooFew => IsTooFew(Test);

    /// <summary>What it shows, without final full stop.</summary>
    public string Sentence => TooFew
        ? $"cannot tell: {Words.Count(FailedBefore + FailedAfter, "failure")} after a boot {(FailedBefore + FailedAfter == 1 ? "is" : "are")} too few; {FewestExpected} must be expected on each side, and it is {Words.Number(Math.Round(Test.Expected1, 1))} and {Words.Number(Math.Round(Test.Expected2, 1))}"
        : Differs ? $"plugs last {(FailedAfter > Test.Expected2 ? "shorter" : "longer")} after a boot than before ({FailedAfter} failures, {Words.Number(Math.Round(Test.Expected2, 1))} expected if both last alike; p = {Words.Number(P)})"
        : $"no difference is shown (p = {Words.Number(P)})";

    /// <summary>Tests rows together.</summary>
    /// <param name="rows">Scope, spells of the older side and of the newer.</param>
    /// <param name="rules">How sure it must be.</param>
    public static IReadOnlyList<SurvivalChange> Judge(IReadOnlyList<(string Scope, IReadOnlyList<Spell> Before, IReadOnlyList<Spell> After)> rows, ComparisonRules rules)
    {
        List<LogRank> tests = [.. rows.Select(r => LogRank.Compare(r.Before, r.After))];
        int[] told = [.. Enumerable.Range(0, tests.Count).Where(i => !IsTooFew(tests[i]))];
        double[] p = [.. Enumerable.Repeat(1.0, tests.Count)];
        foreach ((int row, double adjusted) in told.Zip(Holm.Adjust([.. told.Select(i => tests[i].P)])))
        {
            p[row] = adjusted;
        }

        return [.. rows.Select((r, i) => new SurvivalChange(r.Scope, r.Before, r.After, tests[i], p[i], told.Contains(i) && p[i] <= rules.Alpha))];
    }

    private static bool IsTooFew(LogRank test) => !(test.Expected1 >= FewestExpected && test.Expected2 >= FewestExpected);
}

using MathNet.Numerics;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Do two groups of spells last equally long? At each failure time the first group expects d n1/n of the failures, with the
/// hypergeometric variance d (n1/n)(n2/n)(n-d)/(n-1); chi² = (observed - expected)²/variance, one degree of freedom.
/// Source: Mantel 1966; the same figures as R's survdiff.
/// </summary>
/// <param name="Expected1">Failures expected in the first group if both last equally long.</param>
/// <param name="Expected2">Failures expected in the second group.</param>
/// <param name="ChiSquare">0 or more; 0 when there is nothing to compare.</param>
/// <param name="P">Probability of such a difference without one; 1 when there is nothing to compare.</param>
public readonly record struct LogRank(double Expected1, double Expected2, double ChiSquare, double P)
{
    /// <summary>Compares two groups; a group may be empty.</summary>
    /// <exception cref="ArgumentException">A duration is negative.</exception>
    public static LogRank Compare(IReadOnlyList<Spell> first, IReadOnlyList<Spell> second)
    {
        first = Spell.Known(first);
        second = Spell.Known(second);
        double expected1 = 0;
        double expected2 = 0;
        double variance = 0;
        foreach (double at in first.Concat(second).Where(s => s.Failed).Select(s => s.Duration).Distinct())
        {
            double n1 = first.Count(s => s.Duration >= at);
            double n2 = second.Count(s => s.Duration >= at);
            double n = n1 + n2;
            double d = first.Concat(second).Count(s => s.Failed && s.Duration == at);
            expected1 += d * n1 / n;
            expected2 += d * n2 / n;
            variance += n > 1 ? d * (n1 / n) * (n2 / n) * (n - d) / (n - 1) : 0;
        }

        double chi = variance > 0 ? Math.Pow(first.Count(s => s.Failed) - expected1, 2) / variance : 0;

        // One degree of freedom: the tail of a squared normal score, with the digits of a small probability.
        return new LogRank(expected1, expected2, chi, SpecialFunctions.Erfc(Math.Sqrt(chi / 2)));
    }
}

using MathNet.Numerics;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Fisher's exact test of two proportions, for example OTA updates of two firmware versions. Source: Fisher 1935; the two-sided figure is
/// that of R's fisher.test (the sum over all tables with the same margins that are no more likely). Stateless, thread safe.
/// </summary>
public static class FisherExact
{
    /// <summary>Probability of so different shares when both are equal; 1 when a side has no trials.</summary>
    /// <param name="good1">Successes of the first, 0 or more.</param>
    /// <param name="bad1">Failures of the first, 0 or more.</param>
    /// <param name="good2">Successes of the second, 0 or more.</param>
    /// <param name="bad2">Failures of the second, 0 or more.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count below 0, or counts that add up to 2^31 - 1 or more.</exception>
    public static double TwoSided(int good1, int bad1, int good2, int bad2)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(good1);
        ArgumentOutOfRangeException.ThrowIfNegative(bad1);
        ArgumentOutOfRangeException.ThrowIfNegative(good2);
        ArgumentOutOfRangeException.ThrowIfNegative(bad2);
        int total = Check.Sum(good1, bad1, good2, bad2);
        int first = good1 + bad1;
        int second = good2 + bad2;
        int good = good1 + good2;
        double all = SpecialFunctions.BinomialLn(total, good);
        double Probability(int x) => Math.Exp(SpecialFunctions.BinomialLn(first, x) + SpecialFunctions.BinomialLn(second, good - x) - all);

        // R's allowance: a table that is as likely but for its last bits counts as likely.
        double seen = Probability(good1) * (1 + 1e-7);
        int low = Math.Max(0, good - second);
        return Math.Min(1, Enumerable.Range(low, Math.Min(first, good) - low + 1).Select(Probability).Where(p => p <= seen).Sum());
    }
}

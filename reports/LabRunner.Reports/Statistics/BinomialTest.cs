using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Exact test of x successes in n trials against a known share. Source: Clopper and Pearson 1934; the two-sided figure is that of R's
/// binom.test (the sum over all outcomes that are no more likely than the one seen). No trials answer 1. Stateless, thread safe.
/// </summary>
public static class BinomialTest
{
    // R's allowance: an outcome that is as likely but for its last bits counts as likely.
    private const double Allowance = 1 + 1e-7;

    /// <summary>Probability, under <paramref name="share"/>, of an outcome no more likely than the one seen.</summary>
    /// <param name="successes">x, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">n, 0 or more.</param>
    /// <param name="share">Share under test, 0 to 1.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Counts below 0, more successes than trials, a share outside [0, 1].</exception>
    public static double TwoSided(int successes, int trials, double share)
    {
        Validate(successes, trials, share);
        double seen = Probability(share, trials, successes) * Allowance;
        return Math.Min(1, Enumerable.Range(0, trials + 1).Select(x => Probability(share, trials, x)).Where(p => p <= seen).Sum());
    }

    /// <summary>One-sided: P(X >= x).</summary>
    /// <inheritdoc cref="TwoSided"/>
    public static double Greater(int successes, int trials, double share)
    {
        Validate(successes, trials, share);
        return Math.Min(1, Tail(successes, trials, share));
    }

    /// <summary>One-sided mid-p: P(X > x) + P(X = x)/2. Less cautious than <see cref="Greater"/>, whose error rate is guaranteed.</summary>
    /// <inheritdoc cref="TwoSided"/>
    public static double GreaterMidP(int successes, int trials, double share)
    {
        Validate(successes, trials, share);
        return Math.Min(1, Tail(successes + 1, trials, share) + (Probability(share, trials, successes) / 2));
    }

    // Summed from the far end, small terms first: 1 - CDF would lose the digits of a small probability.
    private static double Tail(int from, int trials, double share)
    {
        double sum = 0;
        for (int x = trials; x >= from; x--)
        {
            sum += Probability(share, trials, x);
        }

        return sum;
    }

    private static double Probability(double share, int trials, int successes) => Binomial.PMF(share, trials, successes);

    private static void Validate(int successes, int trials, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (!(share >= 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        }
    }
}

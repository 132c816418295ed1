using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Bounds of a proportion x of n. Verdicts use the one-sided Clopper-Pearson bound (its confidence is guaranteed), plots use Wilson.
/// No trials at all give [0, 1].
/// </summary>
public static class Proportion
{
    /// <summary>
    /// Clopper-Pearson: [BetaInv(alpha/2; x, n-x+1), BetaInv(1-alpha/2; x+1, n-x)]; 0 and 1 at the ends.
    /// Source: Clopper and Pearson 1934; the same figures as R's binom.test.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Counts below 0, more successes than trials, a confidence outside (0, 1).</exception>
    public static Interval ClopperPearson(int successes, int trials, double confidence)
    {
        Validate(successes, trials, confidence);
        double tail = (1 - confidence) / 2;
        return new Interval(Low(successes, trials, tail), 1 - Low(trials - successes, trials, tail), confidence);
    }

    /// <summary>One-sided Clopper-Pearson lower bound; for n of n that is (1-c)^(1/n).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Counts below 0, more successes than trials, a confidence outside (0, 1).</exception>
    public static double LowerOneSided(int successes, int trials, double confidence)
    {
        Validate(successes, trials, confidence);
        return Low(successes, trials, 1 - confidence);
    }

    /// <summary>
    /// Wilson's score interval: centre (p + z²/2n)/(1 + z²/n), half width z sqrt(p(1-p)/n + z²/4n²)/(1 + z²/n).
    /// Source: NIST/SEMATECH e-Handbook 7.2.4.1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Counts below 0, more successes than trials, a confidence outside (0, 1).</exception>
    public static Interval Wilson(int successes, int trials, double confidence)
    {
        Validate(successes, trials, confidence);
        if (trials == 0)
        {
            return new Interval(0, 1, confidence);
        }

        double n = trials;
        double p = successes / n;
        double z = Normal.InvCDF(0, 1, (1 + confidence) / 2);
        double scale = 1 + (z * z / n);
        double centre = (p + (z * z / (2 * n))) / scale;
        double half = z * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n))) / scale;

        // At the ends the two terms are equal by algebra; rounding must not leave 1e-17 where the bound is exactly 0 or 1.
        return new Interval(successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half, confidence);
    }

    /// <summary>Lower Clopper-Pearson bound with <paramref name="tail"/> below it. The upper one is 1 less that of the failures, whose digits 1 - p would lose.</summary>
    internal static double Low(int successes, int trials, double tail) =>
        successes == 0 ? 0
        : successes == trials ? Math.Pow(tail, 1.0 / trials)
        : Polish(Beta.InvCDF(successes, trials - successes + 1, tail), successes, trials - successes + 1, tail);

    // The package stops looking within 1e-12 of the bound, which of a bound near 0 is few digits: two of Newton's steps give the others.
    private static double Polish(double bound, double a, double b, double tail)
    {
        for (int i = 0; i < 2; i++)
        {
            double step = (Beta.CDF(a, b, bound) - tail) / Beta.PDF(a, b, bound);
            if (!(Math.Abs(step) <= 1e-6 * bound))
            {
                return bound;
            }

            bound -= step;
        }

        return bound;
    }

    private static void Validate(int successes, int trials, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        Check.Confidence(confidence);
    }
}

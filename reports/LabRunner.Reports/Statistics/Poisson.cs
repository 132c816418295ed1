using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>Exact bounds of a Poisson rate.</summary>
public static class Poisson
{
    /// <summary>
    /// Garwood's exact interval of a rate: [chi2(alpha/2; 2r)/2, chi2(1-alpha/2; 2r+2)/2] divided by the exposure.
    /// For r = 0 the lower end is 0. Source: Garwood 1936; the same figures as R's poisson.test.
    /// </summary>
    /// <param name="count">Events seen, 0 or more.</param>
    /// <param name="exposure">Hours (or any unit) under test; 0 gives [0, infinity).</param>
    /// <param name="confidence">Two-sided confidence in (0, 1).</param>
    /// <returns>Events per unit of exposure.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A count or exposure below 0, a confidence outside (0, 1).</exception>
    public static Interval Garwood(int count, double exposure, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Check.Exposure(exposure);
        Check.Confidence(confidence);
        if (exposure == 0)
        {
            return new Interval(0, double.PositiveInfinity, confidence);
        }

        double tail = (1 - confidence) / 2;

        // MathNet refuses a chi-square with 0 degrees of freedom; with no events the lower end is 0 by definition.
        double lower = count == 0 ? 0 : ChiSquared.InvCDF(2.0 * count, tail) / 2;
        double upper = ChiSquared.InvCDF((2.0 * count) + 2, 1 - tail) / 2;
        return new Interval(lower / exposure, upper / exposure, confidence);
    }
}

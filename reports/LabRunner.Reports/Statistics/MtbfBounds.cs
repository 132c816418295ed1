using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Bounds of the mean time between failures of a time-terminated test (the night ends by the clock, not by a failure).
/// Source: NIST/SEMATECH e-Handbook 8.4.5.1. Assumes a constant rate: say so beside the figure, and do not use it for
/// failures that come at a fixed time.
/// </summary>
public static class MtbfBounds
{
    /// <summary>
    /// Two-sided: [2T/chi2(1-alpha/2; 2r+2), 2T/chi2(alpha/2; 2r)]. With r = 0 there is no upper bound, and the whole error is
    /// spent on the lower one: T/(-ln alpha).
    /// </summary>
    /// <param name="hours">Device-hours under test, down time removed; 0 gives [0, infinity).</param>
    /// <param name="failures">Incidents, 0 or more.</param>
    /// <param name="confidence">Confidence in (0, 1).</param>
    /// <returns>Hours.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Hours or failures below 0, a confidence outside (0, 1).</exception>
    public static Interval TwoSided(double hours, int failures, double confidence)
    {
        Validate(hours, failures, confidence);
        if (failures == 0)
        {
            return new Interval(Lower(hours, 0, confidence), double.PositiveInfinity, confidence);
        }

        double tail = (1 - confidence) / 2;
        return new Interval(
            2 * hours / ChiSquared.InvCDF((2.0 * failures) + 2, 1 - tail),
            hours == 0 ? double.PositiveInfinity : 2 * hours / ChiSquared.InvCDF(2.0 * failures, tail),
            confidence);
    }

    /// <summary>One-sided lower bound 2T/chi2(c; 2r+2); for r = 0 that is T/(-ln(1-c)).</summary>
    /// <param name="hours">Device-hours under test, down time removed; 0 gives 0.</param>
    /// <param name="failures">Incidents, 0 or more.</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <returns>Hours.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Hours or failures below 0, a confidence outside (0, 1).</exception>
    public static double Lower(double hours, int failures, double confidence)
    {
        Validate(hours, failures, confidence);
        return failures == 0
            ? hours / -Math.Log(1 - confidence)
            : 2 * hours / ChiSquared.InvCDF((2.0 * failures) + 2, confidence);
    }

    private static void Validate(double hours, int failures, double confidence)
    {
        Check.Exposure(hours);
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        Check.Confidence(confidence);
    }
}

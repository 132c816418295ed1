using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>How long to soak to demonstrate an MTBF.</summary>
public static class DemonstrationHours
{
    /// <summary>
    /// Device-hours of a fixed-length test that shows <paramref name="goalHours"/> at <paramref name="confidence"/> when at most
    /// <paramref name="failures"/> incidents are seen: T = goal * chi2(c; 2r+2)/2. Source: NIST/SEMATECH e-Handbook 8.3.1.1.
    /// </summary>
    /// <param name="goalHours">MTBF to show, above 0.</param>
    /// <param name="failures">Incidents allowed, 0 or more.</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <returns>Hours.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A goal not above 0, failures below 0, a confidence outside (0, 1).</exception>
    public static double Needed(double goalHours, int failures, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(goalHours);
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        Check.Confidence(confidence);
        return goalHours * (failures == 0 ? -Math.Log(1 - confidence) : ChiSquared.InvCDF((2.0 * failures) + 2, confidence) / 2);
    }
}

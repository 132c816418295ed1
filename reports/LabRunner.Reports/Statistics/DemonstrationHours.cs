using MathNet.Numerics;
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
        Check.Positive(goalHours, nameof(goalHours));
        ArgumentOutOfRangeException.ThrowIfNegative(failures);
        Check.Confidence(confidence);
        return goalHours * (failures == 0 ? -Math.Log(1 - confidence) : ChiSquared.InvCDF((2.0 * failures) + 2, confidence) / 2);
    }

    /// <summary>
    /// The plan's operating characteristic: the probability that a device of the given true MTBF passes it, P(Poisson(T/true) at most r).
    /// A device of exactly the goal passes with 1 - c; print it beside the verdict, for a zero-failure plan rejects good firmware often.
    /// </summary>
    /// <param name="goalHours">MTBF to show, above 0.</param>
    /// <param name="failures">Incidents allowed, 0 or more.</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <param name="trueHours">The device's MTBF, above 0.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static double ProbabilityOfPassing(double goalHours, int failures, double confidence, double trueHours)
    {
        Check.Positive(trueHours, nameof(trueHours));
        return SpecialFunctions.GammaUpperRegularized(failures + 1.0, Needed(goalHours, failures, confidence) / trueHours);
    }

    /// <summary>
    /// The shortest plan for a goal that a device of the given true MTBF passes with at least the given power; null when none with up to
    /// 100 incidents allowed does (a device hardly better than the goal).
    /// </summary>
    /// <param name="goalHours">MTBF to show, above 0.</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <param name="trueHours">MTBF of a device that should pass, above <paramref name="goalHours"/>.</param>
    /// <param name="power">Probability with which it should, in (0, 1).</param>
    /// <returns>Incidents allowed, and device-hours.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static (int Failures, double Hours)? Plan(double goalHours, double confidence, double trueHours, double power)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(trueHours, goalHours);
        Check.Confidence(power);
        for (int failures = 0; failures <= 100; failures++)
        {
            if (ProbabilityOfPassing(goalHours, failures, confidence, trueHours) >= power)
            {
                return (failures, Needed(goalHours, failures, confidence));
            }
        }

        return null;
    }
}

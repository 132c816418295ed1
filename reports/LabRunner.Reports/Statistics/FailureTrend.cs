using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Do the failures of a repaired unit come ever faster or ever slower within one time-terminated watch of length T?
/// Laplace: U = (mean t - T/2)/(T sqrt(1/(12 r))). Power law (Crow-AMSAA): β = r / sum ln(T/t), unbiased (r-1) / sum ln(T/t);
/// 2 sum ln(T/t) is chi-square with 2r degrees of freedom without a trend. Sources: Cox and Lewis 1966; MIL-HDBK-189.
/// </summary>
/// <param name="LaplaceU">Normal score: above 0 the failures crowd towards the end (it gets worse); 0 without failures.</param>
/// <param name="LaplaceP">Two-sided probability of such a score without a trend; 1 without failures.</param>
/// <param name="Beta">Power-law exponent: above 1 it gets worse, below 1 better; null without failures or when all come at the very end.</param>
/// <param name="UnbiasedBeta">Corrected for few failures; null with fewer than two.</param>
/// <param name="PowerLawP">Two-sided probability of the chi-square figure without a trend; 1 without failures.</param>
public readonly record struct FailureTrend(double LaplaceU, double LaplaceP, double? Beta, double? UnbiasedBeta, double PowerLawP)
{
    /// <summary>Tests failure times.</summary>
    /// <param name="times">Times of the failures since the start of the watch, each in [0, <paramref name="length"/>], in any order; one that is not finite is not known and left out.</param>
    /// <param name="length">T, how long was watched, above 0, in the unit of the times.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length not above 0, a time outside [0, length].</exception>
    public static FailureTrend Of(IReadOnlyList<double> times, double length)
    {
        if (!(length > 0 && double.IsFinite(length)))
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "A watch has a finite length above 0.");
        }

        times = Check.Finite(times);
        if (times.Where(t => !(t >= 0 && t <= length)).Select(t => (double?)t).FirstOrDefault() is { } outside)
        {
            throw new ArgumentOutOfRangeException(nameof(times), outside, $"A failure time lies in the watch, from 0 to {length}.");
        }

        int r = times.Count;
        if (r == 0)
        {
            return new FailureTrend(0, 1, null, null, 1);
        }

        double u = (times.Average() - (length / 2)) / (length * Math.Sqrt(1 / (12.0 * r)));
        double sum = times.Sum(t => Math.Log(length / t));
        (double below, double above) = double.IsInfinity(sum) ? (1, 0) : (SpecialFunctions.GammaLowerRegularized(r, sum), SpecialFunctions.GammaUpperRegularized(r, sum));
        return new FailureTrend(
            u,
            Math.Min(1, 2 * Normal.CDF(0, 1, -Math.Abs(u))),
            sum > 0 ? r / sum : null,
            sum > 0 && r > 1 ? (r - 1) / sum : null,
            Math.Min(1, 2 * Math.Min(below, above)));
    }
}

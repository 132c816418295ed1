using MathNet.Numerics;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// May units be pooled? X² = sum (r - λT)²/(λT) with λ = sum r / sum T, chi-square with k - 1 degrees of freedom when all have one rate.
/// Source: Cox and Lewis 1966. The approximation is coarse below about one expected event per unit.
/// </summary>
/// <param name="ChiSquare">X², 0 or more.</param>
/// <param name="DegreesOfFreedom">Units with exposure minus 1, 0 or more.</param>
/// <param name="P">Probability of so uneven counts under one rate; 1 when there is nothing to compare.</param>
public readonly record struct RateHomogeneity(double ChiSquare, int DegreesOfFreedom, double P)
{
    /// <summary>X² per degree of freedom: about 1 under one rate, well above when one unit is the problem; 0 when there is nothing to compare.</summary>
    public double Dispersion => DegreesOfFreedom == 0 ? 0 : ChiSquare / DegreesOfFreedom;

    /// <summary>Tests counts over exposures; units without exposure say nothing and are left out.</summary>
    /// <param name="counts">Events by unit, each 0 or more.</param>
    /// <param name="exposures">Hours by unit, in the same order, each 0 or more.</param>
    /// <exception cref="ArgumentException">As many counts as exposures are needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count or exposure below 0.</exception>
    public static RateHomogeneity Test(IReadOnlyList<int> counts, IReadOnlyList<double> exposures)
    {
        Check.Pairs(counts.Count, exposures.Count);
        foreach ((int count, double exposure) in counts.Zip(exposures))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
            Check.Exposure(exposure);
        }

        List<(int Count, double Exposure)> units = [.. counts.Zip(exposures).Where(u => u.Second > 0)];
        double rate = units.Sum(u => (double)u.Count) / units.Sum(u => u.Exposure);
        if (units.Count < 2 || rate == 0)
        {
            return new RateHomogeneity(0, Math.Max(0, units.Count - 1), 1);
        }

        double chi = units.Sum(u => Math.Pow(u.Count - (rate * u.Exposure), 2) / (rate * u.Exposure));

        // The upper tail itself: 1 less the lower one loses the digits of a small probability.
        return new RateHomogeneity(chi, units.Count - 1, SpecialFunctions.GammaUpperRegularized((units.Count - 1) / 2.0, chi / 2));
    }
}

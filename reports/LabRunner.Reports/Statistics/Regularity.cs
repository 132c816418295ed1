using MathNet.Numerics;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Are times to failure too alike for chance? Times of a random failure are exponential, with a coefficient of variation near 1; those of a
/// timer hardly vary. For n exponential times the shares of their sum are uniform on a simplex, and a coefficient of at most c is a ball in it:
/// P = V(n-1) r^(n-1) (n-1)!/sqrt(n) with r = c sqrt(n-1)/n and V(k) the volume of the unit ball in k dimensions. Exact while the ball lies
/// inside the simplex, c at most sqrt(n)/(n-1); above that it is too large, which is on the careful side. Stateless, thread safe.
/// </summary>
/// <param name="Count">Times.</param>
/// <param name="Mean">Their mean, in their unit; 0 for none.</param>
/// <param name="Variation">Standard deviation (n - 1) over mean; null for fewer than two times or a mean of 0.</param>
/// <param name="P">Largest probability of times so alike under a constant rate; 1 where there is no variation to judge.</param>
public readonly record struct Regularity(int Count, double Mean, double? Variation, double P)
{
    /// <summary>Coefficient of variation below which a failure is taken for a timer's, when <see cref="P"/> agrees.</summary>
    public const double TimerLimit = 0.1;

    /// <summary>True for at least three times with a variation below <see cref="TimerLimit"/>.</summary>
    public bool LooksLikeTimer => Count >= 3 && Variation < TimerLimit;

    /// <summary>Judges times to failure.</summary>
    /// <param name="times">Each 0 or more, in any order; one that is not finite is not known and left out.</param>
    /// <exception cref="ArgumentException">A time is negative.</exception>
    public static Regularity Of(IReadOnlyList<double> times)
    {
        times = Check.Finite(times);
        if (times.Any(t => t < 0))
        {
            throw new ArgumentException("Times to failure are numbers of at least 0.", nameof(times));
        }

        int n = times.Count;
        double mean = n == 0 ? 0 : times.Average();
        if (n < 2 || mean == 0)
        {
            return new Regularity(n, mean, null, 1);
        }

        double variation = Math.Sqrt(times.Sum(t => (t - mean) * (t - mean)) / (n - 1)) / mean;
        return new Regularity(n, mean, variation, Chance(n, variation));
    }

    /// <summary>Largest probability that n times of a constant rate have a coefficient of variation of at most <paramref name="variation"/>.</summary>
    /// <param name="n">Times, 2 or more.</param>
    /// <param name="variation">0 or more.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 times, a variation below 0.</exception>
    public static double Chance(int n, double variation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 2);
        if (!(variation >= 0 && double.IsFinite(variation)))
        {
            throw new ArgumentOutOfRangeException(nameof(variation), variation, "A coefficient of variation is a finite number of at least 0.");
        }

        if (variation == 0)
        {
            return 0;
        }

        int k = n - 1;
        double radius = variation * Math.Sqrt(k) / n;
        double log = (k / 2.0 * Math.Log(Math.PI)) - SpecialFunctions.GammaLn((k / 2.0) + 1) + (k * Math.Log(radius)) + SpecialFunctions.GammaLn(n) - (Math.Log(n) / 2);
        return Math.Min(1, Math.Exp(log));
    }
}

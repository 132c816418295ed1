using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// How likely the one-sided exact comparison of two rates (<see cref="RateComparison"/>) is to find a rate that is really worse, and how many
/// hours it takes. Given n events in all, the test rejects from the smallest count whose tail under equal rates is at most alpha; the power is
/// the sum over n of Poisson(n) times the tail under the worse rate. Source: Przyborowski and Wilenski 1940. Stateless, thread safe.
/// </summary>
public static class RatePower
{
    /// <summary>Most hours that are searched for: a hundred years.</summary>
    private const double MostHours = 876_600;

    /// <summary>Events in all from which the counts are taken as normal: their skewness is a hundredth there, and the power is right to 0.001.</summary>
    private const double Many = 10_000;

    /// <summary>Probability of finding the first rate worse.</summary>
    /// <param name="rate1">Events per hour of the worse one, above 0.</param>
    /// <param name="hours1">Its hours, above 0.</param>
    /// <param name="rate2">Events per hour of the other, above 0.</param>
    /// <param name="hours2">Its hours, above 0.</param>
    /// <param name="alpha">One-sided error of the test, in (0, 1).</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static double Of(double rate1, double hours1, double rate2, double hours2, double alpha = 0.05)
    {
        Check.Positive(rate1, nameof(rate1));
        Check.Positive(hours1, nameof(hours1));
        Check.Positive(rate2, nameof(rate2));
        Check.Positive(hours2, nameof(hours2));
        Check.Confidence(alpha);
        double mean = (rate1 * hours1) + (rate2 * hours2);
        double equal = hours1 / (hours1 + hours2);
        double worse = rate1 * hours1 / mean;
        if (mean > Many)
        {
            // Under equal rates the first count is this share of both. A whole count that rejects is half a one beyond the limit in the mean.
            double away = (rate1 * hours1) - (mean * equal) - 0.5;
            double spread = Math.Sqrt((rate1 * hours1 * (1 - equal) * (1 - equal)) + (rate2 * hours2 * equal * equal));
            return Normal.CDF(0, 1, (away + (Normal.InvCDF(0, 1, alpha) * Math.Sqrt(mean * equal * (1 - equal)))) / spread);
        }

        double wide = (10 * Math.Sqrt(mean)) + 20;
        int critical = 0;
        double power = 0;
        for (int n = (int)Math.Max(1, mean - wide); n <= mean + wide; n++)
        {
            // It never falls with n.
            while (critical <= n && Tail(n, equal, critical) > alpha)
            {
                critical++;
            }

            power += Poisson(mean, n) * Tail(n, worse, critical);
        }

        return Math.Clamp(power, 0, 1);
    }

    /// <summary>Hours that each of the two needs so that a rate <paramref name="ratio"/> times worse is found with <paramref name="power"/>.</summary>
    /// <param name="rate">Events per hour of the better one, above 0.</param>
    /// <param name="ratio">How many times worse the other is, above 1.</param>
    /// <param name="alpha">One-sided error of the test, in (0, 1).</param>
    /// <param name="power">Probability wanted, in (0, 1).</param>
    /// <returns>Hours, to within 1 %; null when a hundred years are not enough.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static double? HoursEach(double rate, double ratio, double alpha = 0.05, double power = 0.8)
    {
        Check.Positive(rate, nameof(rate));
        Check.Positive(ratio, nameof(ratio));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ratio, 1);
        Check.Confidence(power);
        double high = 1 / rate;
        while (Of(rate * ratio, high, rate, high, alpha) < power)
        {
            high *= 2;
            if (high > MostHours)
            {
                return null;
            }
        }

        double low = high / 2;
        while (high / low > 1.01)
        {
            double middle = Math.Sqrt(low * high);
            (low, high) = Of(rate * ratio, middle, rate, middle, alpha) < power ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>Probability of at least <paramref name="from"/> of <paramref name="n"/>: its terms from there on, each from the one before.</summary>
    private static double Tail(int n, double share, int from)
    {
        if (from <= n * share)
        {
            return 1 - Sum(n, 1 - share, n - from + 1);
        }

        return Sum(n, share, from);

        // Of the thin side only: there the terms fall at once.
        static double Sum(int n, double share, int from)
        {
            if (from > n)
            {
                return 0;
            }

            double odds = share / (1 - share), term = Binomial.PMF(share, n, from), sum = 0;
            for (int x = from; x <= n && term > sum * 1e-17; x++)
            {
                sum += term;
                term *= (n - x) / (x + 1.0) * odds;
            }

            return sum;
        }
    }

    private static double Poisson(double mean, int n) => MathNet.Numerics.Distributions.Poisson.PMF(mean, n);
}

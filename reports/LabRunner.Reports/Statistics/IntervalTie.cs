namespace LabRunner.Reports.Statistics;

/// <summary>An interval that was configured on the DUT.</summary>
/// <param name="Name">What it is, for example "SetupEnergyStats".</param>
/// <param name="Seconds">Length, above 0.</param>
public readonly record struct ConfiguredInterval(string Name, double Seconds);

/// <summary>
/// Do times to failure fall on a configured interval or its multiples? A time t ties to I where its distance to the nearest multiple k I, k at
/// least 1, is within the tolerance. Chance of one tie for an exponential time of mean m: sum over k of exp(-(kI - w)/m) - exp(-(kI + w)/m).
/// The probability of the whole is the binomial tail over the times, times the number of intervals that were tried (Bonferroni). A tie is a
/// lead; the proof is to change the interval (<see cref="PeriodicTie"/>).
/// </summary>
/// <param name="Interval">The interval most times fall on.</param>
/// <param name="Ties">Times that fall on it.</param>
/// <param name="Count">Times in all.</param>
/// <param name="P">Largest probability of so many ties by chance, 0 to 1.</param>
public readonly record struct IntervalTie(ConfiguredInterval Interval, int Ties, int Count, double P)
{
    /// <summary>Largest distance from a multiple that is a tie, seconds.</summary>
    public const double ToleranceSeconds = 2;

    /// <summary>The clearest tie; null for no times, no intervals, or none that any time falls on.</summary>
    /// <param name="times">Times to failure since boot or since the interval was set, seconds, each 0 or more; one that is not finite is not known and left out.</param>
    /// <param name="intervals">Configured intervals; an interval not longer than four tolerances ties with everything and is left out.</param>
    /// <exception cref="ArgumentException">A time is negative.</exception>
    public static IntervalTie? Find(IReadOnlyList<double> times, IReadOnlyList<ConfiguredInterval> intervals)
    {
        times = Check.Finite(times);
        if (times.Any(t => t < 0))
        {
            throw new ArgumentException("Times to failure are numbers of at least 0.", nameof(times));
        }

        List<ConfiguredInterval> tried = [.. intervals.Where(i => i.Seconds > 4 * ToleranceSeconds && double.IsFinite(i.Seconds)).Distinct()];
        double mean = times.Count == 0 ? 0 : times.Average();
        if (tried.Count == 0 || mean <= 0)
        {
            return null;
        }

        return tried.Select(i => Judge(i, times, mean, tried.Count)).Where(t => t.Ties > 0).OrderBy(t => t.P).ThenByDescending(t => t.Interval.Seconds)
            .Select(t => (IntervalTie?)t).FirstOrDefault();
    }

    /// <summary>Probability that one exponential time of the given mean ties to the interval or a multiple of it.</summary>
    /// <param name="interval">Seconds, above twice the tolerance.</param>
    /// <param name="mean">Mean time, seconds, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static double ChanceOfOne(double interval, double mean)
    {
        Check.Positive(interval, nameof(interval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, 2 * ToleranceSeconds);
        Check.Positive(mean, nameof(mean));

        // A geometric series over the multiples.
        double first = Math.Exp(-(interval - ToleranceSeconds) / mean) - Math.Exp(-(interval + ToleranceSeconds) / mean);
        return Math.Min(1, first / (1 - Math.Exp(-interval / mean)));
    }

    private static IntervalTie Judge(ConfiguredInterval interval, IReadOnlyList<double> times, double mean, int tried)
    {
        int ties = times.Count(t => Math.Round(t / interval.Seconds) is >= 1 and var k && Math.Abs(t - (k * interval.Seconds)) <= ToleranceSeconds);
        double p = BinomialTest.Greater(ties, times.Count, ChanceOfOne(interval.Seconds, mean));
        return new IntervalTie(interval, ties, times.Count, Math.Min(1, p * tried));
    }
}

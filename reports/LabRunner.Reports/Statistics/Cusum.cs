namespace LabRunner.Reports.Statistics;

/// <summary>
/// Cumulative sum, which notices a small lasting rise: max(0, S + x - target - k), a signal where it is above h. For failures over nights
/// max(0, S + count - k exposure), with k the rate between the good and the bad one at which both are as likely; with
/// h = ln(n)/ln(bad/good) a rate that is in order then gives a signal once in n values or more on average (Lorden 1971). Sources: Page 1954;
/// NIST/SEMATECH e-Handbook 6.3.2.3; for counts Lucas 1985.
/// </summary>
/// <param name="Sums">One per value, 0 or more, in the unit of the values.</param>
/// <param name="FirstSignal">Index (from 0) of the first value that signals; null when none does.</param>
/// <param name="Onset">Index of the value with which the sum that signalled began to grow: where the rise most likely began. Null without signal.</param>
public sealed record Cusum(IReadOnlyList<double> Sums, int? FirstSignal, int? Onset)
{
    /// <summary>The chart of failures over nights.</summary>
    /// <param name="counts">In order of time, each 0 or more.</param>
    /// <param name="good">Expected count per unit of exposure that is in order, above 0.</param>
    /// <param name="bad">The one to notice, above <paramref name="good"/>.</param>
    /// <param name="limit">h, above 0, in counts.</param>
    /// <param name="exposures">How much of its unit each count had, 0 or more and finite; null for 1 each.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    /// <exception cref="ArgumentException">As many exposures as counts are needed.</exception>
    public static Cusum Poisson(IReadOnlyList<int> counts, double good, double bad, double limit, IReadOnlyList<double>? exposures = null)
    {
        double slack = PoissonSlack(good, bad);
        if (exposures is not null && exposures.Count != counts.Count)
        {
            throw new ArgumentException($"There are {counts.Count} counts and {exposures.Count} exposures.", nameof(exposures));
        }

        return Of(
            [
                .. counts.Select((count, i) =>
                {
                    double exposure = exposures?[i] ?? 1;
                    ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
                    return exposure >= 0 && double.IsFinite(exposure) ? count - (slack * exposure)
                        : throw new ArgumentOutOfRangeException(nameof(exposures), exposure, "An exposure is a finite number of at least 0.");
                }),
            ],
            limit);
    }

    /// <summary>The chart of any figures, towards more.</summary>
    /// <param name="excesses">Value less target and slack, in order of time; one that is not finite is a gap and leaves the sum as it is.</param>
    /// <param name="limit">h, above 0, in the unit of the values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit not above 0.</exception>
    public static Cusum Of(IReadOnlyList<double> excesses, double limit)
    {
        Check.Positive(limit, nameof(limit));
        double[] sums = new double[excesses.Count];
        (double sum, int began) = (0, 0);
        (int? signal, int? onset) = (null, null);
        foreach ((int i, double excess) in excesses.Index())
        {
            began = sum > 0 ? began : i;
            sums[i] = sum = double.IsFinite(excess) ? Math.Max(0, sum + excess) : sum;
            (signal, onset) = signal is null && sum > limit ? (i, began) : (signal, onset);
        }

        return new Cusum(sums, signal, onset);
    }

    /// <summary>k of a chart of counts: (bad - good)/ln(bad/good), between the two.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A good count not above 0, a bad one not above it.</exception>
    public static double PoissonSlack(double good, double bad)
    {
        Check.Positive(good, nameof(good));
        Check.Positive(bad, nameof(bad));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(bad, good);
        return (bad - good) / Math.Log(bad / good);
    }
}

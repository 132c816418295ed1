namespace LabRunner.Reports.Statistics;

/// <summary>
/// Cumulative sums that notice a small lasting shift over nights. High side: max(0, S + x - target - k); low side: max(0, S + target - k - x);
/// a signal where one is above h. Sources: Page 1954; NIST/SEMATECH e-Handbook 6.3.2.3; for counts Lucas 1985.
/// </summary>
/// <param name="High">Sums towards more, one per value.</param>
/// <param name="Low">Sums towards less, one per value; all 0 for counts, which are watched towards more only.</param>
/// <param name="FirstSignal">Index (from 0) of the first value that signals; null when none does.</param>
public sealed record Cusum(IReadOnlyList<double> High, IReadOnlyList<double> Low, int? FirstSignal)
{
    /// <summary>Two-sided chart of figures; none give empty sums.</summary>
    /// <param name="values">In order of time; one that is not finite is a gap and leaves the sums as they are.</param>
    /// <param name="target">Level that is in order.</param>
    /// <param name="slack">k, half the shift to notice, 0 or more, in the unit of the values.</param>
    /// <param name="limit">h, above 0, in the unit of the values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A target that is not finite, a slack below 0, a limit not above 0.</exception>
    public static Cusum TwoSided(IReadOnlyList<double> values, double target, double slack, double limit)
    {
        if (!double.IsFinite(target))
        {
            throw new ArgumentOutOfRangeException(nameof(target), target, "A target is a finite number.");
        }

        Validate(slack, limit);
        return Signal(Sums(values.Select(v => v - target - slack)), Sums(values.Select(v => target - slack - v)), limit);
    }

    /// <summary>One-sided chart of counts per equal exposure (incidents a night) towards more; k is <see cref="PoissonSlack"/>.</summary>
    /// <param name="counts">In order of time, 0 or more.</param>
    /// <param name="good">Expected count in order, above 0.</param>
    /// <param name="bad">Expected count to notice, above <paramref name="good"/>.</param>
    /// <param name="limit">h, above 0, in counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static Cusum Poisson(IReadOnlyList<int> counts, double good, double bad, double limit)
    {
        double slack = PoissonSlack(good, bad);
        Validate(slack, limit);
        foreach (int count in counts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(counts));
        }

        return Signal(Sums(counts.Select(c => c - slack)), new double[counts.Count], limit);
    }

    /// <summary>k of a chart of counts: (bad - good)/ln(bad/good), between the two.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A good count not above 0, a bad one not above it.</exception>
    public static double PoissonSlack(double good, double bad)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(good);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(bad, good);
        return (bad - good) / Math.Log(bad / good);
    }

    private static Cusum Signal(List<double> high, IReadOnlyList<double> low, double limit)
    {
        int first = Enumerable.Range(0, high.Count).FirstOrDefault(i => high[i] > limit || low[i] > limit, -1);
        return new Cusum(high, low, first < 0 ? null : first);
    }

    private static List<double> Sums(IEnumerable<double> steps)
    {
        List<double> sums = [];
        double sum = 0;
        foreach (double step in steps)
        {
            sums.Add(sum = double.IsFinite(step) ? Math.Max(0, sum + step) : sum);
        }

        return sums;
    }

    private static void Validate(double slack, double limit)
    {
        if (!(slack >= 0 && double.IsFinite(slack)))
        {
            throw new ArgumentOutOfRangeException(nameof(slack), slack, "The slack is a finite number of at least 0.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
    }
}

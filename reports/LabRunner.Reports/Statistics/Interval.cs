namespace LabRunner.Reports.Statistics;

/// <summary>A confidence interval; both ends are inclusive and in the unit of the figure they bound.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end; positive infinity when the data give no upper bound.</param>
/// <param name="Confidence">Two-sided confidence in (0, 1).</param>
public readonly record struct Interval(double Lower, double Upper, double Confidence)
{
    /// <summary>True when <paramref name="value"/> is not outside the interval.</summary>
    public bool Contains(double value) => value >= Lower && value <= Upper;
}

/// <summary>Checks shared by the statistics.</summary>
internal static class Check
{
    internal static void Confidence(double confidence)
    {
        if (!(confidence > 0 && confidence < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence lies between 0 and 1, both excluded (0.9 is 90 %).");
        }
    }

    internal static void Exposure(double exposure)
    {
        if (!(exposure >= 0 && double.IsFinite(exposure)))
        {
            throw new ArgumentOutOfRangeException(nameof(exposure), exposure, "An exposure is a finite number of at least 0.");
        }
    }

    internal static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number above 0 is needed.");
        }
    }

    /// <summary>Counts together, which stay below the largest int: a test adds one to them.</summary>
    internal static int Sum(params ReadOnlySpan<int> counts)
    {
        long sum = 0;
        foreach (int count in counts)
        {
            sum += count;
        }

        return sum < int.MaxValue ? (int)sum : throw new ArgumentOutOfRangeException(nameof(counts), sum, "The counts add up to 2^31 - 1 or more.");
    }

    /// <summary>The values without those that are not finite: nothing was measured there.</summary>
    internal static IReadOnlyList<double> Finite(IReadOnlyList<double> values) => values.All(double.IsFinite) ? values : [.. values.Where(double.IsFinite)];

    /// <summary>Where both figures of a pair are finite; the others are gaps.</summary>
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    internal static int[] FinitePairs(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Pairs(x.Count, y.Count);
        return [.. Enumerable.Range(0, x.Count).Where(i => double.IsFinite(x[i]) && double.IsFinite(y[i]))];
    }

    internal static void Pairs(int x, int y)
    {
        if (x != y)
        {
            throw new ArgumentException($"{x} x values stand against {y} y values; give as many of both.");
        }
    }
}

namespace LabRunner.Reports.Statistics;

/// <summary>Percentiles with linear interpolation between order statistics (R's type 7). NaN sorts first: leave out what was not measured.</summary>
public static class Percentile
{
    /// <summary>The <paramref name="share"/> quantile (0.5 is the median) of values in any order; NaN of none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A share outside [0, 1].</exception>
    public static double Of(IEnumerable<double> values, double share)
    {
        List<double> sorted = [.. values];
        sorted.Sort();
        return OfSorted(sorted, share);
    }

    /// <summary>As <see cref="Of"/>, for values that are sorted already.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A share outside [0, 1].</exception>
    public static double OfSorted(IReadOnlyList<double> sorted, double share)
    {
        if (!(share >= 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        }

        if (sorted.Count == 0)
        {
            return double.NaN;
        }

        double position = share * (sorted.Count - 1);
        int index = (int)position;
        return index + 1 < sorted.Count && position > index
            ? sorted[index] + ((position - index) * (sorted[index + 1] - sorted[index]))
            : sorted[index];
    }
}

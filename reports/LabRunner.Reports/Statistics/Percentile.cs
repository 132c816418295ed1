namespace LabRunner.Reports.Statistics;

/// <summary>Percentiles with linear interpolation between order statistics (R's type 7). A value that is not finite was not measured and is left out.</summary>
public static class Percentile
{
    /// <summary>The <paramref name="share"/> quantile (0.5 is the median) of values in any order; NaN of none that is finite.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A share outside [0, 1].</exception>
    public static double Of(IEnumerable<double> values, double share)
    {
        List<double> sorted = [.. values];
        sorted.Sort();
        return OfSorted(sorted, share);
    }

    /// <summary>As <see cref="Of"/>, for values that are sorted already, as <see cref="List{T}.Sort()"/> does it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A share outside [0, 1].</exception>
    public static double OfSorted(IReadOnlyList<double> sorted, double share)
    {
        if (!(share >= 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share lies between 0 and 1.");
        }

        // NaN and -∞ sort to the beginning, +∞ to the end.
        (int first, int last) = (0, sorted.Count - 1);
        while (first <= last && !double.IsFinite(sorted[first]))
        {
            first++;
        }

        while (first <= last && !double.IsFinite(sorted[last]))
        {
            last--;
        }

        if (first > last)
        {
            return double.NaN;
        }

        double position = first + (share * (last - first));
        int index = (int)position;
        return index < last && position > index
            ? sorted[index] + ((position - index) * (sorted[index + 1] - sorted[index]))
            : sorted[index];
    }
}

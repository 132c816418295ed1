namespace LabRunner.Reports.Statistics;

/// <summary>
/// Holm's step-down correction: with m tests in one report, the k-th smallest p is taken times m - k + 1, never below the one before it.
/// A finding at adjusted p ≤ α keeps the chance of any false finding below α, whatever the dependence. Source: Holm 1979.
/// </summary>
public static class Holm
{
    /// <summary>Adjusted probabilities in the order given, each at most 1; none for none, and NaN where one is not finite: that was no test.</summary>
    /// <param name="probabilities">Each in [0, 1], or not finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability outside [0, 1].</exception>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> probabilities)
    {
        double[] adjusted = [.. probabilities.Select(_ => double.NaN)];
        double floor = 0;
        int left = probabilities.Count(double.IsFinite);
        foreach ((int index, double p) in probabilities.Index().Where(p => double.IsFinite(p.Item)).OrderBy(p => p.Item))
        {
            if (!(p >= 0 && p <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(probabilities), p, "A probability lies between 0 and 1.");
            }

            floor = Math.Max(floor, Math.Min(1, left * p));
            adjusted[index] = floor;
            left--;
        }

        return adjusted;
    }
}

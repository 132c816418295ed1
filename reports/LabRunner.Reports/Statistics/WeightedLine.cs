namespace LabRunner.Reports.Statistics;

/// <summary>
/// Weighted least squares line y = intercept + slope * x: minimises sum w (y - intercept - slope x)². Used where the points are not equally
/// sure, as those of a meter from half a watt to kilowatts.
/// </summary>
/// <param name="Slope">y per x.</param>
/// <param name="Intercept">y at x = 0.</param>
public readonly record struct WeightedLine(double Slope, double Intercept)
{
    /// <summary>The line's y.</summary>
    public double At(double x) => Intercept + (Slope * x);

    /// <summary>Fits a line; null when fewer than two different x have a weight.</summary>
    /// <param name="x">Any numbers; a point with an x or y that is not finite is left out.</param>
    /// <param name="y">As many.</param>
    /// <param name="weights">As many, at least 0; one over the variance of each y.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a weight is negative or not finite.</exception>
    public static WeightedLine? Fit(IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<double> weights)
    {
        int[] known = Check.FinitePairs(x, y);
        Check.Pairs(x.Count, weights.Count);
        if (weights.Any(w => !(w >= 0) || !double.IsFinite(w)))
        {
            throw new ArgumentException("A weight is finite and not negative.", nameof(weights));
        }

        (x, y, weights) = ([.. known.Select(i => x[i])], [.. known.Select(i => y[i])], [.. known.Select(i => weights[i])]);
        if (x.Where((_, i) => weights[i] > 0).Distinct().Take(2).Count() < 2)
        {
            return null;
        }

        double sum = weights.Sum();
        double meanX = x.Select((v, i) => weights[i] * v).Sum() / sum;
        double meanY = y.Select((v, i) => weights[i] * v).Sum() / sum;
        double sxx = x.Select((v, i) => weights[i] * (v - meanX) * (v - meanX)).Sum();
        double sxy = x.Select((v, i) => weights[i] * (v - meanX) * (y[i] - meanY)).Sum();
        return new WeightedLine(sxy / sxx, meanY - (sxy / sxx * meanX));
    }
}

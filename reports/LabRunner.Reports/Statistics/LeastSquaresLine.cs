namespace LabRunner.Reports.Statistics;

/// <summary>
/// Least squares line y = intercept + slope * x. For what a stimulus costs, heap for each client more: the stimulus was set, so that all of the
/// error is in y. Where one late reading may bend it, <see cref="TheilSen"/> and <see cref="PeriodicTie"/> are the tools.
/// </summary>
/// <param name="Slope">y per x.</param>
/// <param name="Intercept">y at x = 0.</param>
/// <param name="RSquared">Share of the variance explained, 0 to 1; 1 when all y are equal and on the line.</param>
public readonly record struct LeastSquaresLine(double Slope, double Intercept, double RSquared)
{
    /// <summary>Fits a line; null when fewer than two different x are given. A point with a figure that is not finite is left out.</summary>
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    public static LeastSquaresLine? Fit(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        int[] known = Check.FinitePairs(x, y);
        (x, y) = ([.. known.Select(i => x[i])], [.. known.Select(i => y[i])]);
        if (x.Distinct().Take(2).Count() < 2)
        {
            return null;
        }

        double meanX = x.Average();
        double meanY = y.Average();
        double sxx = x.Sum(v => (v - meanX) * (v - meanX));
        double syy = y.Sum(v => (v - meanY) * (v - meanY));
        double sxy = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        double slope = sxy / sxx;
        return new LeastSquaresLine(slope, meanY - (slope * meanX), syy == 0 ? 1 : sxy * sxy / (sxx * syy));
    }
}

using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>A robust line.</summary>
/// <param name="Slope">Median of the pairwise slopes, y per x.</param>
/// <param name="Intercept">Median of y - slope * x.</param>
/// <param name="SlopeBounds">Rank interval of the slope; unbounded when there are too few pairs.</param>
/// <param name="Pairs">Pairs the slope rests on.</param>
public readonly record struct TheilSenLine(double Slope, double Intercept, Interval SlopeBounds, int Pairs);

/// <summary>
/// Theil-Sen slope: the median of all pairwise slopes, untouched by outliers. Bounds by ranks with the Mann-Kendall variance
/// (Gilbert 1987; Kendall's where x repeats, since such points make no pair), taken to the nearest rank as SciPy does. Source: Sen 1968. Quadratic in the number of points: feed it block values. A
/// point with a figure that is not finite is a gap and left out.
/// </summary>
public static class TheilSen
{
    /// <summary>Fits one series; null when no two points differ in x.</summary>
    /// <param name="x">For example hours.</param>
    /// <param name="y">For example bytes.</param>
    /// <param name="confidence">Two-sided confidence of the bounds, in (0, 1).</param>
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A confidence outside (0, 1).</exception>
    public static TheilSenLine? Fit(IReadOnlyList<double> x, IReadOnlyList<double> y, double confidence = 0.95) => Stratified([(x, y)], confidence);

    /// <summary>
    /// Fits one slope to several spells: pairs are taken within a spell only. The intercept is that of all points and means
    /// something for one spell only. Null when no pair differs in x.
    /// </summary>
    /// <exception cref="ArgumentException">As many x as y are needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A confidence outside (0, 1).</exception>
    public static TheilSenLine? Stratified(IReadOnlyList<(IReadOnlyList<double> X, IReadOnlyList<double> Y)> spells, double confidence = 0.95)
    {
        Check.Confidence(confidence);
        List<double> slopes = [];
        spells = [.. spells.Select(Known)];
        foreach ((IReadOnlyList<double> x, IReadOnlyList<double> y) in spells)
        {
            for (int i = 0; i < x.Count; i++)
            {
                for (int j = i + 1; j < x.Count; j++)
                {
                    if (x[j] != x[i])
                    {
                        slopes.Add((y[j] - y[i]) / (x[j] - x[i]));
                    }
                }
            }
        }

        if (slopes.Count == 0)
        {
            return null;
        }

        slopes.Sort();
        double slope = Percentile.OfSorted(slopes, 0.5);
        double variance = spells.Sum(s => MannKendall.Variance(s.Y, s.X));
        List<double> offsets = [.. spells.SelectMany(s => s.X.Zip(s.Y, (a, b) => b - (slope * a)))];
        return new TheilSenLine(slope, Percentile.Of(offsets, 0.5), Bounds(slopes, variance, confidence), slopes.Count);
    }

    private static (IReadOnlyList<double> X, IReadOnlyList<double> Y) Known((IReadOnlyList<double> X, IReadOnlyList<double> Y) spell)
    {
        int[] known = Check.FinitePairs(spell.X, spell.Y);
        return known.Length == spell.X.Count ? spell : ([.. known.Select(i => spell.X[i])], [.. known.Select(i => spell.Y[i])]);
    }

    private static Interval Bounds(List<double> slopes, double variance, double confidence)
    {
        double half = Normal.InvCDF(0, 1, (1 + confidence) / 2) * Math.Sqrt(variance);

        // Gilbert's 1-based ranks (N-C)/2 and (N+C)/2+1 to the nearest rank, as SciPy's theilslopes takes them.
        int low = (int)Math.Round((slopes.Count - half) / 2) - 1;
        int high = (int)Math.Round((slopes.Count + half) / 2);
        return new Interval(
            low < 0 ? double.NegativeInfinity : slopes[low],
            high >= slopes.Count ? double.PositiveInfinity : slopes[high],
            confidence);
    }
}

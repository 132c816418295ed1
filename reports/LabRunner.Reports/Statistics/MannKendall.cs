using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>Result of a Mann-Kendall test.</summary>
/// <param name="S">Rising pairs minus falling pairs.</param>
/// <param name="Variance">Variance of S without a trend, ties corrected.</param>
/// <param name="Tau">S over the number of pairs, -1 to 1; 0 when there are no pairs.</param>
/// <param name="Z">Normal score with continuity correction; 0 when there is no variance.</param>
/// <param name="P">Two-sided probability of such a score without a trend; 1 when there is no variance.</param>
public readonly record struct MannKendallResult(double S, double Variance, double Tau, double Z, double P);

/// <summary>
/// Mann-Kendall trend test: S = sum sign(xj - xi), Var = [n(n-1)(2n+5) - sum t(t-1)(2t+5)]/18, Z = (S -+ 1)/sqrt(Var).
/// Source: Mann 1945, Kendall 1975; several spells by Hirsch and Slack's sum over strata. On autocorrelated heap samples it cries
/// wolf about half the time: feed block medians, and never judge by it alone (Machida and others, ISSREW 2013).
/// Fewer than 2 values, or all equal, answer "no trend": S 0, P 1. What is not finite is a gap and left out.
/// </summary>
public static class MannKendall
{
    /// <summary>Tests one series in time order.</summary>
    public static MannKendallResult Test(IReadOnlyList<double> values) => Stratified([values]);

    /// <summary>Tests several spells as one: pairs are taken within a spell only, so that a jump at a reboot is no trend.</summary>
    public static MannKendallResult Stratified(IReadOnlyList<IReadOnlyList<double>> spells)
    {
        double s = 0;
        double variance = 0;
        double pairs = 0;
        foreach (IReadOnlyList<double> values in spells.Select(Check.Finite))
        {
            double n = values.Count;
            s += Score(values);
            pairs += n * (n - 1) / 2;
            variance += Variance(values);
        }

        if (variance <= 0)
        {
            return new MannKendallResult(s, 0, pairs > 0 ? s / pairs : 0, 0, 1);
        }

        double z = (s - Math.Sign(s)) / Math.Sqrt(variance);
        return new MannKendallResult(s, variance, s / pairs, z, Math.Min(1, 2 * Normal.CDF(0, 1, -Math.Abs(z))));
    }

    /// <summary>Variance of S without a trend. Where both the values and the times repeat it is Kendall's (1975) for ties in two rankings.</summary>
    /// <param name="values">Finite values.</param>
    /// <param name="times">As many; null where no two are equal.</param>
    internal static double Variance(IReadOnlyList<double> values, IReadOnlyList<double>? times = null)
    {
        double n = values.Count;
        double[] y = Ties(values), x = times is null ? [] : Ties(times);
        double variance = (Term(n) - y.Sum(Term) - x.Sum(Term)) / 18;
        double pairs = y.Sum(t => t * (t - 1)) * x.Sum(t => t * (t - 1)), triples = y.Sum(t => t * (t - 1) * (t - 2)) * x.Sum(t => t * (t - 1) * (t - 2));
        return variance + (pairs > 0 ? pairs / (2 * n * (n - 1)) : 0) + (triples > 0 ? triples / (9 * n * (n - 1) * (n - 2)) : 0);
    }

    private static double[] Ties(IReadOnlyList<double> values) => [.. values.GroupBy(v => v).Select(g => (double)g.Count()).Where(t => t > 1)];

    private static double Term(double n) => n * (n - 1) * ((2 * n) + 5);

    private static double Score(IReadOnlyList<double> values)
    {
        double s = 0;
        for (int i = 0; i < values.Count; i++)
        {
            for (int j = i + 1; j < values.Count; j++)
            {
                s += Math.Sign(values[j] - values[i]);
            }
        }

        return s;
    }
}

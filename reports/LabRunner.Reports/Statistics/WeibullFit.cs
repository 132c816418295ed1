namespace LabRunner.Reports.Statistics;

/// <summary>
/// Weibull distribution fitted to spells by maximum likelihood, censored ones included. The shape says what kind of failure it is: below 1
/// early or self-healing, about 1 random, above 1 ageing (a leak, a counter), far above 1 a timer. Source: NIST/SEMATECH e-Handbook 8.4.1.
/// </summary>
/// <param name="Shape">β, above 0.</param>
/// <param name="Scale">η, the time by which 63.2 % have failed, in the unit of the spells.</param>
/// <param name="LogLikelihood">ln L at the fit; comparable between fits of the same spells only.</param>
public readonly record struct WeibullFit(double Shape, double Scale, double LogLikelihood)
{
    private const double LeastShape = 1e-4;
    private const double MostShape = 1e6;

    /// <summary>
    /// Solves sum t^β ln t / sum t^β - 1/β = mean ln t(failed) for β (the left side rises with β, so bisection finds the one root), then
    /// η = (sum t^β / r)^(1/β). Null when the likelihood has no maximum: fewer than two different times in all, no failure, every failure
    /// at the longest time, or a failure at time 0. Null also where β would lie outside of 1e-4 to 1e6: times so alike, or so far apart, are no
    /// Weibull sample.
    /// </summary>
    /// <param name="spells">In any order.</param>
    /// <exception cref="ArgumentException">A duration is negative.</exception>
    public static WeibullFit? Of(IReadOnlyList<Spell> spells)
    {
        spells = Spell.Known(spells);
        List<double> failed = [.. spells.Where(s => s.Failed).Select(s => s.Duration)];
        double longest = spells.Count == 0 ? 0 : spells.Max(s => s.Duration);
        if (failed.Count == 0 || failed.Min() <= 0 || failed.All(t => t == longest))
        {
            return null;
        }

        // Times as shares of the longest: powers of them never overflow. A spell cut off at 0 tells nothing.
        List<double> shares = [.. spells.Where(s => s.Duration > 0).Select(s => s.Duration / longest)];
        double wanted = failed.Average(t => Math.Log(t / longest));
        double low = Math.Log(LeastShape);
        double high = Math.Log(MostShape);
        if (!(Excess(shares, LeastShape, wanted) < 0 && Excess(shares, MostShape, wanted) > 0))
        {
            return null;
        }

        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Excess(shares, Math.Exp(middle), wanted) < 0 ? (middle, high) : (low, middle);
        }

        double shape = Math.Exp((low + high) / 2);
        double scale = longest * Math.Pow(shares.Sum(x => Math.Pow(x, shape)) / failed.Count, 1 / shape);
        double likelihood = failed.Sum(t => Math.Log(shape / scale) + ((shape - 1) * Math.Log(t / scale))) - failed.Count;
        return new WeibullFit(shape, scale, likelihood);
    }

    private static double Excess(List<double> shares, double shape, double wanted)
    {
        double sum = 0;
        double weighted = 0;
        foreach (double x in shares)
        {
            double power = Math.Pow(x, shape);
            sum += power;
            weighted += power * Math.Log(x);
        }

        return (weighted / sum) - (1 / shape) - wanted;
    }
}

using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Statistics;

/// <summary>One step of a survival curve, at a time with failures.</summary>
/// <param name="At">Time since boot.</param>
/// <param name="AtRisk">Spells that lasted at least so long.</param>
/// <param name="Failures">Failures at this time.</param>
/// <param name="Survival">Share that lasts longer, 0 to 1.</param>
/// <param name="StandardError">Greenwood's, of the survival; 0 when the survival is 0.</param>
/// <param name="Bounds">Log-log interval; [0, 1] where the survival is 0, for which there is none.</param>
public readonly record struct SurvivalStep(double At, int AtRisk, int Failures, double Survival, double StandardError, Interval Bounds);

/// <summary>
/// Survival from spells of which some were cut short: S = product (1 - d/n) over the failure times, Var = S² sum d/(n(n-d)) (Greenwood),
/// interval S^exp(±z se/|ln S|) on the log-log scale, which stays in [0, 1] and holds for few spells. A spell censored at a failure time
/// counts as at risk there. Source: Kaplan and Meier 1958; Kalbfleisch and Prentice 2002; the figures of R's survfit(conf.type="log-log").
/// </summary>
/// <param name="Steps">In order of time; none when nothing failed.</param>
public sealed record KaplanMeier(IReadOnlyList<SurvivalStep> Steps)
{
    /// <summary>First time with a survival of at most one half; null when more than half outlast the data.</summary>
    public double? Median => Steps.Where(s => s.Survival <= 0.5 + 1e-12).Select(s => (double?)s.At).FirstOrDefault();

    /// <summary>The curve of the spells; no spells, or none that failed, give no steps.</summary>
    /// <param name="spells">In any order.</param>
    /// <param name="confidence">Two-sided confidence of the bounds, in (0, 1).</param>
    /// <exception cref="ArgumentException">A duration is negative.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A confidence outside (0, 1).</exception>
    public static KaplanMeier Of(IReadOnlyList<Spell> spells, double confidence = 0.95)
    {
        spells = Spell.Known(spells);
        Check.Confidence(confidence);
        double z = Normal.InvCDF(0, 1, (1 + confidence) / 2);
        double survival = 1;
        double sum = 0;
        List<SurvivalStep> steps = [];
        foreach (IGrouping<double, Spell> moment in spells.Where(s => s.Failed).GroupBy(s => s.Duration).OrderBy(g => g.Key))
        {
            int n = spells.Count(s => s.Duration >= moment.Key);
            int d = moment.Count();
            if (d == n)
            {
                steps.Add(new SurvivalStep(moment.Key, n, d, 0, 0, new Interval(0, 1, confidence)));
                break;
            }

            survival *= 1 - ((double)d / n);
            sum += d / ((double)n * (n - d));
            double half = z * Math.Sqrt(sum) / Math.Abs(Math.Log(survival));
            steps.Add(new SurvivalStep(
                moment.Key, n, d, survival, survival * Math.Sqrt(sum),
                new Interval(Math.Pow(survival, Math.Exp(half)), Math.Pow(survival, Math.Exp(-half)), confidence)));
        }

        return new KaplanMeier(steps);
    }
}

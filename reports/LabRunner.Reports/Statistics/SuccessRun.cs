namespace LabRunner.Reports.Statistics;

/// <summary>
/// What a row of successes without a failure proves (success-run theorem): the bound of Clopper and Pearson for n of n. Source: Clopper and
/// Pearson 1934. Stateless, thread safe.
/// </summary>
public static class SuccessRun
{
    /// <summary>Trials without a failure that show <paramref name="reliability"/>: n = ln(1-c)/ln(R), rounded up.</summary>
    /// <param name="reliability">Share of good trials to show, in (0, 1).</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside (0, 1).</exception>
    public static long Trials(double reliability, double confidence)
    {
        Check.Confidence(confidence);
        if (!(reliability > 0 && reliability < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(reliability), reliability, "A reliability lies between 0 and 1, both excluded.");
        }

        // The small step back keeps an exact quotient (0.9 at 0.9 is one trial) from being rounded up by its last bit.
        return Math.Max(1, (long)Math.Ceiling((Math.Log(1 - confidence) / Math.Log(reliability)) - 1e-9));
    }

    /// <summary>Lower bound of the reliability after <paramref name="trials"/> successes and no failure: (1-c)^(1/n); 0 for no trials.</summary>
    /// <param name="trials">Trials, 0 or more.</param>
    /// <param name="confidence">One-sided confidence in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">Trials below 0, a confidence outside (0, 1).</exception>
    public static double Lower(int trials, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        Check.Confidence(confidence);
        return trials == 0 ? 0 : Math.Pow(1 - confidence, 1.0 / trials);
    }
}

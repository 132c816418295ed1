namespace LabRunner.Reports.Statistics;

/// <summary>
/// Two rates held against each other, for example the incidents of two firmware versions. Given r1 + r2 events, r1 is
/// Binomial(r1 + r2, T1/(T1 + T2)) when the rates are equal. Source: Przyborowski and Wilenski 1940; the same figures as R's poisson.test.
/// </summary>
/// <param name="Ratio">First rate over second, (r1/T1)/(r2/T2); infinite when only the first has events, null when neither has.</param>
/// <param name="RatioBounds">Exact interval: Clopper-Pearson's bounds p of r1/(r1 + r2), each turned into p/(1-p) * T2/T1.</param>
/// <param name="P">Two-sided probability of such a split under equal rates, 0 to 1.</param>
/// <param name="PGreater">One-sided probability of so many events in the first.</param>
/// <param name="PGreaterMid">As <paramref name="PGreater"/> by mid-p, less cautious.</param>
public readonly record struct RateComparison(double? Ratio, Interval RatioBounds, double P, double PGreater, double PGreaterMid)
{
    /// <summary>
    /// Compares count over exposure. A wide interval around 1 means "not enough hours to tell", never "no difference". Without events or
    /// without exposure on a side nothing is told: bounds [0, infinity), probabilities 1.
    /// </summary>
    /// <param name="count1">Events of the first, 0 or more.</param>
    /// <param name="exposure1">Hours of the first (any unit, the same for both), 0 or more.</param>
    /// <param name="count2">Events of the second, 0 or more.</param>
    /// <param name="exposure2">Hours of the second, 0 or more.</param>
    /// <param name="confidence">Two-sided confidence of the bounds, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A count or exposure below 0, counts that add up to 2^31 - 1 or more, a confidence outside (0, 1).</exception>
    public static RateComparison Of(int count1, double exposure1, int count2, double exposure2, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count1);
        ArgumentOutOfRangeException.ThrowIfNegative(count2);
        Check.Exposure(exposure1);
        Check.Exposure(exposure2);
        Check.Confidence(confidence);
        int n = Check.Sum(count1, count2);
        if (n == 0 || exposure1 == 0 || exposure2 == 0)
        {
            return new RateComparison(null, new Interval(0, double.PositiveInfinity, confidence), 1, 1, 1);
        }

        double share = exposure1 / (exposure1 + exposure2);
        double tail = (1 - confidence) / 2;

        // Of the two shares the smaller one has the digits.
        (double low, double highOfOther) = (Proportion.Low(count1, n, tail), Proportion.Low(count2, n, tail));
        double Ratio(double p, double other) => other <= 0 ? double.PositiveInfinity : p / other * (exposure2 / exposure1);
        return new RateComparison(
            Ratio(count1, count2),
            new Interval(Ratio(low, 1 - low), Ratio(1 - highOfOther, highOfOther), confidence),
            BinomialTest.TwoSided(count1, n, share),
            BinomialTest.Greater(count1, n, share),
            BinomialTest.GreaterMidP(count1, n, share));
    }
}

using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Empty, equal and impossible inputs have an answer or a clear refusal.</summary>
public sealed class DegenerateTests
{
    [Test]
    public void Bounds_NothingObserved_SayNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MtbfBounds.TwoSided(0, 0, 0.9), Is.EqualTo(new Interval(0, double.PositiveInfinity, 0.9)));
            Assert.That(MtbfBounds.TwoSided(0, 2, 0.9), Is.EqualTo(new Interval(0, double.PositiveInfinity, 0.9)));
            Assert.That(Poisson.Garwood(0, 0, 0.9), Is.EqualTo(new Interval(0, double.PositiveInfinity, 0.9)));
            Assert.That(Proportion.ClopperPearson(0, 0, 0.9), Is.EqualTo(new Interval(0, 1, 0.9)));
            Assert.That(Proportion.Wilson(0, 0, 0.9), Is.EqualTo(new Interval(0, 1, 0.9)));
            Assert.That(SuccessRun.Lower(0, 0.9), Is.Zero);
        }
    }

    [Test]
    public void Percentile_OfNothing_IsNone()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Percentile.Of([], 0.5), Is.NaN);
            Assert.That(Percentile.OfSorted([], 1), Is.NaN);
        }
    }

    /// <summary>ln 0.05 / ln (1 - 1e-12) = 2.9957e12 trials: more than an int holds.</summary>
    [Test]
    public void SuccessRun_NearlyCertain_CountsOn() => Assert.That(SuccessRun.Trials(1 - 1e-12, 0.95), Is.EqualTo(2.9957e12).Within(0.001e12));

    /// <summary>At the end of the searched range there is no maximum, only the end.</summary>
    [Test]
    public void Weibull_TimesAllButEqual_HaveNoFit() => Assert.That(WeibullFit.Of([new(1, true), new(1 + 1e-9, true), new(1 + 2e-9, true)]), Is.Null);

    [Test]
    public void Trend_TooFewOrEqualValues_IsNone()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MannKendall.Test([]), Is.EqualTo(new MannKendallResult(0, 0, 0, 0, 1)));
            Assert.That(MannKendall.Test([5, 5, 5, 5]), Is.EqualTo(new MannKendallResult(0, 0, 0, 0, 1)));
            Assert.That(TheilSen.Fit([1, 1], [3, 4]), Is.Null);
            Assert.That(LeastSquaresLine.Fit([2, 2, 2], [1, 2, 3]), Is.Null);
            Assert.That(LeastSquaresLine.Fit([1, 2], [7, 7])?.RSquared, Is.EqualTo(1));
        }
    }

    [Test]
    public void Stratified_JumpAtReboot_IsNoTrend()
    {
        double[] high = [100, 100, 100, 100, 100];
        double[] low = [50, 50, 50, 50, 50];
        double[] hours = [0, 1, 2, 3, 4];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MannKendall.Stratified([high, low]).S, Is.Zero);
            Assert.That(MannKendall.Test([.. high, .. low]).P, Is.LessThan(0.05), "taken as one series the same values do show a trend");
            Assert.That(TheilSen.Stratified([(hours, high), (hours, low)])?.Slope, Is.Zero);
        }
    }

    /// <summary>A gap in what was measured changes no figure: each answers as it does without it.</summary>
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity)]
    public void Series_ValueThatIsNone_IsAGap(double none)
    {
        double[] x = [0, 1, 2, 3, 4, 5, 6, 7];
        double[] y = [9, 8, 8, 6, 2, 1, 1, 0];
        double[] gapX = [0, 1, 2, 3, none, 4, 5, 6, 7, 8];
        double[] gapY = [9, 8, 8, 6, 5, 2, 1, 1, 0, none];
        double[] alone = [9, 8, 8, 6, none, 2, 1, 1, 0, none];
        Spell[] spells = [new(5, true), new(7, false), new(9, true)];
        Spell[] gapSpells = [.. spells, new(none, true)];
        ConfiguredInterval[] intervals = [new("a", 60)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MannKendall.Test(alone), Is.EqualTo(MannKendall.Test(y)));
            Assert.That(TheilSen.Fit(gapX, gapY), Is.EqualTo(TheilSen.Fit(x, y)));
            Assert.That(LeastSquaresLine.Fit(gapX, gapY), Is.EqualTo(LeastSquaresLine.Fit(x, y)));
            Assert.That(WeightedLine.Fit(gapX, gapY, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), Is.EqualTo(WeightedLine.Fit(x, y, [1, 1, 1, 1, 1, 1, 1, 1])));
            Assert.That(EDivisive.Split(alone, 2)?.Index, Is.EqualTo(EDivisive.Split(y, 2)?.Index + 1), "the index is that of all values");
            Assert.That(EDivisive.Find([1, none, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9]).Single().Index, Is.EqualTo(7));
            Assert.That(Cusum.Of([0.75, none, 0.75], 1.2).Sums, Is.EqualTo(new[] { 0.75, 0.75, 1.5 }));
            Assert.That(Rayleigh.Test([1, 2, none], 24), Is.EqualTo(Rayleigh.Test([1, 2], 24)));
            Assert.That(KaplanMeier.Of(gapSpells).Steps, Is.EqualTo(KaplanMeier.Of(spells).Steps));
            Assert.That(LogRank.Compare(gapSpells, spells), Is.EqualTo(LogRank.Compare(spells, spells)));
            Assert.That(WeibullFit.Of(gapSpells), Is.EqualTo(WeibullFit.Of(spells)));
            Assert.That(Percentile.Of([none, 1, 2], 0.5), Is.EqualTo(1.5));
            Assert.That(Percentile.OfSorted(double.IsPositive(none) ? [1, 2, 4, none] : [none, 1, 2, 4], 0.5), Is.EqualTo(2));
            Assert.That(Percentile.Of([none, none], 0.5), Is.NaN);
            Assert.That(StableHours.Of([(12, [none, 1.5])]), Is.EqualTo(StableHours.Of([(12, [1.5])])));
            Assert.That(Holm.Adjust([0.01, none, 0.04]), Is.EqualTo(new[] { 0.02, double.NaN, 0.04 }));
            Assert.That(Regularity.Of([5, none, 6]), Is.EqualTo(Regularity.Of([5, 6])));
            Assert.That(IntervalTie.Find([59, none, 61], intervals), Is.EqualTo(IntervalTie.Find([59, 61], intervals)));
            Assert.That(FailureTrend.Of([1, none, 2], 10), Is.EqualTo(FailureTrend.Of([1, 2], 10)));
            Assert.That(PeriodicTie.Find([new(30, 29, 29), new(60, 59, 59), new(none, 1, 1), new(90, none, none)]), Is.EqualTo(PeriodicTie.Find([new(30, 29, 29), new(60, 59, 59)])));
        }
    }

    [Test]
    public void Arguments_Impossible_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => MtbfBounds.Lower(-1, 0, 0.9), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => MtbfBounds.Lower(double.NaN, 0, 0.9), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Poisson.Garwood(-1, 1, 0.9), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Proportion.Wilson(3, 2, 0.9), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Proportion.Wilson(1, 2, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SprtExponential(56, 168, 0.1, 0.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new SprtExponential(168, 56, 0.6, 0.1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => TheilSen.Fit([1, 2], [1]), Throws.ArgumentException);
            Assert.That(() => RateComparison.Of(int.MaxValue - 1, 1, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => FisherExact.TwoSided(1_500_000_000, 0, 1_500_000_000, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Percentile.Of([1], 1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}

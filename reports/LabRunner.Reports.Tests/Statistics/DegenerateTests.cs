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
            Assert.That(() => MannKendall.Test([1, double.NaN]), Throws.ArgumentException);
            Assert.That(() => TheilSen.Fit([1, 2], [1]), Throws.ArgumentException);
            Assert.That(() => Percentile.Of([], 0.5), Throws.ArgumentException);
            Assert.That(() => Percentile.Of([1], 1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }
}

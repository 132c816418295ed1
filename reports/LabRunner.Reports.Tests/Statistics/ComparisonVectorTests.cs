using LabRunner.Reports.Statistics;
using MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Comparisons of rates, proportions and outcomes against the figures of R and published examples.</summary>
[Category("vectors")]
public sealed class ComparisonVectorTests
{
    [TestCase(0.95, 6, 12.591587243743977)]
    [TestCase(0.05, 4, 0.7107230213973241)]
    public void ChiSquareQuantile_OfTheDistributionsPackage_V07(double share, int freedom, double expected) =>
        Assert.That(ChiSquared.InvCDF(freedom, share), Is.EqualTo(expected).Within(1e-10));

    [Test]
    public void RateComparison_ExampleOfR_V13()
    {
        RateComparison rates = RateComparison.Of(11, 800, 21, 3011);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rates.P, Is.EqualTo(0.07966863).Within(5e-9));
            Assert.That(rates.Ratio, Is.EqualTo(1.971488095).Within(5e-10));
            Assert.That(rates.RatioBounds.Lower, Is.EqualTo(0.8584264034).Within(5e-11));
            Assert.That(rates.RatioBounds.Upper, Is.EqualTo(4.2772659437).Within(5e-11));
        }
    }

    [Test]
    public void RateComparison_SevenAgainstOne_V14()
    {
        RateComparison rates = RateComparison.Of(7, 480, 1, 480);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rates.P, Is.EqualTo(0.0703125).Within(1e-12));
            Assert.That(rates.PGreater, Is.EqualTo(0.03515625).Within(1e-12));
            Assert.That(rates.PGreaterMid, Is.EqualTo(0.01953125).Within(1e-12));
            Assert.That(rates.Ratio, Is.EqualTo(7).Within(1e-12));
            Assert.That(rates.RatioBounds.Lower, Is.EqualTo(0.8993003459).Within(5e-11));
            Assert.That(rates.RatioBounds.Upper, Is.EqualTo(315.4833853688).Within(5e-11));
        }
    }

    [Test]
    public void RateHomogeneity_OneUnitIsTheProblem_V17()
    {
        RateHomogeneity units = RateHomogeneity.Test([0, 1, 0, 7], [96, 96, 96, 96]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(units.ChiSquare, Is.EqualTo(17).Within(1e-9));
            Assert.That(units.DegreesOfFreedom, Is.EqualTo(3));
            Assert.That(units.P, Is.EqualTo(0.0007067423923).Within(5e-13));
            Assert.That(units.Dispersion, Is.EqualTo(17 / 3.0).Within(1e-9));
        }
    }

    [TestCase(48, 2, 50, 0, 0.4949494949)]
    [TestCase(42, 8, 50, 0, 0.00577016202)]
    public void FisherExact_TwoFirmwares_V25(int good1, int bad1, int good2, int bad2, double expected) =>
        Assert.That(FisherExact.TwoSided(good1, bad1, good2, bad2), Is.EqualTo(expected).Within(5e-11));

    [Test]
    public void BinomialTest_Conover_V26()
    {
        Interval bounds = Proportion.ClopperPearson(682, 925, 0.95);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BinomialTest.TwoSided(682, 925, 0.75), Is.EqualTo(0.3824916).Within(5e-8));
            Assert.That(bounds.Lower, Is.EqualTo(0.7076682641).Within(5e-10));
            Assert.That(bounds.Upper, Is.EqualTo(0.7654065582).Within(5e-10));
        }
    }

    [Test]
    public void Flakiness_TenRuns_V41()
    {
        bool[] passed = [.. "PPFPFFPPPP".Select(c => c == 'P')];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Flakiness.FlipRate(passed), Is.EqualTo(0.4444444444).Within(5e-11));
            Assert.That(Flakiness.EntropyBits(passed), Is.EqualTo(0.8812908992).Within(5e-11));
        }
    }

    [Test]
    public void Holm_FourTests_StepDown() =>
        Assert.That(Holm.Adjust([0.01, 0.04, 0.03, 0.005]), Is.EqualTo(new[] { 0.03, 0.06, 0.06, 0.02 }).Within(1e-12), "R: p.adjust(c(.01,.04,.03,.005), \"holm\")");
}

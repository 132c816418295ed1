using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Published or independently computed figures (NIST e-Handbook, R, SciPy), to their digits.</summary>
[Category("vectors")]
public sealed class VectorTests
{
    [Test]
    public void TwoSided_NistExample_V01()
    {
        Interval bounds = MtbfBounds.TwoSided(800, 2, 0.9);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bounds.Lower, Is.EqualTo(127.0689683).Within(5e-8));
            Assert.That(bounds.Upper, Is.EqualTo(2251.228611).Within(5e-7));
        }
    }

    [TestCase(0.60, 873.0853343)]
    [TestCase(0.90, 347.4355855)]
    [TestCase(0.95, 267.0465606)]
    public void Lower_NoFailures_V02(double confidence, double expected)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MtbfBounds.Lower(800, 0, confidence), Is.EqualTo(expected).Within(5e-8));
            Assert.That(MtbfBounds.TwoSided(800, 0, confidence), Is.EqualTo(new Interval(MtbfBounds.Lower(800, 0, confidence), double.PositiveInfinity, confidence)));
        }
    }

    [TestCase(0, 100, 0, 0.03688879454, TestName = "Garwood_NoEvents_V04")]
    [TestCase(10, 1, 4.795388696, 18.39035604, TestName = "Garwood_TenEvents_V05")]
    public void Garwood(int count, double exposure, double lower, double upper)
    {
        Interval bounds = Poisson.Garwood(count, exposure, 0.95);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bounds.Lower, Is.EqualTo(lower).Within(5e-10));
            Assert.That(bounds.Upper, Is.EqualTo(upper).Within(exposure > 1 ? 5e-12 : 5e-9));
        }
    }

    [TestCase(0, 643.775165)]
    [TestCase(1, 1197.723339)]
    [TestCase(2, 1711.611944)]
    public void Needed_FourHundredHoursAtEightyPercent_V08(int failures, double expected) =>
        Assert.That(DemonstrationHours.Needed(400, failures, 0.8), Is.EqualTo(expected).Within(5e-7));

    [Test]
    public void Sprt_RatioTwo_V09()
    {
        SprtExponential test = new(2, 1, 0.1, 0.1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Accepts(test), Is.EqualTo(new[] { 4.394449, 5.780744, 7.167038, 8.553332 }).Within(5e-7));
            Assert.That(Enumerable.Range(0, 10).First(r => test.RejectAt(r) is not null), Is.EqualTo(4));
            Assert.That(Rejects(test, 4, 3), Is.EqualTo(new[] { 1.151, 2.537, 3.923 }).Within(5e-4));
        }
    }

    [Test]
    public void Sprt_RatioThree_V10()
    {
        SprtExponential test = new(3, 1, 0.1, 0.1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Accepts(test), Is.EqualTo(new[] { 3.296, 4.944, 6.592, 8.240 }).Within(1e-3));
            Assert.That(test.RejectAt(2), Is.EqualTo(0).Within(1e-9), "at two incidents the line passes through the origin");
            Assert.That(Rejects(test, 3, 2), Is.EqualTo(new[] { 1.648, 3.296 }).Within(1e-3));
        }
    }

    [Test]
    public void Sprt_BenchPlan_V12()
    {
        SprtExponential test = new(168, 56, 0.1, 0.1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Accepts(test), Is.EqualTo(new[] { 184.57, 276.85, 369.13, 461.42 }).Within(0.01));
            Assert.That(Rejects(test, 3, 4), Is.EqualTo(new[] { 92.28, 184.57, 276.85, 369.13 }).Within(0.01));
            Assert.That(test.Decide(96, 0), Is.EqualTo(SprtState.Continue));
            Assert.That(test.Decide(192, 0), Is.EqualTo(SprtState.Accept));
            Assert.That(test.Decide(90, 3), Is.EqualTo(SprtState.Reject));
            Assert.That(test.HoursToAccept(96, 0), Is.EqualTo(88.57).Within(0.01));
        }
    }

    [TestCase(50, 50, 0.9288782635358, 1, 0.9286524008667, 1, TestName = "Proportion_V18")]
    [TestCase(49, 50, 0.8935304542885, 0.999493772017, 0.8950455641036, 0.9964607407284, TestName = "Proportion_V19")]
    [TestCase(100, 100, 0.9637833073548, 1, 0.963006501793, 1, TestName = "Proportion_V21")]
    [TestCase(4, 20, 0.05733399705, 0.4366140029967, 0.0806576625798, 0.4160174322519, TestName = "Proportion_V22")]
    [TestCase(0, 20, 0, 0.1684334709831, 0, 0.1611251580528, TestName = "Proportion_V23")]
    public void Proportions(int good, int trials, double cpLower, double cpUpper, double wilsonLower, double wilsonUpper)
    {
        Interval exact = Proportion.ClopperPearson(good, trials, 0.95);
        Interval wilson = Proportion.Wilson(good, trials, 0.95);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exact.Lower, Is.EqualTo(cpLower).Within(5e-12));
            Assert.That(exact.Upper, Is.EqualTo(cpUpper).Within(5e-12));
            Assert.That(wilson.Lower, Is.EqualTo(wilsonLower).Within(5e-12));
            Assert.That(wilson.Upper, Is.EqualTo(wilsonUpper).Within(5e-12));
        }
    }

    [TestCase(0.95, 0.9418449209)]
    [TestCase(0.90, 0.9549925860)]
    public void LowerOneSided_FiftyOfFifty_IsSuccessRun(double confidence, double expected)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Proportion.LowerOneSided(50, 50, confidence), Is.EqualTo(expected).Within(5e-11));
            Assert.That(SuccessRun.Lower(50, confidence), Is.EqualTo(expected).Within(5e-11));
        }
    }

    [TestCase(0.95, 0.9, 45)]
    [TestCase(0.99, 0.9, 230)]
    [TestCase(0.99, 0.95, 299)]
    [TestCase(0.999, 0.9, 2302)]
    public void Trials_Reliability_IsSuccessRunSize(double reliability, double confidence, int expected) =>
        Assert.That(SuccessRun.Trials(reliability, confidence), Is.EqualTo(expected));

    [Test]
    public void MannKendallAndTheilSen_HeapSamples_V33()
    {
        double[] heap = [103456, 103392, 103328, 103344, 103200, 103136, 103152, 103008, 102944, 102880, 102896, 102752];
        MannKendallResult trend = MannKendall.Test(heap);
        TheilSenLine? line = TheilSen.Fit([.. Enumerable.Range(0, 12).Select(i => (double)i)], heap);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.S, Is.EqualTo(-60));
            Assert.That(trend.Variance, Is.EqualTo(212.6666667).Within(5e-8));
            Assert.That(trend.Tau, Is.EqualTo(-0.9090909091).Within(5e-11));
            Assert.That(trend.Z, Is.EqualTo(-4.04578034).Within(5e-9));
            Assert.That(trend.P, Is.EqualTo(5.214911582e-05).Within(5e-14));
            Assert.That(line?.Slope, Is.EqualTo(-64));
        }
    }

    [Test]
    public void LeastSquares_FreezeAgainstInterval_V42()
    {
        LeastSquaresLine? line = LeastSquaresLine.Fit([30, 60, 70, 120], [29, 59, 69, 119]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(line?.Slope, Is.EqualTo(1).Within(1e-12));
            Assert.That(line?.Intercept, Is.EqualTo(-1).Within(1e-9));
        }
    }

    private static double[] Accepts(SprtExponential test) => [.. Enumerable.Range(0, 4).Select(test.AcceptAt)];

    private static double[] Rejects(SprtExponential test, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(r => test.RejectAt(r) ?? double.NaN)];
}

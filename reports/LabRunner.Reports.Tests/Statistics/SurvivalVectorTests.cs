using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Times to failure and trends against the figures of R, SciPy and the NIST e-Handbook.</summary>
[Category("vectors")]
public sealed class SurvivalVectorTests
{
    private static readonly Spell[] Maintained = Spells([9, 13, 18, 23, 31, 34, 48], [13, 28, 45, 161]);
    private static readonly Spell[] NotMaintained = Spells([5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45], [16]);

    [Test]
    public void KaplanMeier_MaintainedArm_V27()
    {
        KaplanMeier curve = KaplanMeier.Of(Maintained);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(curve.Steps.Select(s => s.At), Is.EqualTo(new double[] { 9, 13, 18, 23, 31, 34, 48 }));
            Assert.That(curve.Steps.Select(s => s.Survival), Is.EqualTo(new[] { 0.909091, 0.818182, 0.715909, 0.613636, 0.490909, 0.368182, 0.184091 }).Within(1e-6));
            Assert.That(curve.Steps.Select(s => s.StandardError), Is.EqualTo(new[] { 0.0866784, 0.1162913, 0.139665, 0.1526323, 0.1641933, 0.1626689, 0.1534927 }).Within(1e-6));
            Assert.That(curve.Steps[0].Bounds.Lower, Is.EqualTo(0.5080802).Within(1e-6));
            Assert.That(curve.Steps[0].Bounds.Upper, Is.EqualTo(0.986674).Within(1e-6));
            Assert.That(curve.Steps[4].Bounds.Lower, Is.EqualTo(0.1673309).Within(1e-6));
            Assert.That(curve.Steps[4].Bounds.Upper, Is.EqualTo(0.753400).Within(1e-6));
            Assert.That(curve.Median, Is.EqualTo(31));
            Assert.That(KaplanMeier.Of(NotMaintained).Median, Is.EqualTo(23));
        }
    }

    [Test]
    public void LogRank_TwoArms_V28()
    {
        LogRank test = LogRank.Compare(Maintained, NotMaintained);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.Expected1, Is.EqualTo(10.68934).Within(5e-6));
            Assert.That(test.Expected2, Is.EqualTo(7.31066).Within(5e-6));
            Assert.That(test.ChiSquare, Is.EqualTo(3.39639).Within(5e-6));
            Assert.That(test.P, Is.EqualTo(0.06534).Within(5e-6));
        }
    }

    [Test]
    public void WeibullFit_NistExample_V30()
    {
        WeibullFit fit = WeibullFit.Of(Spells([54, 187, 216, 240, 244, 335, 361, 373, 375, 386], [.. Enumerable.Repeat(500.0, 10)]))!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Shape, Is.EqualTo(1.720797).Within(1e-6));
            Assert.That(fit.Scale, Is.EqualTo(606.527558).Within(1e-5));
            Assert.That(fit.LogLikelihood, Is.EqualTo(-75.134618).Within(1e-6));
        }
    }

    [Test]
    public void MannKendallAndTheilSen_FlowOfTheNile_V34()
    {
        double[] flow =
        [
            1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260,
            1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821,
            768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801,
            1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
        ];
        MannKendallResult trend = MannKendall.Test(flow);
        TheilSenLine line = TheilSen.Fit([.. Enumerable.Range(1871, 100).Select(y => (double)y)], flow)!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.S, Is.EqualTo(-1387));
            Assert.That(trend.Variance, Is.EqualTo(112728.3333).Within(5e-5));
            Assert.That(trend.Z, Is.EqualTo(-4.128066523).Within(5e-10));
            Assert.That(trend.P, Is.EqualTo(3.658262922e-05).Within(5e-14));
            Assert.That(line.Slope, Is.EqualTo(-2.6).Within(1e-12));
            Assert.That(line.SlopeBounds.Lower, Is.EqualTo(-3.627906976744186).Within(1e-12));
            Assert.That(line.SlopeBounds.Upper, Is.EqualTo(-1.4285714285714286).Within(1e-12));
        }
    }

    [Test]
    public void TheilSen_DailyWave_IsFooledUntilLagsOfADayAreTaken_V35()
    {
        double[] hours = [.. Enumerable.Range(0, 48).Select(t => (double)t)];
        double[] heap = [.. hours.Select(t => 100000 - (16 * t) + (3000 * Math.Sin(2 * Math.PI * t / 24)))];
        (IReadOnlyList<double> X, IReadOnlyList<double> Y)[] sameHours = [.. Enumerable.Range(0, 24).Select(t => ((IReadOnlyList<double>)[hours[t], hours[t + 24]], (IReadOnlyList<double>)[heap[t], heap[t + 24]]))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TheilSen.Fit(hours, heap)?.Slope, Is.EqualTo(-81.85857906516354).Within(1e-9));
            Assert.That(TheilSen.Stratified(sameHours)?.Slope, Is.EqualTo(-16).Within(1e-9));
        }
    }

    [Test]
    public void Cusum_NistExample_V37()
    {
        double[] values =
        [
            324.925, 324.675, 324.725, 324.35, 325.35, 325.225, 324.125, 324.525, 325.225, 324.6,
            324.625, 325.15, 328.325, 327.25, 327.825, 328.5, 326.675, 327.775, 326.875, 328.35,
        ];
        Cusum chart = Cusum.Of([.. values.Select(v => v - 325 - 0.3175)], 4.1959);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(chart.FirstSignal, Is.EqualTo(13), "the 14th value");
            Assert.That(chart.Onset, Is.EqualTo(12), "3.0075 is the 13th value's alone");
            Assert.That(chart.Sums.Skip(12), Is.EqualTo(new[] { 3.0075, 4.94, 7.4475, 10.63, 11.9875, 14.445, 16.0025, 19.035 }).Within(1e-9));
        }
    }

    [Test]
    public void Cusum_CountsOfTenNights_V38()
    {
        Cusum chart = Cusum.Poisson([0, 1, 0, 0, 1, 0, 2, 3, 2, 3], 0.5, 2, 5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Cusum.PoissonSlack(0.5, 2), Is.EqualTo(1.0820212806667227).Within(1e-14));
            Assert.That(chart.Sums, Is.EqualTo(new[] { 0, 0, 0, 0, 0, 0, 0.918, 2.836, 3.7539, 5.6719 }).Within(1e-4));
            Assert.That(chart.FirstSignal, Is.EqualTo(9), "night 10");
            Assert.That(chart.Onset, Is.EqualTo(6), "night 7");
        }
    }

    [TestCase(new[] { 3.0, 3.02, 2.98, 3.01, 3.0, 3.03, 2.99 }, 0.9999913278, 6.675244942e-05)]
    [TestCase(new[] { 1.0, 5, 9, 13, 17, 21 }, 0, 1)]
    public void Rayleigh_HoursOfTheDay_V43(double[] hours, double length, double p)
    {
        Rayleigh test = Rayleigh.Test(hours, 24);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.MeanLength, Is.EqualTo(length).Within(5e-11));
            Assert.That(test.P, Is.EqualTo(p).Within(p * 1e-9));
            Assert.That(test.MeanPhase, length == 0 ? Is.Null : Is.EqualTo(21.03 / 7).Within(1e-4));
        }
    }

    [Test]
    public void FailureTrend_ThreeLateFailures_IsWorseByHand()
    {
        FailureTrend trend = FailureTrend.Of([80, 90, 100], 100);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.LaplaceU, Is.EqualTo(2.4).Within(1e-12), "(90 - 50)/(100 sqrt(1/36))");
            Assert.That(trend.LaplaceP, Is.EqualTo(0.0163950718).Within(1e-9), "2 Φ(-2.4)");
            Assert.That(trend.Beta, Is.EqualTo(3 / -(Math.Log(0.8) + Math.Log(0.9))).Within(1e-12));
            Assert.That(trend.UnbiasedBeta, Is.EqualTo(trend.Beta * 2 / 3).Within(1e-12));
            Assert.That(trend.PowerLawP, Is.LessThan(0.02));
        }
    }

    private static Spell[] Spells(double[] failed, double[] censored) => [.. failed.Select(t => new Spell(t, true)), .. censored.Select(t => new Spell(t, false))];
}

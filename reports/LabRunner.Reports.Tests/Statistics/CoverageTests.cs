using CsCheck;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Statistics;
using Distribution = MathNet.Numerics.Distributions;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>
/// How often an interval holds the truth. Exact where the outcomes can be summed; else over a fixed seed with three standard deviations of
/// room, so that a test fails for a wrong interval and not for a bad day.
/// </summary>
public sealed class CoverageTests
{
    private const double Nominal = 0.9;

    [Test]
    public void Garwood_AnyRate_HoldsItAtLeastAsOftenAsStated()
    {
        double least = Enumerable.Range(1, 60).Select(i => i * 0.25).Min(mean =>
            Enumerable.Range(0, 80).Where(x => Poisson.Garwood(x, 1, Nominal).Contains(mean)).Sum(x => Distribution.Poisson.PMF(mean, x)));
        Assert.That(least, Is.InRange(Nominal, 0.99));
    }

    [Test]
    public void ClopperPearson_AnyShare_HoldsItAtLeastAsOftenAsStated_WilsonOnAverage()
    {
        const int n = 40;
        double[] shares = [.. Enumerable.Range(1, 97).Select(i => i / 98.0)];
        double Covered(double share, Func<int, Interval> interval) =>
            Enumerable.Range(0, n + 1).Where(x => interval(x).Contains(share)).Sum(x => Distribution.Binomial.PMF(share, n, x));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shares.Min(p => Covered(p, x => Proportion.ClopperPearson(x, n, Nominal))), Is.GreaterThanOrEqualTo(Nominal));
            Assert.That(shares.Average(p => Covered(p, x => Proportion.Wilson(x, n, Nominal))), Is.EqualTo(Nominal).Within(0.02));
            Assert.That(shares.Min(p => Enumerable.Range(0, n + 1).Where(x => Proportion.LowerOneSided(x, n, Nominal) <= p).Sum(x => Distribution.Binomial.PMF(p, n, x))), Is.GreaterThanOrEqualTo(Nominal - 1e-12));
        }
    }

    [Test]
    public void MtbfLower_AnyMtbf_IsBelowItAtLeastAsOftenAsStated()
    {
        // A night of 96 device-hours: the count is Poisson with mean 96/MTBF.
        foreach (double mtbf in (double[])[8, 24, 56, 168, 500])
        {
            double covered = Enumerable.Range(0, 60).Where(r => MtbfBounds.Lower(96, r, Nominal) <= mtbf).Sum(r => Distribution.Poisson.PMF(96 / mtbf, r));
            Assert.That(covered, Is.GreaterThanOrEqualTo(Nominal), $"MTBF {mtbf}");
        }
    }

    [Test]
    public void RateComparison_TrueRatioOfTwo_IsHeldAtLeastAsOftenAsStated()
    {
        double covered = 0;
        for (int r1 = 0; r1 < 40; r1++)
        {
            for (int r2 = 0; r2 < 30; r2++)
            {
                if (RateComparison.Of(r1, 480, r2, 480, Nominal).RatioBounds.Contains(2))
                {
                    covered += Distribution.Poisson.PMF(10, r1) * Distribution.Poisson.PMF(5, r2);
                }
            }
        }

        Assert.That(covered, Is.InRange(Nominal, 0.99));
    }

    [Test]
    public void KaplanMeier_CensoredExponential_HoldsTheMedianOfTheTruth()
    {
        Chance chance = new(21, "km");
        int held = 0;
        const int runs = 400;
        for (int i = 0; i < runs; i++)
        {
            Spell[] spells = [.. Enumerable.Range(0, 40).Select(_ => (Fail: Exponential(chance, 100), Cut: chance.Between(20, 300))).Select(t => new Spell(Math.Min(t.Fail, t.Cut), t.Fail <= t.Cut))];
            SurvivalStep? at = KaplanMeier.Of(spells, Nominal).Steps.Where(s => s.At <= 60).Select(s => (SurvivalStep?)s).LastOrDefault();
            held += at?.Bounds.Contains(Math.Exp(-0.6)) == true ? 1 : 0;
        }

        Assert.That(held / (double)runs, Is.EqualTo(Nominal).Within(0.055));
    }

    [Test]
    public void TheilSen_NoiseAroundALine_HoldsTheSlope()
    {
        Chance chance = new(22, "sen");
        const int runs = 600;
        double[] x = [.. Enumerable.Range(0, 24).Select(i => (double)i)];
        int held = Enumerable.Range(0, runs).Count(_ =>
            TheilSen.Fit(x, [.. x.Select(t => (-3 * t) + chance.Between(-10, 10))], Nominal)!.Value.SlopeBounds.Contains(-3));
        Assert.That(held / (double)runs, Is.EqualTo(Nominal).Within(0.045));
    }

    [Test]
    public void WeibullFit_ManyCensoredSpells_FindsShapeAndScale()
    {
        Chance chance = new(23, "weibull");
        Spell[] spells =
        [
            .. Enumerable.Range(0, 2000).Select(_ => 100 * Math.Pow(-Math.Log(1 - chance.NextUnit()), 1 / 2.0)).Select(t => new Spell(Math.Min(t, 120), t <= 120)),
        ];
        WeibullFit fit = WeibullFit.Of(spells)!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fit.Shape, Is.EqualTo(2).Within(0.12));
            Assert.That(fit.Scale, Is.EqualTo(100).Within(4));
        }
    }

    [Test]
    public void Sprt_BadProduct_IsAcceptedAsSeldomAsPlanned()
    {
        Chance chance = new(24, "sprt");
        SprtExponential test = new(168, 56, 0.1, 0.1);
        int accepted = 0;
        for (int product = 0; product < 4000; product++)
        {
            double hours = 0;
            for (int failures = 0; ; failures++)
            {
                hours += Exponential(chance, 56);
                if (hours >= test.AcceptAt(failures))
                {
                    accepted++;
                    break;
                }

                if (test.Decide(hours, failures + 1) == SprtState.Reject)
                {
                    break;
                }
            }
        }

        Assert.That(accepted / 4000.0, Is.InRange(0.05, 0.115));
    }

    [Test]
    public void Regularity_ExponentialTimes_AreTakenForATimerAsSeldomAsStated()
    {
        Chance chance = new(25, "cv");
        const int runs = 20_000;
        int[] at = [3, 4, 6];
        foreach (int n in at)
        {
            int alike = Enumerable.Range(0, runs).Count(_ => Regularity.Of([.. Enumerable.Range(0, n).Select(_ => Exponential(chance, 50))]).P <= 0.05);
            Assert.That(alike / (double)runs, Is.EqualTo(0.05).Within(0.006), $"n = {n}");
        }
    }

    [Test]
    public void IntervalTie_ExponentialTimes_TieAsSeldomAsStated()
    {
        Chance chance = new(26, "tie");
        const int runs = 4000;
        int found = Enumerable.Range(0, runs).Count(_ => IntervalTie.Find(
            [.. Enumerable.Range(0, 5).Select(_ => Exponential(chance, 100))], [new("a", 60), new("b", 95), new("c", 900)]) is { P: < 0.05 });
        Assert.That(found / (double)runs, Is.LessThan(0.06));
    }

    [Test]
    public void IntervalTie_FreezesOfATimer_AreTiedToIt()
    {
        IntervalTie tie = IntervalTie.Find([59, 59.4, 118.8, 60.2], [new("MQTT broadcast", 95), new("SetupEnergyStats", 60), new("policy", 900)])!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((tie.Interval.Name, tie.Ties, tie.Count), Is.EqualTo(("SetupEnergyStats", 4, 4)));
            Assert.That(tie.P, Is.LessThan(1e-3));
            Assert.That(IntervalTie.Find([], [new("a", 60)]), Is.Null);
            Assert.That(IntervalTie.Find([10, 20], []), Is.Null);
            Assert.That(IntervalTie.Find([10, 20], [new("too short", 8)]), Is.Null, "such an interval ties with everything");
            Assert.That(() => IntervalTie.Find([-1], [new("a", 60)]), Throws.ArgumentException);
        }
    }

    [Test]
    public void Regularity_DegenerateTimes_AreAnswered()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Regularity.Of([]), Is.EqualTo(new Regularity(0, 0, null, 1)));
            Assert.That(Regularity.Of([5]), Is.EqualTo(new Regularity(1, 5, null, 1)));
            Assert.That(Regularity.Of([0, 0]), Is.EqualTo(new Regularity(2, 0, null, 1)));
            Assert.That(Regularity.Of([7, 7, 7]), Is.EqualTo(new Regularity(3, 7, 0, 0)));
            Assert.That(() => Regularity.Of([-1]), Throws.ArgumentException);
            Assert.That(StableHours.Of([]).Share, Is.Null);
            Assert.That(() => DemonstrationHours.Plan(168, 0.9, 168, 0.8), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public void DemonstrationHours_Plan_PassesAGoodDeviceWithThePowerAndABadOneAsSeldomAsStated() =>
        Gen.Select(Gen.Double[20, 500], Gen.Double[1.5, 8], Gen.Double[0.5, 0.9]).Sample((goal, times, power) =>
        {
            if (DemonstrationHours.Plan(goal, 0.9, goal * times, power) is not { } plan)
            {
                return times < 1.6;
            }

            return DemonstrationHours.ProbabilityOfPassing(goal, plan.Failures, 0.9, goal * times) >= power
                && Math.Abs(DemonstrationHours.ProbabilityOfPassing(goal, plan.Failures, 0.9, goal) - 0.1) < 1e-6;
        });

    private static double Exponential(Chance chance, double mean) => -mean * Math.Log(1 - chance.NextUnit());
}

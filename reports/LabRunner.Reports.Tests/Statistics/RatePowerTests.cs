using LabRunner.Reports.Statistics;
using Binomial = MathNet.Numerics.Distributions.Binomial;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Power of the comparison of rates.</summary>
public sealed class RatePowerTests
{
    [TestCase(24, 72, 48, 0.03)]
    [TestCase(24, 72, 96, 0.14)]
    [TestCase(24, 72, 192, 0.38)]
    [TestCase(24, 72, 384, 0.70)]
    [TestCase(48, 96, 384, 0.22)]
    [TestCase(48, 96, 1000, 0.53)]
    [Category("vectors")]
    public void Of_WorseFirmware_IsThePublishedProbability(double mtbfWorse, double mtbf, double hours, double expected) =>
        Assert.That(RatePower.Of(1 / mtbfWorse, hours, 1 / mtbf, hours), Is.EqualTo(expected).Within(0.006));

    [Test]
    public void HoursEach_WhatItAnswers_HasThePower()
    {
        double hours = RatePower.HoursEach(1 / 72.0, 3)!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RatePower.Of(3 / 72.0, hours, 1 / 72.0, hours), Is.GreaterThanOrEqualTo(0.8));
            Assert.That(RatePower.Of(3 / 72.0, hours * 0.9, 1 / 72.0, hours * 0.9), Is.LessThan(0.8));
            Assert.That(RatePower.HoursEach(1e-7, 1.01), Is.Null, "not in a hundred years");
        }
    }

    [TestCase(0.5, 10, 0.1, 10, 0.05)]
    [TestCase(0.05, 3, 0.02, 40, 0.05)]
    [TestCase(1.5, 100, 1, 60, 0.01)]
    [TestCase(1, 60, 1.5, 100, 0.1)]
    public void Of_FewEvents_IsTheSumOfAllItsTerms(double rate1, double hours1, double rate2, double hours2, double alpha)
    {
        double mean = (rate1 * hours1) + (rate2 * hours2), equal = hours1 / (hours1 + hours2), worse = rate1 * hours1 / mean, expected = 0;
        for (int n = 1; n < mean + 200; n++)
        {
            int critical = Enumerable.Range(0, n + 1).FirstOrDefault(c => Tail(n, equal, c) <= alpha, n + 1);
            expected += MathNet.Numerics.Distributions.Poisson.PMF(mean, n) * Tail(n, worse, critical);
        }

        Assert.That(RatePower.Of(rate1, hours1, rate2, hours2, alpha), Is.EqualTo(expected).Within(1e-10));

        static double Tail(int n, double share, int from) => Enumerable.Range(from, Math.Max(0, n - from + 1)).Sum(x => Binomial.PMF(share, n, x));
    }

    [TestCase(1.1)]
    [TestCase(1.05)]
    [TestCase(1.02)]
    public void Of_ManyEvents_GoesOnWhereTheExactSumEnds(double ratio)
    {
        double rate = 1, exact = 9_990 / (1 + ratio), normal = 10_010 / (1 + ratio);

        Assert.That(RatePower.Of(ratio, normal, rate, normal), Is.EqualTo(RatePower.Of(ratio, exact, rate, exact)).Within(0.001));
    }

    [TestCase(1.1, 1_500)]
    [TestCase(1.02, 32_000)]
    public void HoursEach_OfASmallFactor_IsWhatTheRuleOfThumbSays(double factor, double most)
    {
        // (1.645 + 0.842)² · (1 + factor) / (factor − 1)² events of the better one, the usual sizing of two Poisson means.
        double thumb = 2.487 * 2.487 * (1 + factor) / ((factor - 1) * (factor - 1));

        double events = RatePower.HoursEach(0.5, factor)!.Value * 0.5;

        Assert.That(events, Is.EqualTo(thumb).Within(3).Percent.And.LessThan(most));
    }
}

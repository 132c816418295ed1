using LabRunner.Reports.Statistics;

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
}

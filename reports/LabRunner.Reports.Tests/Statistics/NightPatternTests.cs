using LabRunner.Hardware.Time;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>What is looked for over nights: not found where a rate is constant, found where it is planted. Over fixed seeds.</summary>
public sealed class NightPatternTests
{
    private const int Trends = 400;

    // 20:00 to 08:00, as a night is.
    private static readonly Span[] Nights = [.. Enumerable.Range(0, 20).Select(n => new Span((24 * n) + 20, (24 * n) + 32))];

    [Test]
    public void TimeOfDay_WholeDays_IsRayleighsTest_V43()
    {
        double[] hours = [3.0, 3.02, 2.98, 3.01, 3.0, 3.03, 2.99];
        TimeOfDay test = TimeOfDay.Test(hours.Select((h, day) => h + (24 * day)), [new(0, 24 * 7)])!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.P, Is.EqualTo(6.675244942e-05).Within(1e-12));
            Assert.That(test.Hour, Is.EqualTo(21.03 / 7).Within(1e-4));
            Assert.That((test.Events, test.Days), Is.EqualTo((7, 7)));
        }
    }

    [Test]
    public void TimeOfDay_ConstantRateInNights_IsSeldomTold_ThoughTheClockTimesCrowd()
    {
        (int told, int crowded) = (0, 0);
        for (int seed = 0; seed < Trends; seed++)
        {
            double[] resets = Random(seed, 0.1);
            told += TimeOfDay.Test(resets, Nights) is { P: < ResetHours.Alpha } ? 1 : 0;
            crowded += Rayleigh.Test(resets, 24) is { P: < ResetHours.Alpha } ? 1 : 0;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told / (double)Trends, Is.LessThan(0.01 + (3 * Math.Sqrt(0.01 * 0.99 / Trends))));
            Assert.That(crowded / (double)Trends, Is.GreaterThan(0.9), "the clock alone finds the night itself");
        }
    }

    [Test]
    public void TimeOfDay_ResetAtThreeEachNight_IsFoundAmongOthers()
    {
        TimeOfDay test = TimeOfDay.Test([.. Random(1, 0.02), .. Nights.Select((n, i) => n.Start + 7 + (0.002 * i))], Nights)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(test.P, Is.LessThan(0.001));
            Assert.That(test.Hour, Is.EqualTo(3).Within(0.75));
        }
    }

    [Test]
    public void TimeOfDay_ManyResetsOfOneNight_SayNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(TimeOfDay.Test(Enumerable.Range(0, 12).Select(i => 27 + (0.2 * i)), Nights), Is.Null, "one night is no day after day");
            Assert.That(TimeOfDay.Test([27, 27.01, 51, 51.02, 75, 75.1], Nights), Is.Null, "a reset and the ones on its heels are one, which leaves three");
        }
    }

    [Test]
    public void Cusum_RateInOrder_SignalsAsSeldomAsStated()
    {
        double limit = Math.Log(FailureDrift.NightsToAFalseSignal) / Math.Log(3);
        double nights = Enumerable.Range(0, 60).Average(seed =>
        {
            Chance chance = new(seed, "cusum");
            int[] counts = [.. Enumerable.Range(0, 4000).Select(_ => Events(chance, 96 / 168.0).Count())];
            return (double)(Cusum.Poisson(counts, 96 / 168.0, 96 / 56.0, limit).FirstSignal ?? counts.Length);
        });
        Assert.That(nights, Is.GreaterThan(FailureDrift.NightsToAFalseSignal));
    }

    private static double[] Random(int seed, double perHour)
    {
        Chance chance = new(seed, "time-of-day");
        return [.. Nights.SelectMany(n => Events(chance, 12 * perHour).Select(at => n.Start + (at / perHour)))];
    }

    /// <summary>A Poisson process of rate 1 until <paramref name="until"/>.</summary>
    private static IEnumerable<double> Events(Chance chance, double until)
    {
        for (double at = -Math.Log(1 - chance.NextUnit()); at < until; at -= Math.Log(1 - chance.NextUnit()))
        {
            yield return at;
        }
    }
}

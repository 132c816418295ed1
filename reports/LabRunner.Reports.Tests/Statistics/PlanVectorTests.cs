using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Published or independently computed figures of planning, periodicity and the leak rule, to their digits.</summary>
[Category("vectors")]
public sealed class PlanVectorTests
{
    [Test]
    public void DemonstrationHours_FactorsOfTheTable()
    {
        // chi2(c; 2r+2)/2 for r = 0 to 5.
        Dictionary<double, double[]> table = new()
        {
            [0.5] = [0.6931, 1.6783, 2.6741, 3.6721, 4.6709, 5.6702],
            [0.6] = [0.9163, 2.0223, 3.1054, 4.1753, 5.2366, 6.2919],
            [0.8] = [1.6094, 2.9943, 4.2790, 5.5150, 6.7210, 7.9060],
            [0.9] = [2.3026, 3.8897, 5.3223, 6.6808, 7.9936, 9.2747],
            [0.95] = [2.9957, 4.7439, 6.2958, 7.7537, 9.1535, 10.5130],
        };
        foreach ((double confidence, double[] factors) in table)
        {
            Assert.That(Enumerable.Range(0, 6).Select(r => DemonstrationHours.Needed(1, r, confidence)), Is.EqualTo(factors).Within(5.1e-5), $"{confidence}");
        }
    }

    [TestCase(0, new[] { 1.0, 2, 3, 5, 10 }, new[] { 0.100, 0.316, 0.464, 0.631, 0.794 })]
    [TestCase(3, new[] { 1.0, 2, 3, 5 }, new[] { 0.100, 0.571, 0.814, 0.953 })]
    public void DemonstrationHours_OperatingCharacteristic_IsThatOfTheTable(int failures, double[] times, double[] expected) =>
        Assert.That(times.Select(k => DemonstrationHours.ProbabilityOfPassing(168, failures, 0.9, 168 * k)), Is.EqualTo(expected).Within(5e-4));

    [Test]
    public void StableHours_EightPlugsTwelveHours_V48()
    {
        // Five restarts in four distinct device-hours.
        (double, IReadOnlyList<double>)[] plugs = [(12, [1.2, 1.8]), (12, [5.5]), (12, [0.1, 11.9]), .. Enumerable.Repeat((12.0, (IReadOnlyList<double>)[]), 5)];

        StableHours hours = StableHours.Of(plugs);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((hours.Operational, hours.Unstable), Is.EqualTo((96.0, 4)));
            Assert.That(hours.Share * 100, Is.EqualTo(95.8333333).Within(5e-8));
            Assert.That(hours.Operational / plugs.Sum(p => p.Item2.Count), Is.EqualTo(19.2).Within(1e-9), "the MTBF beside it");
        }
    }

    // Tolerances are three standard deviations of the published simulation of 400,000 runs.
    [TestCase(3, 0.0079, 4.2e-4)]
    [TestCase(4, 0.00097, 1.5e-4)]
    [TestCase(5, 0.00014, 5.6e-5)]
    public void Regularity_ChanceOfATenthUnderAConstantRate(int n, double expected, double within) =>
        Assert.That(Regularity.Chance(n, 0.1), Is.EqualTo(expected).Within(within));

    [TestCase(3, 0.112)]
    [TestCase(4, 0.216)]
    [TestCase(5, 0.293)]
    public void Regularity_OnePercentQuantiles(int n, double quantile) =>
        Assert.That(Regularity.Chance(n, quantile), Is.EqualTo(0.01).Within(2e-4 * n));

    [TestCase(8, 0.431)]
    [TestCase(10, 0.481)]
    public void Regularity_BeyondTheExactRange_IsOnTheCarefulSide(int n, double quantile) =>
        Assert.That(Regularity.Chance(n, quantile), Is.InRange(0.01, 0.05));

    [Test]
    public void IntervalTie_OneExponentialTimeOfSixtySeconds()
    {
        double once = Math.Exp(-58 / 60.0) - Math.Exp(-62 / 60.0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(once, Is.EqualTo(0.02453).Within(5e-6), "the published chance of the first multiple alone");
            Assert.That(Math.Pow(once, 4), Is.EqualTo(3.62e-7).Within(5e-10));
            Assert.That(IntervalTie.ChanceOfOne(60, 60), Is.EqualTo(once / (1 - Math.Exp(-1))).Within(1e-12), "with all multiples");
        }
    }

    [Test]
    public void HeapLeak_TwoDaysOfAWave_JudgesTheDifferencesOfADay_V35()
    {
        // 100000 - 16 t + 3000 sin(2 pi t/24) each hour of two days: Theil-Sen alone says -81.86 B/h.
        HeapBlock[] blocks = [.. Enumerable.Range(0, 48).Select(t => 100_000 - (16 * t) + (3000 * Math.Sin(2 * Math.PI * t / 24))).Select((b, t) => new HeapBlock(t, b, b))];

        HeapLeak leak = HeapLeak.Judge([blocks], new HeapLeakRule { Block = TimeSpan.FromHours(1), MinBytesPerHour = 10, MinDropBytes = 500 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(leak.ByDays);
            Assert.That(leak.BytesPerHour, Is.EqualTo(-16).Within(1e-9));
            Assert.That(leak.Leaks, leak.Why);
        }
    }

    [Test]
    public void HeapLeak_TimeToTheReserve_V33()
    {
        double[] heap = [103456, 103392, 103328, 103344, 103200, 103136, 103152, 103008, 102944, 102880, 102896, 102752];
        HeapBlock[] blocks = [.. heap.Select((b, i) => new HeapBlock(i / 60.0, b, b))];

        HeapLeak leak = HeapLeak.Judge([blocks], new HeapLeakRule { Block = TimeSpan.FromMinutes(1), MinDropBytes = 500 });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(leak.BytesPerHour, Is.EqualTo(-64 * 60).Within(1e-6));
            Assert.That(leak.HoursLeft * 60, Is.EqualTo(1418).Within(1e-6));
            Assert.That(leak.HoursLeft, Is.EqualTo(23.63).Within(5e-3));
            Assert.That(leak.HoursLeftAtLeast!.Value, Is.LessThan(leak.HoursLeft!.Value));
        }
    }
}

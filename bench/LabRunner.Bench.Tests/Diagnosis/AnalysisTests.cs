using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Plans;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class AnalysisTests
{
    private static readonly LeakPlan Leak = new() { Skip = TimeSpan.FromSeconds(30), Block = TimeSpan.FromSeconds(30), MinBlocks = 8 };

    [Test]
    public void Periodicity_FreezeOneSecondBeforeEachInterval_IsF09AndSaysSo()
    {
        Finding? finding = PeriodicityAnalysis.Find("p3", Freezes((30, 29.2), (60, 58.9), (120, 119.3)), Intents(30, 60, 120), TimeSpan.FromSeconds(1), OnTime);

        Assert.That(finding, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((finding!.Mode, finding.Class), Is.EqualTo(("F09", "PERIODIC_FREEZE")));
            Assert.That(finding.Title, Does.Contain("SetupEnergyStats").And.Contains("interval minus one second"));
            Assert.That(finding.Explains, Is.EqualTo(new long[] { 1, 2, 3 }));
        }
    }

    [Test]
    public void Periodicity_SeenByABenchThatRanLate_NamesNoSecond()
    {
        Finding? finding = PeriodicityAnalysis.Find(
            "p3", Freezes((30, 28.7), (60, 58.3), (120, 118.4)), Intents(30, 60, 120), TimeSpan.FromSeconds(1), (_, _) => TimeSpan.FromSeconds(1));

        Assert.That(finding!.Title, Does.Contain("-2 to -1 s from the interval, not resolved any finer"));
    }

    [Test]
    public void Periodicity_AsksForTheStallsAroundEachFirstSymptom()
    {
        List<(TimeSpan From, TimeSpan Until)> asked = [];
        PeriodicityAnalysis.Find("p3", Freezes((30, 29), (60, 59)), Intents(30, 60), TimeSpan.FromSeconds(1), (from, until) =>
        {
            asked.Add((from, until));
            return TimeSpan.Zero;
        });

        Assert.That(asked, Is.EqualTo(new[]
        {
            (TimeSpan.FromSeconds(1024), TimeSpan.FromSeconds(1034)), (TimeSpan.FromSeconds(2054), TimeSpan.FromSeconds(2064)),
        }));
    }

    [Test]
    public void Periodicity_FreezeAtRandomTimes_IsNotPeriodic() =>
        Assert.That(PeriodicityAnalysis.Find("p3", Freezes((30, 70), (60, 41), (120, 88)), Intents(30, 60, 120), TimeSpan.FromSeconds(1), OnTime), Is.Null);

    [Test]
    public void Periodicity_OneIntervalOnly_IsNoProof() =>
        Assert.That(PeriodicityAnalysis.Find("p3", Freezes((60, 59), (60, 59.1)), Intents(60, 60), TimeSpan.FromSeconds(1), OnTime), Is.Null);

    [Test]
    public void Leak_SteadyFallAcrossBoots_IsFoundWithItsSlope()
    {
        Finding? finding = LeakAnalysis.Find("p4", FallingHeap(), 0.9);

        Assert.That(finding, Is.Not.Null);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((finding!.Class, finding.Mode), Is.EqualTo(("LEAK", "F17")));
            Assert.That(double.Parse(finding.Title.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(6 * 3600).Within(10).Percent);
        }
    }

    /// <summary>One spell below two days may be a daily wave: no finding, and a WARN that says so.</summary>
    [Test]
    public void Leak_SteadyFallInOneSpell_IsAWarningThatSaysWhatItCannotRuleOut()
    {
        HeapLeak leak = LeakAnalysis.Judge(Heap(1200, bytesPerSecond: 6, bootEvery: 1200), [], [], Leak, 0.9);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(LeakAnalysis.Find("p4", leak, 0.9), Is.Null);
            Assert.That(LeakAnalysis.Row("p4", leak, Leak, 0.9)!.Verdict, Is.EqualTo(Verdict.Warn));
            Assert.That(LeakAnalysis.Row("p4", leak, Leak, 0.9)!.Text, Does.Contain("cannot rule out a daily wave"));
        }
    }

    /// <summary>The planted leak of the sample night falls after each of many boots.</summary>
    [Test]
    public void Leak_OfTheSampleNight_IsFound()
    {
        string home = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(home, "samples", "2-leak-and-button")))
        {
            home = Path.GetDirectoryName(home)!;
        }

        RunRecord run = RunReader.Read(Path.Combine(home, "samples", "2-leak-and-button"));
        HeapLeak Of(string slot) => LeakAnalysis.Judge(
            run.TelemetryOf(slot), [.. run.Boots.Where(b => b.Slot == slot)], [.. run.Downtime.Where(d => d.Slot == slot)],
            new LeakPlan { Skip = TimeSpan.FromSeconds(60), Block = TimeSpan.FromSeconds(30) }, 0.9);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(LeakAnalysis.Find("p4", Of("p4"), 0.9), Is.Not.Null, Of("p4").Why);
            Assert.That(LeakAnalysis.Find("p1", Of("p1"), 0.9), Is.Null);
        }
    }

    [Test]
    public void Leak_HeapOnlyFallsAtReboots_IsNone() =>
        Assert.That(
            LeakAnalysis.Find("p1", LeakAnalysis.Judge([.. Heap(1200, 0, 1200).Select(t => t with { HeapB = t.HeapB - (t.At > 600 ? 5000 : 0) })], Boots(600), [], Leak, 0.9), 0.9), Is.Null);

    [Test]
    public void Leak_SteadyHeapWithOpenRequests_IsNone() => Assert.That(LeakAnalysis.Find("p1", LeakAnalysis.Judge(Heap(2400, 0, 2400), [], [], Leak, 0.9), 0.9), Is.Null);

    [Test]
    public void Leak_TooFewBlocks_IsNone() => Assert.That(LeakAnalysis.Find("p1", LeakAnalysis.Judge(Heap(200, 60, 200), [], [], Leak, 0.9), 0.9), Is.Null);

    [Test]
    public void Leak_Row_CarriesTheSlopeWithItsBoundsForLaterNights()
    {
        VerdictRecord falls = LeakAnalysis.Row("p4", FallingHeap(), Leak, 0.9)!;
        VerdictRecord steady = LeakAnalysis.Row("p1", LeakAnalysis.Judge(Heap(2400, 0, 2400), [], [], Leak, 0.9), Leak, 0.9)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((falls.Scope, falls.Rule, falls.Verdict), Is.EqualTo(("slot:p4", VerdictRecord.HeapRule, Verdict.Fail)));
            Assert.That(falls.Value, Is.EqualTo(-6 * 3600).Within(10).Percent);
            Assert.That(falls.Value, Is.InRange(falls.Lower!.Value, falls.Upper!.Value));
            Assert.That((steady.Verdict, steady.Lower <= 0, steady.Upper >= 0), Is.EqualTo((Verdict.Pass, true, true)));
            Assert.That(LeakAnalysis.Row("p1", LeakAnalysis.Judge(Heap(200, 60, 200), [], [], Leak, 0.9), Leak, 0.9), Is.Null, "Too few blocks are no slope.");
        }
    }

    private static TimeSpan OnTime(TimeSpan from, TimeSpan until) => TimeSpan.Zero;

    private static List<IncidentRecord> Freezes(params (double Interval, double Time)[] points) =>
        [.. points.Select((p, i) => new IncidentRecord(
            i + 1, "p3", "NET_FREEZE", "F01", "", (1000 * (i + 1)) + p.Time, null, null, null, null, null, false, "watch", null, null, "", []))];

    private static List<IntentRecord> Intents(params int[] intervals) =>
        [.. intervals.Select((n, i) => new IntentRecord(
            i + 1, "p3", IntentKinds.Stimulus, $"SetupEnergyStats 1 {n} 60", 1000 * (i + 1), (1000 * (i + 1)) + 500, "S12", new Dictionary<string, string> { ["interval"] = $"{n}" }))];

    private static HeapLeak FallingHeap() => LeakAnalysis.Judge(Heap(1200, bytesPerSecond: 6, bootEvery: 450), Boots(450, 900), [], Leak, 0.9);

    private static List<BootRecord> Boots(params double[] at) =>
        [.. at.Select((a, i) => new BootRecord(i + 1, "p4", a, "watchdog", false, null, null, null, ["banner"]))];

    private static List<TelemetryRecord> Heap(int seconds, double bytesPerSecond, int bootEvery)
    {
        Chance chance = new(7, "heap");
        return [.. Enumerable.Range(0, seconds).Select(t => new TelemetryRecord(
            t, "p4", t, 100_000 - (long)(bytesPerSecond * (t % bootEvery)) - (chance.NextUnit() < 0.2 ? 11_768 : 0) + chance.Below(200), null, 2, null, null, null, null))];
    }
}

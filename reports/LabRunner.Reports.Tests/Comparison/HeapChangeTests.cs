using System.Text.Json;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using static LabRunner.Reports.Tests.Comparison.MadeNights;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>The differential leak analysis: what a heap slope says beside that of the version before.</summary>
public sealed class HeapChangeTests
{
    private static readonly ComparisonRules Rules = new();
    private static readonly HeapLeakRule Leak = new();

    /// <summary>Half a daily wave with and without a leak in it: the rows of two nights say what the rule says with the older slope as known good.</summary>
    [Test]
    public void Compare_RowsOfTwoNights_SayWhatTheRuleSaysWithAKnownGoodVersion([Values(0, 40, 200, 600)] int lossPerHour)
    {
        Chance chance = new(41, "heap");
        List<bool> byRows = [], byRule = [];
        for (int i = 0; i < 20; i++)
        {
            IReadOnlyList<HeapBlock> before = Wave(chance, 0), after = Wave(chance, lossPerHour);
            HeapLeak good = HeapLeak.Judge([before], Leak), alone = HeapLeak.Judge([after], Leak);
            byRows.Add(Compare([Row(good)], [Row(alone)]).Heaps.Single().Leaks);
            byRule.Add(HeapLeak.Judge([after], Leak, good.Slope).Leaks);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(byRows, Is.EqualTo(byRule));
            Assert.That(byRows.Count(l => l), lossPerHour switch { 0 => Is.LessThanOrEqualTo(1), 40 => Is.LessThan(20), _ => Is.EqualTo(20) });
        }
    }

    [TestCase(-20, Verdict.Pass, -999, Verdict.Warn, Change.Worse, "a leak: it falls more steeply than before")]
    [TestCase(-20, Verdict.Pass, -999, Verdict.Fail, Change.Worse, "a leak: it falls more steeply than before")]
    [TestCase(300, Verdict.Pass, -10, Verdict.Pass, Change.Worse, "falls more steeply than before, and by no night's rule a leak")]
    [TestCase(-200, Verdict.Warn, -205, Verdict.Warn, Change.Same, "same, within 32 B/h")]
    [TestCase(-200, Verdict.Warn, 0, Verdict.Pass, Change.Better, "falls less steeply than before")]
    [TestCase(-200, Verdict.Warn, -216, Verdict.Warn, Change.CannotTell, "cannot tell: the bounds overlap, and leave room for a difference of more than 32 B/h")]
    public void Compare_Slopes_AreSteeperSameOrCannotBeTold(double before, Verdict was, double after, Verdict isNow, Change change, string sentence)
    {
        NightComparison c = Compare([Row(before, was)], [Row(after, isNow)]);
        HeapChange row = c.Heaps.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((row.Change, row.Sentence), Is.EqualTo((change, sentence)));
            Assert.That(row.Leaks, Is.EqualTo(sentence.StartsWith("a leak", StringComparison.Ordinal)));
            Assert.That(c.Overall, Is.EqualTo(row.Leaks ? Change.Worse : Change.Same), "the rates are the same: a leak alone outweighs them");
            Assert.That(ComparisonPage.Write(c).Contains($"<p>b17 p1, free heap: {sentence}.</p>", StringComparison.Ordinal), Is.EqualTo(row.Leaks));
            Assert.That(JsonDocument.Parse(ComparisonJson.Write(c)).RootElement.GetProperty("heap")[0].GetProperty("leaks").GetBoolean(), Is.EqualTo(row.Leaks));
        }
    }

    /// <summary>A slope must lie below that of each night before: one night is no measure of how much nights differ.</summary>
    [TestCase(false, true)]
    [TestCase(true, false)]
    public void Compare_SeveralNights_MustHoldAgainstEach(bool oneFellToo, bool leaks)
    {
        NightComparison c = Compare([Row(-20), Row(oneFellToo ? -990 : 10), Row(0)], [Row(-999, Verdict.Warn), Row(-900, Verdict.Warn)]);
        Assert.That((c.Heaps.Single().Leaks, c.Heaps.Single().Before.Count), Is.EqualTo((leaks, 3)));
    }

    [Test]
    public void Compare_OtherPlugAndOtherLoad_AreToldApart()
    {
        NightCell[] before = [Plug("p1", "1.0", Row(-20)), Plug("p2", "1.0", Row(-20) with { Load = "stress: S07" })];
        NightCell[] after = [Plug("p2", "1.1", Row(-999, Verdict.Warn)), Plug("p3", "1.1", Row(-999, Verdict.Warn) with { Load = "other: S01" })];
        HeapChange row = NightComparison.Of([Night("a", "1.0", 2000, 40) with { Cells = before }], [Night("b", "1.1", 2000, 40) with { Cells = after }], Rules).Heaps.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((row.Scope, row.OtherPlugs, row.Leaks), Is.EqualTo(("b17 p2", true, true)));
            Assert.That(row.Sentence, Does.EndWith("other plugs of the board stand for it"));
        }
    }

    /// <summary>A build is no known good version of itself; where another ran too, that one is.</summary>
    [TestCase("1.1", null, false)]
    [TestCase("1.1", "1.0", true)]
    public void Compare_SameBuildOnBothSides_ProvesNothing(string first, string? second, bool leaks)
    {
        NightCell[] before = [.. new[] { first, second }.OfType<string>().Select(b => Plug("p1", b, b == "1.1" ? Row(500) : Row(-20)))];
        HeapChange row = NightComparison.Of(
            [Night("a", "1.0", 2000, 40) with { Cells = before }], [Night("b", "1.1", 2000, 40) with { Cells = [Plug("p1", "1.1", Row(-999, Verdict.Warn))] }], Rules).Heaps.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((row.SameBuild, row.Leaks, row.Before.Count), Is.EqualTo((!leaks, leaks, 1)));
            Assert.That(row.Sentence, leaks ? Does.StartWith("a leak") : Does.Contain("it is the same build"));
        }
    }

    /// <summary>The nights alone say that it may leak, which stops nothing; beside the build before, or the reference, it is a leak.</summary>
    [TestCase(-999, false, Change.Worse)]
    [TestCase(-999, true, Change.Worse)]
    [TestCase(-25, false, Change.Better)]
    public void Gate_LeakThatTheDifferenceProves_Stops(double after, bool reference, Change gate)
    {
        NightSummary old = With(Night("a", "1.0", 1000, 1, day: 0), Row(-20)), candidate = With(Night("b", "1.1", 1000, 1, day: 1), Row(after, Verdict.Warn));
        NightTrend trend = reference ? NightTrend.Of([candidate], Rules, [old]) : NightTrend.Of([old, candidate], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(NightTrend.Of([candidate], Rules).Gate, Is.EqualTo(Change.Better), "alone");
            Assert.That(trend.Gate, Is.EqualTo(gate));
            Assert.That(TrendPage.Sentence(trend.Newest.Single(), trend).Contains("b17 p1, free heap: a leak", StringComparison.Ordinal), Is.EqualTo(gate == Change.Worse));
            Assert.That(TrendPage.Write(trend), Does.Contain("-20 B/h (-30 … -10)"));
        }
    }

    [TestCase(null, null)]
    [TestCase(double.NegativeInfinity, null)]
    [TestCase(-1009.0, -999.0)]
    public void Read_HeapRow_IsTheSlopeWithItsLoad(double? lower, double? slope)
    {
        using TestRun run = new();
        run.Begin();
        run.Slot("p1");
        run.Exposure("p1", "S07", 10, 20);
        run.Exposure("p1", "S01", 20, 3600);
        if (lower is { } bound)
        {
            run.Verdict("slot:p1", VerdictRecord.HeapRule, Verdict.Warn, "it may leak", -999, "B/h", -32, bound, -989, 0.9);
        }

        run.Commit();
        HeapSlope? read = NightSummary.Read(run.Folder).Cells.Single().Heap;
        Assert.That(read, slope is null ? Is.Null : Is.EqualTo(new HeapSlope(-999, -1009, -989, 32, Verdict.Warn, "(unnamed plan): S01, S07")));
    }

    private static NightComparison Compare(HeapSlope[] before, HeapSlope[] after) => NightComparison.Of(
        [.. before.Select((h, i) => With(Night("a" + i, "1.0", 2000, 40), h))], [.. after.Select((h, i) => With(Night("b" + i, "1.1", 2000, 40), h))], Rules);

    private static NightSummary With(NightSummary night, HeapSlope heap) => night with { Cells = [night.Cells[0] with { Heap = heap }] };

    private static NightCell Plug(string slot, string build, HeapSlope heap) => Cell(slot, build, 1000, 20) with { Heap = heap };

    private static HeapSlope Row(double slope, Verdict verdict = Verdict.Pass) => new(slope, slope - 10, slope + 10, 32, verdict, "nightly: S01");

    private static HeapSlope Row(HeapLeak leak) =>
        new(leak.BytesPerHour!.Value, leak.Slope!.Value.Lower, leak.Slope.Value.Upper, Leak.MinBytesPerHour, leak.Leaks ? Verdict.Fail : leak.MayLeak ? Verdict.Warn : Verdict.Pass, "nightly: S01");

    // Hours 4 to 16 of a day whose heap moves by 3 kB.
    private static IReadOnlyList<HeapBlock> Wave(Chance chance, double lossPerHour) => HeapLeak.Cut(
        Enumerable.Range(0, 12 * 360).Select(i => (i * 10.0, 95_000 - (lossPerHour * i / 360.0) + (3000 * Math.Sin(2 * Math.PI * ((i / 360.0) + 4) / 24)) + chance.Between(-200, 200))),
        0, double.PositiveInfinity, Leak);
}

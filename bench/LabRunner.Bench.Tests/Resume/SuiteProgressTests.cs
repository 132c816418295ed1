using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>How far a slot had come, read off its journal.</summary>
public sealed class SuiteProgressTests
{
    private static readonly Plan Twice = PlanLoader.LoadText("p.yaml", "plan: p\nsuites:\n  - S17: {}\n  - S02: { cycles: 1 }\n  - S02: { cycles: 9 }\n  - S13: { slots: [p2] }\n  - S14: {}\n");

    [Test]
    public void Nothing_OnRecord_BeginsAtTheFirstEntry() => Check([], 0);

    [Test]
    public void Finished_Tests_AreSkippedAndCutShortOnesAreNot() => Check([Done("S17", "a"), Open("S17", "b")], 0, "a");

    [Test]
    public void SuiteTwiceInThePlan_SecondTimeIsTheNextEntry() => Check([Done("S17", "a"), Done("S02", "x"), Done("S02", "x")], 2, "x");

    [Test]
    public void SuiteTwiceInThePlan_CutShortInTheSecond_GoesOnThere() => Check([Done("S02", "x"), Open("S02", "x")], 2);

    [Test]
    public void CutShortAgainAndAgain_StaysAtItsEntryUntilItIsFinished()
    {
        Check([Done("S17", "a"), Marked("S02", "x"), Marked("S02", "x"), Open("S02", "x")], 1);
        Check([Done("S17", "a"), Marked("S02", "x"), Marked("S02", "x"), Done("S02", "x")], 1, "x");
    }

    [Test]
    public void InvalidBeforeTheDeath_IsFinished_UnlessTheEndOfTheNightCutItShort()
    {
        Check([Done("S17", "a") with { Verdict = Verdict.Invalid, Message = "interrupted by incident #1" }], 0, "a");
        Check([Done("S17", "a") with { Verdict = Verdict.Invalid, Message = CutShort.ByTheEnd }], 0);
    }

    [Test]
    public void EntriesOfOtherSlotsAndRowsOfLostHosts_AreNoneOfTheSlots() =>
        Check([Done("S17", "a"), Done("HOST", "host"), Done("S14", "m"), Done("S17", "a") with { Slot = "p9" }], 4, "m");

    private static void Check(TestRecord[] tests, int entry, params string[] finished)
    {
        SuiteProgress progress = SuiteProgress.Of(Twice, "p1", tests);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(progress.Entry, Is.EqualTo(entry));
            Assert.That(progress.Finished, Is.EquivalentTo(finished));
        }
    }

    private static TestRecord Done(string suite, string name) => new(1, "p1", suite, name, $"{suite}.{name}"[(suite.Length + 1)..], 1, 2, Verdict.Pass, null, null);

    private static TestRecord Open(string suite, string name) => Done(suite, name) with { Ended = null, Verdict = Verdict.NotRun };

    private static TestRecord Marked(string suite, string name) => Done(suite, name) with { Verdict = Verdict.NotRun, Message = CutShort.Message("the run stood still.") };
}

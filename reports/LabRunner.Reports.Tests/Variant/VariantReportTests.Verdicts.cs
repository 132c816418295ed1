using LabRunner.Reports.Records;
using LabRunner.Reports.Variant;

namespace LabRunner.Reports.Tests.Variant;

/// <content>What makes a board pass, fail, or have no result.</content>
public sealed partial class VariantReportTests
{
    [Test]
    public void Verdict_ProbeAlone_IsInconclusiveForTheMetering()
    {
        using TestRun probe = Probed();
        VariantVerdict verdict = VariantVerdict.Of(VariantRecord.Read([probe.Folder], null));
        Assert.That((verdict.Verdict, verdict.Sentence), Is.EqualTo((Verdict.Inconclusive, "Nothing that was asked failed, but this is missing: metering accuracy: suite S14 did not run. The board is not validated yet.")));
    }

    /// <summary>Runs of two boards make no report of one; the same board may have moved to another bench.</summary>
    [TestCase("lab", "18:B9:05:00:00:02", "The runs are of different boards: MAC 18:B9:05:00:00:01 in ")]
    [TestCase("lab", "18:b9:05:00:00:01", null)]
    [TestCase("other", "18:B9:05:00:00:01", null)]
    [TestCase("other", null, "The runs are of different benches, and not each tells the board's MAC: lab in ")]
    public void Verdict_RunsOfTwoBoards_DoNotPassAndItIsOnTop(string bench, string? mac, string? said)
    {
        using TestRun probe = Probed();
        using TestRun night = Measured(bench);
        if (mac is not null)
        {
            night.Identity("u1", "before", 20, new { mac });
        }

        VariantRecord variant = VariantRecord.Read([probe.Folder, night.Folder], null);
        VariantVerdict verdict = VariantVerdict.Of(variant);
        string html = VariantReport.Write(variant);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Verdict, Is.EqualTo(said is null ? Verdict.Warn : Verdict.Inconclusive));
            Assert.That(verdict.Sentence, said is null ? Does.StartWith("All that was asked") : Does.StartWith(said).And.EndWith("it is not the answer of one board. The board is not validated yet."));
            Assert.That(html[..html.IndexOf("Identity", StringComparison.Ordinal)].Contains("The runs are of different", StringComparison.Ordinal), Is.EqualTo(said is not null), "on top");
        }
    }

    [Test]
    public void Verdict_OneFunctionOrOneTestFailed_IsFailAndNamesIt([Values("function", "test")] string what)
    {
        using TestRun probe = Probed();
        using TestRun night = Measured();
        if (what == "function")
        {
            Function(probe, "led", Verdict.Fail, null, "", "No pin lights an LED.", 0, 5);
        }
        else
        {
            night.Test("u1", "S14", "NoLoad_NothingIsCounted", 1, 2, Verdict.Fail, "it creeps");
        }

        VariantVerdict verdict = VariantVerdict.Of(VariantRecord.Read([probe.Folder, night.Folder], null));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(verdict.Failed, Has.Exactly(1).Items.And.Some.Contains(what == "function" ? "No pin lights" : "it creeps"));
        }
    }

    /// <summary>What has no result is no success, however many rows there are.</summary>
    [TestCase(Verdict.Invalid)]
    [TestCase(Verdict.Inconclusive)]
    [TestCase(Verdict.NotRun)]
    public void Verdict_NoTestHasAResult_IsInconclusiveAndNamesWhatIsMissing(Verdict every)
    {
        using TestRun probe = Probed();
        using TestRun night = Measured();
        night.Execute($"UPDATE tests SET verdict='{every.ToText()}', message='no reading'");
        VariantVerdict verdict = VariantVerdict.Of(VariantRecord.Read([probe.Folder, night.Folder], null));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(verdict.Sentence, Does.Contain(every == Verdict.NotRun ? "metering accuracy: suite S14 did not run" : "S14 EveryLoad_IsReadWithinLimits"));
            Assert.That(verdict.NotTested, Has.Some.EqualTo($"S14 EveryLoad_IsReadWithinLimits: {every.ToText()}, no reading"));
        }
    }

    /// <summary>A single question that was not asked is said, and leaves a board that held with remarks.</summary>
    [Test]
    public void Verdict_AllHeldButOneWasNotAsked_IsNoPlainPass()
    {
        using TestRun probe = Probed();
        using TestRun night = Measured();
        night.Execute("UPDATE tests SET verdict='PASS'");
        foreach (string suite in VariantRecord.Wanted.Select(w => w.Suite))
        {
            night.Test("u1", suite, "All_AreWell", 700, 701, Verdict.Pass);
        }

        VariantRecord Read() => VariantRecord.Read([probe.Folder, night.Folder], null);
        Verdict all = VariantVerdict.Of(Read()).Verdict;
        night.Test("u1", "S14", "Calibration", 701, 702, Verdict.NotRun, "the plan does not ask for one");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Is.EqualTo(Verdict.Pass));
            Assert.That(VariantVerdict.Of(Read()).Verdict, Is.EqualTo(Verdict.Warn));
        }
    }

    [Test]
    public void Verdict_NightThatCallsItselfInvalid_NeitherFailsNorPassesTheBoard()
    {
        const string Why = "The bench did not see a failure that it had provoked itself, so nothing it says of this slot counts.";
        using TestRun probe = Probed();
        using TestRun blind = Measured();
        using TestRun good = Measured();
        blind.Test("u1", "S13", "Press", 600, 601, Verdict.Fail, "The relay did not go on.\nAssert.That(followed, Is.True)\n  Expected: True");
        blind.Verdict("slot:u1", "stability", Verdict.Invalid, Why);
        VariantRecord alone = VariantRecord.Read([probe.Folder, blind.Folder], null);
        VariantVerdict verdict = VariantVerdict.Of(alone);
        string html = VariantReport.Write(alone);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((verdict.Verdict, verdict.Failed), Is.EqualTo((Verdict.Invalid, Array.Empty<string>())));
            Assert.That(html[..html.IndexOf("Identity", StringComparison.Ordinal)], Does.Contain("does not count. " + Why), "on top");
            Assert.That(VariantVerdict.Of(VariantRecord.Read([probe.Folder, blind.Folder, good.Folder], null)).Verdict, Is.EqualTo(Verdict.Warn), "asked again by a night that counts");
        }

        good.Test("u1", "S13", "Press", 600, 601, Verdict.Fail, "The relay did not go on.\nAssert.That(followed, Is.True)");
        Assert.That(VariantVerdict.Of(VariantRecord.Read([probe.Folder, blind.Folder, good.Folder], null)).Failed, Is.EqualTo(new[] { "S13 Press: The relay did not go on." }));
    }

    [Test]
    public void Verdict_NightThatEndedEarlyOrFailedByAnIncident_IsNoPass()
    {
        using TestRun probe = Probed();
        using TestRun ended = Measured();
        using TestRun froze = Measured();
        ended.Execute("UPDATE meta SET value='aborted: the disk is full' WHERE key='outcome'");
        froze.Verdict("slot:u1", "stability", Verdict.Fail, "It froze (NET_FREEZE F01).");
        VariantVerdict Of(TestRun night) => VariantVerdict.Of(VariantRecord.Read([probe.Folder, night.Folder], null));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(ended).Sentence, Does.Contain("the disk is full"));
            Assert.That(Of(ended).Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(Of(froze).Failed.Single(), Does.EndWith("It froze (NET_FREEZE F01)."));
        }
    }

    [Test]
    public void Verdict_FunctionNotLookedFor_IsInconclusiveAndListed()
    {
        using TestRun probe = new();
        using TestRun night = Measured();
        probe.Slot("u1");
        Function(probe, "relay", Verdict.NotRun, null, "", "Not looked for: the slot is on mains.", 0, 0);
        VariantVerdict verdict = VariantVerdict.Of(VariantRecord.Read([probe.Folder, night.Folder], "u1"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(verdict.Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(verdict.NotTested, Has.Some.Contains("the slot is on mains").And.Some.Contains("button: the board was not probed"));
        }
    }
}

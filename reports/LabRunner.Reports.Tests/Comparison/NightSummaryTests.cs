using System.Text.Json;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>A night in the figures that nights are compared by: read from its journal, or from the summary that was drawn with its report.</summary>
public sealed class NightSummaryTests
{
    private static readonly ComparisonRules Rules = new();

    /// <summary>Another crash is another failure, though both are of one class.</summary>
    [Test]
    public void Read_Crashes_AreToldApartByWhatCameBefore()
    {
        using TestRun run = new();
        run.Begin();
        run.Slot("p1", "plug");
        run.Incident("p1", "CRASH", "F04", "crash", 50, 50, 60, "watchdog", "", []);
        run.Incident("p1", "CRASH", "F04", "crash", 500, 500, 510, "watchdog", "", []);
        run.Incident("p1", "CRASH", "F04", "crash", 900, 900, 910, "watchdog", "", []);
        run.Event(51, "p1", "crash", "code 5 at 0x2300", new() { ["group"] = "code 5 after \"Info:MQTT:#\"" });
        run.Event(501, "p1", "crash", "code 7 at 0x2400", new() { ["group"] = "code 7 after \"Info:HTTP:#\"" });
        run.Commit();
        Assert.That(NightSummary.Read(run.Folder).Cells.Single().Modes.Keys, Is.EquivalentTo(new[]
        {
            "CRASH F04: code 5 after \"Info:MQTT:#\"", "CRASH F04: code 7 after \"Info:HTTP:#\"", "CRASH F04",
        }));
    }

    [Test]
    public void Read_CopyOfANightThatWasDrawn_WritesItsSummaryAnew()
    {
        using TestRun night = Nights.Smoke();
        ReportRenderer.Render(night.Folder);
        string path = Path.Combine(night.Folder, "report", "summary.json");
        string drawn = File.ReadAllText(path);
        File.SetLastWriteTimeUtc(Path.Combine(night.Folder, "journal.db"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        NightSummary first = NightSummary.Read(night.Folder);
        string renewed = File.ReadAllText(path);
        NightSummary second = NightSummary.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(renewed, Is.Not.EqualTo(drawn));
            Assert.That(JsonSerializer.Serialize(second), Is.EqualTo(JsonSerializer.Serialize(first)));
            Assert.That(File.ReadAllText(path), Is.EqualTo(renewed), "read, and not written again");
        }
    }

    [Test]
    public void Read_NightWithFailures_NamesThoseThatNoRateSpeaksOf()
    {
        using TestRun run = new();
        run.Begin();
        run.Slot("p1", "plug");
        run.Slot("p10", "plug");
        run.Incident("p1", "LEAK", "F17", "leak", 5, 6, 7, "none", "", []);
        run.Incident("p1", "BUTTON_DEAD", "F43", "button", 5, 6, 7, "none", "", []);
        run.Incident("p1", "NET_FREEZE", "F01", "freeze", 5, 6, 7, "power-cycle", "", []);
        run.Verdict("suite:S01:p1", "tests", Verdict.Fail, "its incidents are the rate's");
        run.Verdict("suite:S14:p1", "tests", Verdict.Fail, "metering");
        run.Verdict("suite:S04:p10", "tests", Verdict.Fail, "another slot");
        run.Verdict("slot:p1", "health-check", Verdict.Fail, "rail");
        run.Verdict("slot:p1", "stability", Verdict.Fail, "all of it");
        run.Verdict("slot:p1", "mtbf-lower", Verdict.Inconclusive, "hours");
        run.Verdict("incident:2", VerdictRecord.QuarantineRule, Verdict.Warn, "known");
        run.Commit();
        NightSummary night = NightSummary.Read(run.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(night.Cells.Single(c => c.Slot == "p1").Failed, Is.EqualTo(new[] { "LEAK F17", "S14", "health-check" }));
            Assert.That(night.Cells.Single(c => c.Slot == "p10").Failed, Is.EqualTo(new[] { "S04" }));
        }
    }

    [Test]
    public void Read_SlotThatTheNightCallsInvalid_HasNoHoursAndIsTold()
    {
        using TestRun run = new();
        run.Begin();
        foreach (string slot in (string[])["p1", "p2"])
        {
            run.Slot(slot, "plug");
            run.Identity(slot, "before", 1, new { build = "1.1" });
            run.Exposure(slot, "S01", 0, 36_000);
            run.Incident(slot, "LEAK", "F17", "leak", 5, 6, 7, "none", "", []);
            run.Incident(slot, "NET_FREEZE", "F01", "freeze", 50, 60, 70, "power-cycle", "", []);
            run.Trial(slot, "S02", "HTTP", 5, true, 10);
            run.Telemetry(10, slot, 10, 90_000);
        }

        run.Verdict("slot:p2", "stability", Verdict.Invalid, "S17 planted a freeze on p2 and the bench did not see it.");
        run.Commit();
        NightSummary night = NightSummary.Read(run.Folder);
        NightCell p2 = night.Cells.Single(c => c.Slot == "p2");
        NightComparison compared = NightComparison.Of([night], [night with { Folder = "/runs/other" }], Rules);
        NightTrend trend = NightTrend.Of([night], Rules);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(night.Cells.Single(c => c.Slot == "p1").Total, Is.EqualTo(new Exposed(10, 1)));
            Assert.That(p2.Total, Is.EqualTo(new Exposed(0, 0)));
            Assert.That(p2.Suites.Count + p2.Modes.Count + p2.Trials.Count + p2.Figures.Count + p2.Failed.Count, Is.Zero);
            Assert.That(p2.Firmware, Is.EqualTo("1.1"), "that it ran is known");
            Assert.That(compared.Boards.Single().Before, Is.EqualTo(new Exposed(10, 1)));
            Assert.That(compared.Warnings.Count(w => w.StartsWith("p2 of ", StringComparison.Ordinal) && w.EndsWith("does not count: S17 planted a freeze on p2 and the bench did not see it.", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(trend.Warnings, Has.Some.Contains("does not count: S17 planted"));
        }
    }

    [Test]
    public void Read_SmokeNight_SaysWhatTheReportSays()
    {
        using TestRun run = Nights.Smoke();
        RunRecord whole = RunReader.Read(run.Folder);
        NightSummary summary = NightSummary.Read(run.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(summary.Cells.Select(c => c.Slot), Is.EqualTo(new[] { "p1", "p2", "p3", "p4", "p5" }));
            Assert.That(summary.Cells.Select(c => c.Total.Hours), Is.EqualTo(whole.Slots.Select(s => whole.DeviceHours(s.Name))));
            Assert.That(summary.Cells.Sum(c => c.Total.Failures), Is.EqualTo(whole.Failures.Count));
            Assert.That(summary.Cells.Select(c => c.Firmware).Distinct(), Is.EqualTo(new[] { "OpenBK7231T_App 1.18.158" }));
            Assert.That(summary.Cells.Select(c => c.Figures[NightSummary.HeapFloor].Single()), Is.EqualTo(whole.Slots.Select(s => (double)whole.Telemetry.Where(t => t.Slot == s.Name).Min(t => t.HeapB)!.Value)));
            Assert.That(summary.Cells.Single(c => c.Slot == "p3").Modes, Does.ContainKey("PERIODIC_FREEZE F09").Or.ContainKey("NET_FREEZE F09"));
        }
    }

    [Test]
    public void Read_NightThatWasDrawn_IsTheSameAsFromItsJournal_AndNewerRowsCount()
    {
        using TestRun night = Nights.Smoke();
        string Json(NightSummary summary) => JsonSerializer.Serialize(summary);
        string journal = Json(NightSummary.Read(night.Folder));
        ReportRenderer.Render(night.Folder);
        string drawn = Json(NightSummary.Read(night.Folder));
        string path = Path.Combine(night.Folder, "report", "summary.json");
        string file = File.ReadAllText(path);

        night.Incident("p1", "CRASH", "F04", "one more", 300, 310, 320, "watchdog", "", []);
        NightSummary newer = NightSummary.Read(night.Folder);
        File.WriteAllText(path, "{ half");
        NightSummary broken = NightSummary.Read(night.Folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(file, Does.Contain("\"Version\":8"));
            Assert.That(drawn, Is.EqualTo(journal));
            Assert.That(newer.Cells[0].Modes["CRASH F04"], Is.EqualTo(1), "the journal has grown: the file is left aside");
            Assert.That(broken.Cells, Has.Count.EqualTo(5));
        }
    }
}

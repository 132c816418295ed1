using LabRunner.Reports.Records;
using LabRunner.Reports.Variant;

namespace LabRunner.Reports.Tests.Variant;

/// <summary>What a board is to be written down with, out of the runs: constants, flash, template, exceptions.</summary>
public sealed class VariantFactsTests
{
    private const string Template = "{\n  \"name\": \"A <new> plug\",\n  \"pins\": { \"5\": \"Rel_n;1\" }\n}\n";

    [Test]
    public void Write_ProbeOfABoard_TellsItsConstantsItsTemplateAndItsFlash()
    {
        using TestRun probe = new();
        SlotOfABoard(probe);
        foreach ((string step, double emitted, double counted) in ((string, double, double)[])[("cf scale", 100, 101), ("cf scale", 200, 202), ("cf scale", 400, 404), ("cf1 scale", 500, 490), ("cf scale", 100, 0)])
        {
            probe.Insert("trials", ("slot", "u1"), ("suite", "PROBE"), ("step", step), ("at", 1), ("ok", counted > 0), ("durationMs", 1), ("detail", FormattableString.Invariant($"{{\"seen\":\"{emitted:0} Hz emitted, {counted:0.0} Hz counted on GPIO 5\"}}")));
        }

        Write(probe, "artifacts/u1/new-board.template.json", Template);
        probe.Artefact("u1", "PROBE", null, 2, "new-board.template.json", "application/json", "artifacts/u1/new-board.template.json");
        Write(probe, "artifacts/reflash-u1/reflash.txt", "/dev/ttyUSB0: entering.\nChip BL602, 18b905000001, flash 2,048 KiB (C84015), 2,000,000 baud.\n");

        string html = VariantReport.Write(VariantRecord.Read([probe.Folder], null));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("1.5 W/Hz").And.Contain("0.0118577075 A/Hz").And.Contain("0.13253012048 V/Hz").And.Contain("board file new-board"));
            Assert.That(html, Does.Contain("1.515 W/Hz").And.Contain("the probe, 3 steps"), "101 counted where 100 are emitted");
            Assert.That(html, Does.Contain("0.1299 V/Hz").And.Contain("the probe, 1 step"));
            Assert.That(html, Does.Contain("new-board.template.json of run").And.Contain("A &lt;new&gt; plug").And.Contain("Rel_n;1"));
            Assert.That(html, Does.Contain("C84015, 2,048 KiB, as it said when the recovery of "));
            Assert.That(html.Split("Flash (JEDEC id)"), Has.Length.EqualTo(2), "told, and no blank to fill in");
        }
    }

    /// <summary>Two runs that asked one question stand as two answers, each with the run that it is of.</summary>
    [Test]
    public void Write_QuestionsOfTwoRuns_AreToldApart()
    {
        using TestRun one = new(), other = new();
        foreach (TestRun run in (TestRun[])[one, other])
        {
            run.Slot("u1");
            run.Test("u1", "S14", "Energy_AfterAReboot_IsTheSame", 1, 2, Verdict.Pass);
            run.Measure("u1", "S14", "current@60W", 1, 0.26, "A", null, null, 0.26, Verdict.Pass, new { loadWatts = "60", quantum = "0.011858" });
        }

        string two = VariantReport.Write(VariantRecord.Read([one.Folder, other.Folder], null)), alone = VariantReport.Write(VariantRecord.Read([one.Folder], null));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(two, Does.Contain("Energy after a reboot is the same, run 1").And.Contain("Energy after a reboot is the same, run 2").And.Contain("current@60W, run 2").And.Contain(">Run 2<"));
            Assert.That(alone, Does.Contain(">Energy after a reboot is the same<").And.Not.Contain("run 1"));
        }
    }

    [Test]
    public void Write_CheckupOfAKnownLoad_TellsTheDevicesOwnConstant()
    {
        using TestRun night = new();
        night.Slot("u1");
        night.Identity("u1", "before", 1, new Dictionary<string, string>
        {
            ["calibration power"] = "606", ["calibration power emitted"] = "600", ["calibration power quantum"] = "1.5", ["calibration voltage"] = "0", ["calibration voltage emitted"] = "230", ["calibration voltage quantum"] = "0.13253",
        });
        night.Measure("u1", "S14", "current@60W", 1, 0.26, "A", null, null, 0.26, Verdict.Pass, new { loadWatts = "60", quantum = "0.011858" });

        string html = VariantReport.Write(VariantRecord.Read([night.Folder], null));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("1.5 W/Hz").And.Contain("the checkup").And.Contain("1.515 W/Hz").And.Contain("a known load at the checkup"));
            Assert.That(html, Does.Contain("0.13253 V/Hz"), "a reading of 0 is no constant of the device's own");
            Assert.That(html, Does.Contain("0.011858 A/Hz").And.Contain("the finest step of suite S14"));
            Assert.That(html, Does.Contain("Flash (JEDEC id)").And.Contain("None: the board was not probed."));
        }
    }

    [Test]
    public void Write_NothingKnown_SaysSoInEachPart()
    {
        using TestRun probe = new();
        probe.Slot("u1");
        probe.Measure("u1", "PROBE", "relay", 1, 5, "GPIO", null, null, null, Verdict.Pass, new { kind = "function", gpio = "5" });
        probe.Artefact("u1", "PROBE", null, 2, "x.template.json", "application/json", "../../etc/passwd");
        Write(probe, "artifacts/reflash-u1/reflash.txt", new string('x', 100_000) + " flash 2,048 KiB (C84015)");

        string html = VariantReport.Write(VariantRecord.Read([probe.Folder], null));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("Not told by these runs.").And.Contain("It is not in the run folder.").And.Contain("None: nothing of this board is quarantined"));
            Assert.That(html, Does.Not.Contain("C84015").And.Not.Contain("root:"));
        }
    }

    /// <summary>Exceptions of this slot alone, and none of a run that does not count.</summary>
    [Test]
    public void Write_QuarantineAndRemarks_AreTheKnownExceptions()
    {
        using TestRun night = new();
        using TestRun blind = new();
        foreach (TestRun run in (TestRun[])[night, blind])
        {
            run.Slot("u1");
            run.Slot("u2");
            run.Test("u1", "S07", "HalfOpen_IsLetGo", 1, 2, Verdict.Fail, "8 of 8 stayed");
            run.Test("u1", "S14", "AbovePowerMax", 1, 2, Verdict.Warn, "F47: a load above it is not seen.\nAssert.Warn");
            run.Incident("u1", "NET_FREEZE", "F01", "froze", 5, null, null, null, "", []);
            run.Incident("u2", "CRASH", "F04", "crashed", 6, null, null, null, "", []);
        }

        night.Verdict("test:S07.HalfOpen_IsLetGo:u1", VerdictRecord.QuarantineRule, Verdict.Warn, "S07 failed: quarantined until 2026-12-31: the default server has no timeout");
        night.Verdict("incident:1", VerdictRecord.QuarantineRule, Verdict.Warn, "NET_FREEZE F01: quarantined until 2026-12-31: under work");
        night.Verdict("incident:2", VerdictRecord.QuarantineRule, Verdict.Warn, "of another plug");
        blind.Verdict("test:S07.HalfOpen_IsLetGo:u1", VerdictRecord.QuarantineRule, Verdict.Warn, "of a blind night");
        blind.Verdict("slot:u1", "stability", Verdict.Invalid, "The bench was blind.");

        string html = VariantReport.Write(VariantRecord.Read([night.Folder, blind.Folder], "u1"));
        string part = html[html.IndexOf("Known exceptions", StringComparison.Ordinal)..html.IndexOf("What was not tested", StringComparison.Ordinal)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(part, Does.Contain("the default server has no timeout").And.Contain("NET_FREEZE F01: quarantined").And.Contain("S14 AbovePowerMax: F47: a load above it is not seen."));
            Assert.That(part, Does.Not.Contain("of another plug").And.Not.Contain("of a blind night").And.Not.Contain("Assert.Warn"));
        }
    }

    private static void SlotOfABoard(TestRun run) => run.Insert(
        "slots", ("name", "u1"), ("board", "new-board"), ("title", "A new plug"), ("chip", "BL602"), ("sentinel", false), ("capabilities", "[]"),
        ("facts", System.Text.Json.JsonSerializer.Serialize(BoardFacts.Of(0.13253012048, 0.0118577075, 1.5))));

    private static void Write(TestRun run, string path, string text)
    {
        string file = Path.Combine(run.Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

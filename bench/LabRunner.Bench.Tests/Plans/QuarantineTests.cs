using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Tests.Inventory;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Plans;

public sealed class QuarantineTests
{
    private const string File = """
        quarantine:
          - { test: S13.Hold_ChangesNothing, slot: p1, until: 2026-06-30, reason: "known" }
          - { mode: F17, firmware: "1.18.158", until: 2026-06-30, reason: "leak, being mended" }
        """;

    private static readonly DateOnly LastDay = new(2026, 6, 30);

    [Test]
    public void Judge_QuarantinedTest_IsAWarningThatSaysSo_AndNeverAPass()
    {
        IReadOnlyList<VerdictRecord> rows = Judge(LastDay, [Test("Hold_ChangesNothing", Verdict.Fail), Test("Other", Verdict.Pass)], []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(rows, "suite:S13:p1", "tests").Verdict, Is.EqualTo(Verdict.Warn));
            Assert.That(Of(rows, "test:S13.Hold_ChangesNothing:p1", "quarantine").Text, Does.Contain("2026-06-30").And.Contains("known"));
            Assert.That(Of(rows, "slot:p1", "stability").Verdict, Is.EqualTo(Verdict.Warn));
            Assert.That(Of(rows, "night", "overall").Verdict, Is.EqualTo(Verdict.Warn));
        }
    }

    [Test]
    public void Judge_TheDayAfter_CountsAgainAndIsTold()
    {
        IReadOnlyList<VerdictRecord> rows = Judge(LastDay.AddDays(1), [Test("Hold_ChangesNothing", Verdict.Fail)], []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(rows, "night", "overall").Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(rows.Where(r => r.Rule == "quarantine-ended").Select(r => r.Text), Has.Exactly(2).Contains("ended on 2026-06-30"));
        }
    }

    [TestCase("1.18.158", Verdict.Warn)]
    [TestCase("1.18.159", Verdict.Fail)]
    public void Judge_QuarantinedMode_IsExcusedUnderItsFirmwareAlone(string firmware, Verdict verdict)
    {
        IncidentRecord leak = new(7, "p1", "LEAK", "F17", "Leaks", 10, 10, null, null, null, null, false, "analysis", null, null, "", []);

        Assert.That(Of(Judge(LastDay, [Test("Other", Verdict.Pass)], [leak], firmware), "slot:p1", "stability").Verdict, Is.EqualTo(verdict));
    }

    [Test]
    public void Judge_QuarantinedIncident_IsToldAsSuchAndNotAsNone()
    {
        IncidentRecord leak = new(7, "p1", "LEAK", "F17", "Leaks", 10, 10, null, null, null, null, false, "analysis", null, null, "", []);

        Assert.That(
            Of(Judge(LastDay, [Test("Other", Verdict.Pass)], [leak], "1.18.158"), "slot:p1", "stability").Text,
            Is.EqualTo("No incident counts against it (Leaks (LEAK F17), in quarantine) and no failed test."));
    }

    [Test]
    public void Judge_FigureAndFindingOfAQuarantinedTest_AreExcusedWithIt()
    {
        TestRecord excused = Test("Hold_ChangesNothing", Verdict.Fail);
        TestRecord next = Test("Other", Verdict.Pass) with { Id = 2, Started = 2, Ended = 3 };
        MeasurementRecord figure = new(1, "p1", "S13", "changes", 0.5, 2, "", null, 0, null, Verdict.Fail, new Dictionary<string, string>());
        IncidentRecord found = new(7, "p1", "BUTTON_DEAD", "F43", "Holds toggle", 0.5, 0.6, null, null, null, null, false, "suite", null, null, "", []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(Judge(LastDay, [excused, next], [found], figures: [figure]), "night", "overall").Verdict, Is.EqualTo(Verdict.Warn));
            Assert.That(Of(Judge(LastDay, [excused, next], [], figures: [figure with { At = 2.5 }]), "suite:S13:p1", "tests").Verdict, Is.EqualTo(Verdict.Fail), "of another test");
            Assert.That(Of(Judge(LastDay, [excused, next], [found with { FirstSymptom = 2.5 }]), "night", "overall").Verdict, Is.EqualTo(Verdict.Fail), "of another test");
            Assert.That(Of(Judge(LastDay, [excused, next], [found with { Source = "watch" }]), "night", "overall").Verdict, Is.EqualTo(Verdict.Fail), "what the watch saw");
        }
    }

    [Test]
    public void Judge_FigureOfAnInvalidTest_CountsForNothing()
    {
        TestRecord invalid = Test("Other", Verdict.Invalid);
        MeasurementRecord figure = new(1, "p1", "S13", "changes", 0.5, 2, "", null, 0, null, Verdict.Fail, new Dictionary<string, string>());

        Assert.That(Of(Judge(LastDay, [invalid], [], figures: [figure]), "suite:S13:p1", "tests").Verdict, Is.EqualTo(Verdict.Invalid));
        Assert.That(Of(Judge(LastDay, [invalid with { Verdict = Verdict.Pass }], [], figures: [figure]), "suite:S13:p1", "tests").Verdict, Is.EqualTo(Verdict.Fail));
    }

    [Test]
    public void Judge_AnotherTestOrSlot_IsNotExcused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(Judge(LastDay, [Test("Other", Verdict.Fail)], []), "night", "overall").Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(Of(Judge(LastDay, [Test("Hold_ChangesNothing", Verdict.Fail, "p2")], []), "night", "overall").Verdict, Is.EqualTo(Verdict.Fail));
        }
    }

    [Test]
    public void Load_FileOfTheRepository_HasNoProblem() => Assert.That(() => Quarantine.Load(DataFiles.Folders.QuarantineFile), Throws.Nothing);

    [TestCase("empty", "the file is empty")]
    [TestCase("folder", "this is a folder")]
    [TestCase("dangling", "cannot be read|there is no quarantine file")]
    public void Load_WhatCannotBeRead_IsASentence(string what, string said)
    {
        string folder = Directory.CreateTempSubdirectory("quarantine").FullName;
        string file = Path.Combine(folder, "quarantine.yaml");
        try
        {
            switch (what)
            {
                case "empty": System.IO.File.WriteAllText(file, ""); break;
                case "folder": Directory.CreateDirectory(file); break;
                default: System.IO.File.CreateSymbolicLink(file, Path.Combine(folder, "nowhere")); break;
            }

            Assert.That(() => Quarantine.Load(file), Throws.TypeOf<FileProblemsException>().With.Message.Match(said));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("- { test: S13, until: 2026-06-30, reason: x }", "names a 'slot' or a 'firmware'")]
    [TestCase("- { slot: p1, until: 2026-06-30, reason: x }", "either a 'test' or a 'mode'")]
    [TestCase("- { test: S99, slot: p1, until: 2026-06-30, reason: x }", "S99")]
    [TestCase("- { test: S13, slot: p1, until: 30.6.2026, reason: x }", "no day")]
    [TestCase("- { test: S13, slot: p1, until: 2026-06-30 }", "reason")]
    [TestCase("- { test: S13, slot: p1, until: 2026-06-30, reason: \"\" }", "'reason' is empty")]
    [TestCase("- { mode: F43, firmware: \"\", until: 2026-06-30, reason: x }", "'firmware' is empty, and would excuse everything")]
    [TestCase("- { mode: F43, slot: \" \", until: 2026-06-30, reason: x }", "'slot' is empty")]
    [TestCase("- { mode: F99, slot: p1, until: 2026-06-30, reason: x }", "'F99' is no failure mode")]
    [TestCase("- S13", "Write a mapping")]
    public void LoadText_WrongEntry_IsNamed(string entry, string problem) =>
        Assert.That(() => Quarantine.LoadText("q.yaml", $"quarantine:\n  {entry}\n"), Throws.TypeOf<FileProblemsException>().With.Message.Contains(problem));

    private static VerdictRecord Of(IReadOnlyList<VerdictRecord> rows, string scope, string rule) => rows.Single(r => r.Scope == scope && r.Rule == rule);

    private static TestRecord Test(string name, Verdict verdict, string slot = "p1") => new(1, slot, "S13", name, "x." + name, 0, 1, verdict, null, null);

    private static IReadOnlyList<VerdictRecord> Judge(DateOnly day, TestRecord[] tests, IncidentRecord[] incidents, string firmware = "1.18.158", MeasurementRecord[]? figures = null) => VerdictRules.Judge(new NightFacts
    {
        Goals = new GoalPlan(),
        Slots = [.. tests.Select(t => t.Slot).Distinct().Select(s => new SlotFacts(s, incidents, [], null))],
        Tests = tests,
        Measurements = figures ?? [],
        Quarantine = Quarantine.LoadText("q.yaml", File),
        Day = day,
        Firmware = new Dictionary<string, string> { ["p1"] = firmware, ["p2"] = firmware },
    });
}

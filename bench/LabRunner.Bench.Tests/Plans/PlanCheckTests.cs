using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;

namespace LabRunner.Bench.Tests.Plans;

[TestFixture]
public sealed class PlanCheckTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("labrunner-plan-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, true);

    public static IEnumerable<string> ShippedPlans() => Directory.EnumerateFiles(BenchFolders.Find().Plans, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f));

    [TestCaseSource(nameof(ShippedPlans))]
    public void Unproved_ShippedPlan_EverySlotBeginsWithTheSelfTest(string plan) => Assert.That(PlanCheck.Unproved(Files(plan)), Is.Empty);

    [Test]
    public void Unproved_PlanWithoutTheSelfTestOrWithItLater_NamesSlotsAndRemedy()
    {
        string path = Path.Combine(_folder, "late.yaml");
        File.WriteAllText(path, "plan: late\nsuites:\n  - S01: { slots: [p1, p2] }\n  - S17: { slots: [p2, p3] }\n  - S02: { slots: [p3] }\n");

        Assert.That(
            PlanCheck.Unproved(Files(path)),
            Is.EqualTo(new[]
            {
                "S17 is not in the plan for p1: the night will not show that the bench sees a failure there. Write '- S17: { }' as the first suite.",
                "S01 comes before S17 for p2: the night will not show that the bench sees a failure there. Write '- S17: { }' as the first suite.",
            }));
    }

    [TestCaseSource(nameof(ShippedPlans))]
    public async Task Check_ShippedPlan_IsTakenByItsSuites(string plan) => await Assert.ThatAsync(() => SuiteCatalogue.CheckAsync(Files(plan).Plan, default), Throws.Nothing);

    [TestCase("S02: { offMin: 5s, offMax: 1s }", "offMin: 5s is above offMax, 1s")]
    [TestCase("S03: { shortOn: \"2s,20s\" }", "shortOn: 20s is no short boot")]
    [TestCase("S03: { longOn: 7s }", "longOn: 7s is no longer than a good boot takes")]
    [TestCase("S03: { rungs: 4 }", "rungs: 4 boots never come to boot 5")]
    [TestCase("S05: { rates: fast }", "rates: ")]
    [TestCase("S05: { aborts: \"150%\" }", "aborts: ")]
    [TestCase("S05: { cases: \"all,nonsense-*\" }", "cases: 'nonsense-*' is no attempt of the matrix")]
    [TestCase("S10: { timeSteps: \"3600,yesterday\" }", "timeSteps: 'yesterday' is no step of a clock")]
    [TestCase("S10: { lease: 200s }", "otherLease: 4m is too near to 'lease: 200s'")]
    [TestCase("S13: { earlyDoubleClick: \"yes\" }", "earlyDoubleClick: 'yes' is not clear-credentials")]
    [TestCase("S17: { provoke: \"\" }", "provoke: nothing is named")]
    [TestCase("S18: { pages: \"index,nosuch\" }", "pages: 'nosuch' is no page of S18")]
    public async Task Check_ValuesThatDoNotGoTogether_AreToldBeforeTheNight(string suite, string said)
    {
        string path = Path.Combine(_folder, "wrong.yaml");
        await File.WriteAllTextAsync(path, $"plan: wrong\nsuites:\n  - S17: {{ }}\n  - {suite}\n");

        await Assert.ThatAsync(() => SuiteCatalogue.CheckAsync(Files(path).Plan, default), Throws.TypeOf<FileProblemsException>().With.Message.Contains(said));
    }

    [Test]
    public async Task Check_TheSameParameterOfTwoSuites_NamesTheOneThatIsWrong()
    {
        string path = Path.Combine(_folder, "twice.yaml");
        await File.WriteAllTextAsync(path, "plan: twice\nsuites:\n  - S17: { }\n  - S02: { cycles: 6 }\n  - S04:\n      cycles: many\n      nosuch: 1\n");

        FileProblemsException? wrong = await Assert.ThrowsAsync<FileProblemsException>(() => SuiteCatalogue.CheckAsync(Files(path).Plan, default));
        Assert.That(wrong?.Problems.Select(p => (p.Place.Line, p.Place.Column)), Is.EquivalentTo(new[] { (6, 7), (7, 7) }));
    }

    [Test]
    public async Task Whole_MistakesOfStructureAndOfValues_AreToldTogetherInTheirOrder()
    {
        string path = Path.Combine(_folder, "both.yaml");
        await File.WriteAllTextAsync(path, "plan: both\ntimeScale: 0.5\nsuites:\n  - S17: { }\n  - S02: { cycles: many }\n  - S04: { slots: [p9] }\n  - S99: { }\n  - S18: { chnges: 1 }\n");

        FileProblemsException? wrong = await Assert.ThrowsAsync<FileProblemsException>(() => PlanCheck.WholeAsync(new BenchOwnerOptions { Bench = "virtual", Plan = path, TimeScale = 1 }, default));
        Assert.That(wrong?.Problems.Select(p => (p.Place.Line, p.Problem.Split('\'')[1])), Is.EqualTo(new[] { (2, "timeScale"), (5, "many"), (6, "p9"), (7, "S99"), (8, "chnges") }));
    }

    [Test]
    public async Task Idle_EntriesThatExcuseNothing_AreNamedWithTheRemedy()
    {
        BenchFiles files = Files("smoke");
        IReadOnlyDictionary<string, IReadOnlyList<string>> tests = await PlanCheck.RunAsync(files.Plan, default);
        string test = tests["S13"][0];
        DateOnly day = new(2030, 6, 15);
        QuarantineEntry good = new("S13." + test, null, "p1", null, day, "known");
        BenchFiles with = files with { Quarantine = new Quarantine(
        [
            good, good with { Test = "S13" }, new(null, "F17", "p1", null, day, "known"),
            good with { Test = $"S13.{test}x" }, good with { Slot = "p99" }, good with { Until = day.AddDays(-1) },
        ]) };

        Assert.That(PlanCheck.Idle(with, tests, day), Is.EqualTo(new[]
        {
            $"the quarantine of S13.{test}x on p1 excuses nothing: S13 has no test '{test}x'. Write '{test}'.",
            $"the quarantine of S13.{test} on p99 excuses nothing on this bench, which has no slot 'p99'. Write 'p1', if it is not for another bench.",
            $"the quarantine of S13.{test} on p1 ended on 2030-06-14 and excuses nothing any more. Mend what it excused, renew it or take it out.",
        }));
    }

    private static BenchFiles Files(string plan) => BenchFiles.Load(new BenchOwnerOptions { Bench = "virtual", Plan = plan, TimeScale = 1 });
}

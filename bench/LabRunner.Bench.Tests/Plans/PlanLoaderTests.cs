using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Tests.Inventory;

namespace LabRunner.Bench.Tests.Plans;

public sealed class PlanLoaderTests
{
    [TestCase("smoke", "S17 S01 S02 S04 S12 S13 S14 S18")]
    [TestCase("check", "S17 S02 S04 S12 S03 S13 S15 S16 S14 S18")]
    [TestCase("nightly", "S17 S09 S08 S01 S02 S03 S04 S07 S11 S05 S06 S07 S09 S10 S11 S15 S16 S12 S13 S14 S18 S01")]
    [TestCase("weekend", "S17 S07 S11 S09 S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11 S12 S13 S14 S15 S16 S18 S09")]
    [TestCase("release-candidate", "S17 S02 S04 S13 S14 S18 S01")]
    [TestCase("new-pcb", "S17 S13 S14 S18 S02 S04 S03 S15 S16 S01")]
    public void Load_PlanOfTheRepository_HasItsSuites(string name, string suites)
    {
        Plan plan = PlanLoader.Load(name, DataFiles.Folders.Plans);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Name, Is.EqualTo(name));
            Assert.That(string.Join(' ', plan.Suites.Select(s => s.Suite)), Is.EqualTo(suites));
        }
    }

    [Test]
    public void Load_EveryPlanOfTheRepository_HasNoProblem()
    {
        foreach (string file in Directory.EnumerateFiles(DataFiles.Folders.Plans, "*.yaml"))
        {
            Assert.That(() => PlanLoader.Load(file, DataFiles.Folders.Plans), Throws.Nothing, file);
        }
    }

    [Test]
    public void Load_Smoke_IsBound()
    {
        Plan plan = PlanLoader.Load("smoke", DataFiles.Folders.Plans);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.TimeScale, Is.EqualTo(20));
            Assert.That(plan.Baseline, Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That(plan.Watch, Is.EqualTo(new WatchPlan { SelfHeal = TimeSpan.FromSeconds(30), MqttEvery = TimeSpan.FromSeconds(30) }));
            Assert.That(plan.Leak, Is.EqualTo(new LeakPlan { Skip = TimeSpan.FromSeconds(60), Block = TimeSpan.FromSeconds(30) }));
            Assert.That(plan.Goals, Is.EqualTo(new GoalPlan()));
            Assert.That(plan.Suites[1].Slots, Is.Empty);
            Assert.That(plan.Suites[1].Parameters, Is.EqualTo(new Dictionary<string, string> { ["duration"] = "6m", ["loadWatts"] = "60" }));
            Assert.That(plan.Suites[4].Parameters["intervals"], Is.EqualTo("30,60,120"));
        }
    }

    [Test]
    public void LoadText_EntryDoneTogether_IsOfAllSlots()
    {
        Plan plan = PlanLoader.LoadText("p.yaml", "plan: p\nsuites:\n  - S09: { together: true, channels: 2 }\n  - S09: { together: false, slots: [p1] }");
        Assert.That(plan.Suites.Select(suite => (suite.Together, suite.Parameters.Count)), Is.EqualTo(new[] { (true, 1), (false, 0) }));
    }

    [TestCase("together: true, slots: [p1]", "p.yaml:3:10: S09 is done together, but not by all slots. Leave 'slots' and 'role' out: nobody else may be under test meanwhile.")]
    [TestCase("together: perhaps", "p.yaml:3:22: 'together' of S09 is 'perhaps'. Write true or false.")]
    [TestCase("together: [p1]", "p.yaml:3:22: 'together' of S09 is a list. Write true or false.")]
    public void LoadText_TogetherThatCannotBe_IsTold(string parameters, string told) =>
        Assert.That(
            () => PlanLoader.LoadText("p.yaml", $"plan: p\nsuites:\n  - S09: {{ {parameters} }}"),
            Throws.TypeOf<FileProblemsException>().With.Message.Contains(told));

    [TestCase("watch: { railLowest: 4, railHighest: 3 }", "p.yaml:2:22: 'railLowest' must be below 'railHighest'. Write for example 2.7 and 3.63.")]
    [TestCase("watch: { confirm: 0s }", "p.yaml:2:19: 'confirm' is '0s', out of range. Write at least 1s.")]
    [TestCase("leak: { minBytesPerHour: -3 }", "'minBytesPerHour' and 'minDropBytes' must not be below 0. Write for example 32 and 1024.")]
    [TestCase("leak: { minDropBytes: -1 }", "'minBytesPerHour' and 'minDropBytes' must not be below 0. Write for example 32 and 1024.")]
    public void LoadText_LimitsThatSeeAFailureInEverything_AreTold(string line, string told) =>
        Assert.That(() => PlanLoader.LoadText("p.yaml", $"plan: p\n{line}\nsuites:\n  - S17\n"), Throws.TypeOf<FileProblemsException>().With.Message.Contains(told));

    [Test]
    public void LoadText_SuitesOfAllShapes_AreRead()
    {
        Plan plan = PlanLoader.LoadText("p.yaml", """
            plan: p
            suites:
              - S17
              - S18:
              - S01: { duration: 6m, slots: [p1, p2] }
            """, ["p1", "p2"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Suites.Select(s => s.Suite), Is.EqualTo(new[] { "S17", "S18", "S01" }));
            Assert.That(plan.Suites[2].Slots, Is.EqualTo(new[] { "p1", "p2" }));
            Assert.That(plan.Suites[2].Parameters.Keys, Is.EqualTo(new[] { "duration" }));
            Assert.That(plan.TimeScale, Is.EqualTo(1));
        }
    }

    [Test]
    public void LoadText_BrokenPlan_NamesAllProblems()
    {
        FileProblemsException failure = Assert.Throws<FileProblemsException>(() => PlanLoader.LoadText("p.yaml", """
            plan: p
            timescale: 20
            baseline: 30
            testLimit: 1s
            watch: { selfheal: 30s, powerCycles: two, pingEvery: 1ms }
            goals: { mtbfGoodHours: 10, mtbfBadHours: 56 }
            suites:
              - S19: { }
              - S01: { duration: [6m], slots: [p1, q2, p1] }
              - S02: 5
              - { S04: { }, S12: { } }
            """, ["p1", "p2"]))!;
        Assert.That(failure.Message.Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "p.yaml:2:1: the plan has no key 'timescale'. Write 'timeScale'.",
            "p.yaml:3:11: 'baseline' is '30'. Write a number with a unit: 300ms, 5s, 2m, 12h or 1d.",
            "p.yaml:4:12: 'testLimit' is '1s', out of range. Write 10s to 30d.",
            "p.yaml:5:10: 'watch' has no key 'selfheal'. Write 'selfHeal'.",
            "p.yaml:5:38: 'powerCycles' is 'two'. Write a whole number.",
            "p.yaml:5:54: 'pingEvery' is '1ms', out of range. Write at least 100ms.",
            "p.yaml:6:8: 'mtbfGoodHours' must be above 'mtbfBadHours', and both above 0. Write for example 168 and 56.",
            "p.yaml:8:5: unknown suite 'S19'. Write 'S09'.",
            "p.yaml:9:22: parameter 'duration' of S01 is a list. Write a text; several values as \"10,30,60\".",
            "p.yaml:9:40: unknown slot 'q2'. Write 'p2'.",
            "p.yaml:9:44: slot 'p1' of S01 stands here a second time. Keep one of them.",
            "p.yaml:10:10: the parameters of S02 are '5'. Write a mapping: { duration: 6m }.",
            "p.yaml:11:5: a suite is a mapping. Write one suite an item: '- S01: { duration: 6m }'.",
        }));
    }

    [Test]
    public void Load_UnknownPlan_NamesTheNearest() =>
        Assert.That(
            () => PlanLoader.Load("smok", DataFiles.Folders.Plans),
            Throws.InstanceOf<FileProblemsException>().With.Message.EndsWith("there is no plan file 'smok'. Write 'smoke'."));
}

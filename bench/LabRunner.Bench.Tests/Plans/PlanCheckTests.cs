using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Inventory;

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

    private static BenchFiles Files(string plan) => BenchFiles.Load(new BenchOwnerOptions { Bench = "virtual", Plan = plan, TimeScale = 1 });
}

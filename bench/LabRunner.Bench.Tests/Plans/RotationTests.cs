using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;

namespace LabRunner.Bench.Tests.Plans;

public sealed class RotationTests
{
    private static readonly string[] Slots = ["p1", "p2", "p3", "p4", "p5"];

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(7)]
    public void Deal_OverAsManyNightsAsRoles_IsALatinSquare(int count)
    {
        string[] roles = [.. Enumerable.Range(0, count).Select(i => $"role{i}")];
        List<Rotation> nights = [.. Enumerable.Range(9_800, count).Select(night => Rotation.Deal(roles, Slots, night))];
        foreach (string slot in Slots)
        {
            Assert.That(nights.Select(n => n.ByRole.Single(r => r.Value.Contains(slot)).Key), Is.EquivalentTo(roles), slot);
        }

        foreach (Rotation night in nights)
        {
            Assert.That(night.ByRole.Values.SelectMany(s => s), Is.EquivalentTo(Slots), $"{night}");
            Assert.That(night.ByRole.Values.Max(s => s.Count) - night.ByRole.Values.Min(s => s.Count), Is.LessThanOrEqualTo(1), $"{night}");
        }
    }

    [Test]
    public void Resolve_RoleOfNobody_LeavesItsSuitesOut()
    {
        PlannedSuite[] suites = [new("S17", [], NoParameters), new("S01", [], NoParameters, "soak"), new("S02", [], NoParameters, "power")];
        IReadOnlyList<PlannedSuite> tonight = Rotation.Deal(["soak", "power"], ["p1"], 1).Resolve(suites);

        // With nobody's slots it would be everybody's suite.
        Assert.That(tonight.Select(s => $"{s.Suite} {string.Join(' ', s.Slots)}"), Is.EqualTo(new[] { "S17 ", "S02 p1" }));
    }

    [Test]
    public void NightOf_TheNextDay_IsTheNextNight() => Assert.That(
        Rotation.NightOf(new DateTimeOffset(2026, 3, 1, 20, 0, 0, TimeSpan.Zero)) - Rotation.NightOf(new DateTimeOffset(2026, 2, 28, 20, 0, 0, TimeSpan.Zero)), Is.EqualTo(1));

    [TestCase("suites:\n  - S01: { role: soak }", "has a role, but the plan has no 'rotation'")]
    [TestCase("rotation: [soak]\nsuites:\n  - S01: { role: sock }", "soak")]
    [TestCase("rotation: [soak, power]\nsuites:\n  - S01: { role: soak }", "no suite has the role 'power'")]
    [TestCase("rotation: [soak, soak]\nsuites:\n  - S01: { role: soak }", "a second time")]
    [TestCase("rotation: [soak]\nsuites:\n  - S01: { role: soak, slots: [p1] }", "has both 'slots' and 'role'")]
    [TestCase("relayBudget: 0\nsuites:\n  - S01", "relayBudget")]
    public void LoadText_WrongRotation_IsNamed(string text, string problem) =>
        Assert.That(() => PlanLoader.LoadText("p.yaml", "plan: p\n" + text, ["p1"]), Throws.TypeOf<FileProblemsException>().With.Message.Contains(problem));

    private static readonly Dictionary<string, string> NoParameters = [];
}

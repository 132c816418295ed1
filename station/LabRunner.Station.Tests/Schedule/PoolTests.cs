using LabRunner.Station.Access;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>What is due to be looked at, and when.</summary>
public sealed class PoolTests
{
    private const string Quiet = "health: { fresh: 1h, again: 10m }\nquietHours:\n  noon: { from: \"11:00\", to: \"12:00\" }\n";
    private static readonly (HealthState?, string) Good = (HealthState.Good, ""), Bad = (HealthState.Bad, "it does not serve");

    private FakeTimeProvider _clock;
    private string _folder;
    private AuditLog _audit;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("pool-").FullName;
        _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        _audit = new(_folder, _ => { });
    }

    [TearDown]
    public void TearDown()
    {
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void OneBadSlot_IsDueAlone_AndItsLookCountsForNoRun()
    {
        Pool pool = Open(Quiet);
        pool.Put(HealthLook.Everything, new Dictionary<string, (HealthState?, string)> { ["p1"] = Good, ["p2"] = Bad, [Pool.Machine] = Good });
        _clock.Advance(TimeSpan.FromMinutes(10));
        HealthLook? again = pool.Due(null);
        DateTimeOffset? before = pool.Checked;
        pool.Put(again!, new Dictionary<string, (HealthState?, string)> { ["p2"] = Bad });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again?.Names, Is.EqualTo(new[] { "p2" }));
            Assert.That(pool.Checked, Is.EqualTo(before));
            Assert.That(pool.Due(null), Is.Null, "it was looked at just now");
        }
    }

    [Test]
    public void QuietHours_LetSlotsRest_UnlessSomebodyAsksOrARunIsToBegin()
    {
        Pool pool = Open(Quiet);
        pool.Put(HealthLook.Everything, new Dictionary<string, (HealthState?, string)> { ["p1"] = Good, ["p2"] = Bad, [Pool.Machine] = Bad });
        _clock.Advance(TimeSpan.FromMinutes(31));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.Due(null)?.Names, Is.EqualTo(new[] { Pool.Machine }), "that switches nothing");
            Assert.That(pool.Due(Job(null))?.Names, Is.EquivalentTo(new[] { Pool.Machine, "p2" }));
            pool.Want();
            Assert.That(pool.Due(null)?.All, Is.True);
        }

        pool.Put(HealthLook.Everything, new Dictionary<string, (HealthState?, string)> { ["p1"] = Good, ["p2"] = Bad, [Pool.Machine] = Good });
        _clock.Advance(TimeSpan.FromMinutes(20));
        Assert.That(pool.Due(null), Is.Null);
        _clock.Advance(TimeSpan.FromMinutes(40));
        Assert.That(pool.Due(null)?.Names, Is.EqualTo(new[] { "p2" }), "they are over");
    }

    [Test]
    public void Clock_ThatIsSetBack_DelaysNoLook()
    {
        Pool pool = Open("health: { fresh: 1h, again: 10m }\n");
        pool.Put(HealthLook.Everything, new Dictionary<string, (HealthState?, string)> { ["p1"] = Good, ["p2"] = Bad, [Pool.Machine] = Good });
        _clock.AdjustTime(_clock.GetUtcNow() - TimeSpan.FromDays(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.Due(null)?.Names, Is.EqualTo(new[] { "p2" }));
            Assert.That(pool.Due(Job("nightly"))?.All, Is.True);
        }
    }

    [TestCase("", "people", false)]
    [TestCase("", "entry", true)]
    [TestCase("health: { fresh: 2h }\n", "people", true)]
    [TestCase("health: { before: all }\n", "entry", true)]
    [TestCase("health: { before: scheduled }\n", "people", false)]
    [TestCase("health: { before: scheduled }\n", "entry", true)]
    [TestCase("health: { before: none }\n", "entry", false)]
    [TestCase("health: { before: none }\n", "people", false)]
    public void Run_WaitsForACheck_AsTheScheduleSays_AndByDefaultThatOfTheStationItself(string text, string whose, bool waits) =>
        Assert.That(Open(text).Due(Job(whose == "entry" ? "nightly" : null))?.All, Is.EqualTo(waits ? true : null));

    private static Job Job(string? entry) => new() { Id = "a", Plan = "check", Owner = "Anna", Created = ScheduleFiles.At("2026-06-01T10:30Z"), Entry = entry };

    private Pool Open(string text) => new(_folder, ScheduleFiles.Inventory, ScheduleFiles.Load(text), _audit, _clock);
}

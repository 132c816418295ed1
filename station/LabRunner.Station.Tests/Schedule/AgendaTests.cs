using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Runs;
using LabRunner.Station.Schedule;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>What is due goes into the queue once, whatever the station went through meanwhile.</summary>
public sealed class AgendaTests
{
    private const string Hourly = "entries:\n  hourly: { cron: \"0 * * * *\", plan: check, catchUp: 3h, priority: 70, slots: [p1, p2], needs: [pulses], why: \"each hour\" }\n";

    private FakeTimeProvider _clock;
    private readonly List<IDisposable> _open = [];
    private string _folder;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("agenda-").FullName;
        _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
    }

    [TearDown]
    public void TearDown()
    {
        _open.ForEach(o => o.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Entry_ThatIsDue_IsQueuedOnce_WithWhatItAsksFor()
    {
        Desk desk = Open(Hourly);
        int before = desk.Look();
        _clock.Advance(TimeSpan.FromMinutes(29));
        int early = desk.Look();
        _clock.Advance(TimeSpan.FromMinutes(1));
        desk.Look();
        desk.Look();
        Job job = desk.Jobs.All().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, early), Is.EqualTo((0, 0)));
            Assert.That((job.Plan, job.Entry, job.Priority, job.Owner, job.Why, job.Due), Is.EqualTo(("check", "hourly", 70, Agenda.Owner, "each hour", ScheduleFiles.At("2026-06-01T11:00Z"))));
            Assert.That(job.Slots, Is.EqualTo(new[] { "p1", "p2" }));
            Assert.That(desk.Audit.Newest(9).Select(a => $"{a.Who} {a.Action}: {a.What} ({a.Why})"), Is.EqualTo(new[]
            {
                $"the schedule schedule hourly: Entry 'hourly', due at 2026-06-01 11:00:00Z: in the queue as job {job.Id}. (each hour)",
            }));
        }
    }

    [TestCase(170, 1, "once for all that were missed", Description = "the newest of three, 20 minutes late")]
    [TestCase(5, 0, null, Description = "nothing was due meanwhile")]
    public void Entry_ThatWasMissed_RunsOnce_WhenItIsNotTooLate(int minutesAway, int expected, string? said)
    {
        Open(Hourly).Look();
        _clock.Advance(TimeSpan.FromMinutes(minutesAway));
        Desk after = Open(Hourly);
        after.Look();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Jobs.All(), Has.Count.EqualTo(expected));
            Assert.That(after.Audit.Newest(1).SingleOrDefault()?.What, said is null ? Is.Null : Does.Contain(said));
        }
    }

    [Test]
    public void Entry_ThatWasMissedTooLongAgo_IsLeftOut_AndThatIsSaid()
    {
        const string nightly = "entries:\n  night: { cron: \"0 11 * * *\", plan: check, catchUp: 1h }\n";
        Open(nightly).Look();
        _clock.Advance(TimeSpan.FromHours(5));
        Desk after = Open(nightly);
        after.Look();
        _clock.Advance(TimeSpan.FromMinutes(1));
        after.Look();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Jobs.All(), Is.Empty);
            Assert.That(after.Audit.Newest(9).Single().What, Does.Contain("due at 2026-06-01 11:00:00Z: left out; the station was not there, and more than catchUp (1h) has passed."));
            Assert.That(after.Agenda.Outcome("night")!.Text, Does.StartWith("left out"));
        }
    }

    [Test]
    public void Entry_WhoseLineWasChanged_HasMissedNothing()
    {
        Open(Hourly).Look();
        _clock.Advance(TimeSpan.FromHours(2));
        Desk after = Open(Hourly.Replace("0 * * * *", "15 * * * *", StringComparison.Ordinal));
        after.Look();

        Assert.That(after.Jobs.All(), Is.Empty);
    }

    [Test]
    public void Entry_WhoseJobStillWaits_IsNotQueuedTwice()
    {
        Desk desk = Open(Hourly);
        desk.Look();
        for (int i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
            desk.Look();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(desk.Jobs.All(), Has.Count.EqualTo(1));
            Assert.That(desk.Audit.Newest(1).Single().What, Does.Contain("left out; the one before").And.Contain("still waits"));
        }
    }

    [TestCase("still waits", "left out; the one before, job ", "It waits: Anna has p1")]
    [TestCase("waits for the end of quiet hours", null, null)]
    [TestCase("away", "left out; the station was not there, and more than catchUp (1h) has passed.", "")]
    [TestCase("away, and never caught up", null, null)]
    [TestCase("quiet: skip", null, null)]
    public void Entry_ThatIsLeftOutAgainstItsWill_IsToldOnItsChannels(string how, string? what, string? why)
    {
        File.WriteAllText(Path.Combine(_folder, "notify.yaml"), "channels:\n  - { kind: webhook, url: \"http://127.0.0.1:1/\" }\n");
        string quiet = how is "waits for the end of quiet hours" or "quiet: skip" ? "quietHours:\n  day: { from: \"10:45\", to: \"20:00\" }\n" : "";
        string keys = how switch { "quiet: skip" => ", quiet: skip", "away, and never caught up" => ", catchUp: 0s", _ => "" };
        Desk desk = Open($"{quiet}entries:\n  a: {{ cron: \"0 11,12 * * *\", plan: check, notify: \"{_folder}/notify.yaml\"{keys} }}\n");
        if (how == "still waits")
        {
            desk.Leases.Take("Anna", ["p1"], "bisecting", TimeSpan.FromHours(8));
        }

        desk.Look();
        foreach (int minutes in how.StartsWith("away", StringComparison.Ordinal) ? [300] : new[] { 30, 60 })
        {
            _clock.Advance(TimeSpan.FromMinutes(minutes));
            desk.Look();
            desk.Turn.Next(_ => false);
        }

        IReadOnlyList<StationNews> told = new NewsBook(_folder).All();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.Select(n => (n.Plan, n.Notify)), what is null ? Is.Empty : Is.EqualTo(new[] { ("check", Path.Combine(_folder, "notify.yaml")) }));
            Assert.That(told.Select(n => n.Text), what is null ? Is.Empty : Has.Exactly(1).StartsWith("Entry 'a', due at 2026-06-01 1").And.Exactly(1).Contains(what).And.Exactly(1).Contains(why));
        }
    }

    [Test]
    public void Station_ThatDiedBetweenQueueAndBook_QueuesNothingTwice()
    {
        Desk desk = Open(Hourly);
        desk.Look();
        byte[] before = File.ReadAllBytes(Path.Combine(_folder, "schedule.json"));
        _clock.Advance(TimeSpan.FromMinutes(30));
        desk.Look();
        File.WriteAllBytes(Path.Combine(_folder, "schedule.json"), before);
        Desk after = Open(Hourly);
        after.Look();

        Assert.That(after.Jobs.All(), Has.Count.EqualTo(1));
    }

    [Test]
    public void Clock_ThatWasInTheFuture_HoldsNothingUp()
    {
        _clock.SetUtcNow(ScheduleFiles.At("2027-01-01T00:00Z"));
        Open(Hourly).Look();
        FakeTimeProvider right = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        Desk after = Open(Hourly, right);
        after.Look();
        right.Advance(TimeSpan.FromMinutes(30));
        after.Look();

        Assert.That(after.Jobs.All(), Has.Count.EqualTo(1));
    }

    [TestCase("wait", 1, "it waits for the end of the quiet hours at 2026-06-01 12:00:00Z")]
    [TestCase("skip", 0, "left out; quiet hours until 2026-06-01 12:00:00Z")]
    public void QuietHours_HoldAnEntryUp_OrLeaveItOut_AsItSays(string quiet, int expected, string said)
    {
        Desk desk = Open($"quietHours:\n  noon: {{ from: \"10:45\", to: \"12:00\" }}\nentries:\n  a: {{ cron: \"0 11 * * *\", plan: check, quiet: {quiet} }}\n");
        desk.Look();
        _clock.Advance(TimeSpan.FromMinutes(30));
        desk.Look();
        Job? during = desk.Turn.Next(_ => false);
        string? waits = desk.Jobs.All().SingleOrDefault()?.Text;
        _clock.Advance(TimeSpan.FromMinutes(60));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(desk.Audit.Newest(1).Single().What, Does.Contain(said));
            Assert.That(during, Is.Null);
            Assert.That(waits, expected == 0 ? Is.Null : Is.EqualTo("It waits: quiet hours until 2026-06-01 12:00:00Z."));
            Assert.That(desk.Turn.Next(_ => false)?.Entry, expected == 0 ? Is.Null : Is.EqualTo("a"));
        }
    }

    [Test]
    public void QuietHours_LetThroughWhatWasAskedForInSpiteOfThem()
    {
        Desk desk = Open("quietHours:\n  noon: { from: \"10:00\", to: \"12:00\" }\n");
        Job job = new() { Id = "a", Plan = "check", Owner = "Anna", Created = _clock.GetUtcNow(), Priority = 90 };
        desk.Jobs.Put(job);
        desk.Jobs.Put(job with { Id = "b", Priority = 10, EvenInQuietHours = true });

        Assert.That(desk.Turn.Next(_ => false)?.Id, Is.EqualTo("b"));
    }

    [Test]
    public void ComingUp_SaysWhatQuietHoursDo()
    {
        StationSchedule schedule = ScheduleFiles.Load(
            "quietHours:\n  noon: { from: \"11:00\", to: \"12:00\" }\nentries:\n  a: { cron: \"30 11 * * *\", plan: check }\n  b: { cron: \"45 11 * * *\", plan: check, quiet: skip }\n  c: { cron: \"0 12 * * *\", plan: check }\n");

        Assert.That(
            ComingUp.Of(schedule, _clock.GetUtcNow(), 4).Select(c => $"{c.Entry.Name} {c.At:dd HH:mm} {c.StartsAt:HH:mm}"),
            Is.EqualTo(new[] { "a 01 11:30 12:00", "b 01 11:45 ", "c 01 12:00 12:00", "a 02 11:30 12:00" }));
    }

    private Desk Open(string text, FakeTimeProvider? clock = null)
    {
        TimeProvider time = clock ?? _clock;
        StationSchedule schedule = ScheduleFiles.Load(text);
        JobBook jobs = new(_folder);
        AuditLog audit = new(Directory.CreateDirectory(Path.Combine(_folder, $"audit{_open.Count}")).FullName, _ => { });
        _open.Add(audit);
        LeaseDesk leases = new(_folder, time, "fake");
        return new Desk(
            jobs, audit, leases, new Agenda(schedule, ScheduleFiles.Inventory, jobs, new DueBook(_folder), new NewsBook(_folder), audit, time), new Turn(jobs, leases, new SlotHolds(), ScheduleFiles.Inventory, new Pool(_folder, ScheduleFiles.Inventory, schedule, audit, time), schedule, time));
    }

    private sealed record Desk(JobBook Jobs, AuditLog Audit, LeaseDesk Leases, Agenda Agenda, Turn Turn)
    {
        public int Look() => Agenda.Look().Count;
    }
}

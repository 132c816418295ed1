using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>Old runs go by age and by size, and never one that somebody needs.</summary>
public sealed class RunSweeperTests
{
    private static readonly DateTimeOffset Now = ScheduleFiles.At("2026-06-30T12:00Z");

    private readonly FakeTimeProvider _clock = new(Now);
    private string _folder;
    private JobBook _jobs;
    private AuditLog _audit;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("sweep-").FullName;
        _jobs = new JobBook(_folder);
        _audit = new AuditLog(_folder, _ => { });
    }

    [TearDown]
    public void TearDown()
    {
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Runs_OlderThanTheRule_Go_AndEachIsInTheAuditLog()
    {
        Run("a", days: 40);
        Run("b", days: 31);
        Run("c", days: 29);
        RunSweeper sweeper = Sweeper(new RetentionRule(TimeSpan.FromDays(30), null, 0, TimeSpan.FromHours(1)));
        SweepPlan planned = sweeper.Plan();
        bool untouched = Left() == "a b c";
        sweeper.Sweep();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Going(planned), Is.EqualTo("a b"));
            Assert.That(untouched, Is.True, "a plan removes nothing");
            Assert.That(Left(), Is.EqualTo("c"));
            Assert.That(_audit.Newest(9).Select(e => $"{e.Who} {e.Action} {e.Why}"), Is.EqualTo(new[] { "the station remove run b older than 30d", "the station remove run a older than 30d" }));
            Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "runs")).Count(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Runs_ThatAreTooLargeTogether_GoOldestFirst_UntilTheRestFits()
    {
        Run("a", days: 4, bytes: 4000);
        Run("b", days: 3, bytes: 4000);
        Run("c", days: 2, bytes: 4000);
        Run("d", days: 1, bytes: 4000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Going(Sweeper(new RetentionRule(null, 9000, 0, TimeSpan.FromHours(1))).Plan()), Is.EqualTo("a b"));
            Assert.That(Going(Sweeper(new RetentionRule(null, 9000, 3, TimeSpan.FromHours(1))).Plan()), Is.EqualTo("a"));
            Assert.That(Sweeper(new RetentionRule(null, 9000, 3, TimeSpan.FromHours(1))).Plan().Problem, Does.Contain("pinned or needed"));
            Assert.That(Going(Sweeper(new RetentionRule(null, 100_000, 0, TimeSpan.FromHours(1))).Plan()), Is.Empty);
        }
    }

    [Test]
    public void Run_ThatSomebodyNeeds_StaysWhateverItsAge_AndSaysWhy()
    {
        foreach (string name in new[] { "pinned", "by-hand", "running", "resting", "compared", "compared-before", "held", "old" })
        {
            Run(name, days: 100);
        }

        new RunPin("Anna", Now, "reference").Put(Path.Combine(_folder, "runs", "pinned"));
        File.WriteAllText(Path.Combine(_folder, "runs", "by-hand", RunPin.FileName), "");
        Job job = new() { Id = "j1", Plan = "check", Owner = "Anna", Created = Now, State = JobState.Running, Folder = Path.Combine(_folder, "runs", "running") };
        _jobs.Put(job);
        _jobs.Put(job with { Id = "j2", State = JobState.Queued, Folder = Path.Combine(_folder, "runs", "resting") });
        _jobs.Put(job with { Id = "j3", State = JobState.Done, Entry = "night", Ended = Now.AddDays(-2), Folder = Path.Combine(_folder, "runs", "compared-before") });
        _jobs.Put(job with { Id = "j4", State = JobState.Done, Entry = "night", Ended = Now.AddDays(-1), Folder = Path.Combine(_folder, "runs", "compared") });
        using FileStream runner = new(Path.Combine(_folder, "runs", "held", ".owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        SweepPlan done = Sweeper(new RetentionRule(TimeSpan.FromDays(30), 1, 0, TimeSpan.FromHours(1))).Sweep();
        Dictionary<string, string> why = done.Rows.ToDictionary(r => r.Run, r => r.Why);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Left(), Is.EqualTo("by-hand compared held pinned resting running"));
            Assert.That(why["pinned"], Is.EqualTo("pinned by Anna: reference"));
            Assert.That(why["by-hand"], Is.EqualTo("pinned"));
            Assert.That(why["running"], Is.EqualTo("job j1 runs, or is gone on with"));
            Assert.That(why["resting"], Is.EqualTo("job j2 runs, or is gone on with"));
            Assert.That(why["compared"], Is.EqualTo("the next run of 'night' is compared with it"));
            Assert.That(why["held"], Is.EqualTo("a process holds it"));
            Assert.That(why["old"], Is.EqualTo("older than 30d"));
        }
    }

    [Test]
    public void Run_ThatIsPinnedWhileOthersGo_Stays()
    {
        Run("a", days: 50);
        Run("b", days: 40);
        string a = Path.Combine(_folder, "runs", "a"), b = Path.Combine(_folder, "runs", "b");
        AskedClock clock = new(Now, () =>
        {
            if (!Directory.Exists(a) && RunPin.Of(b) is null)
            {
                new RunPin("Anna", Now, null).Put(b);
            }
        });
        SweepPlan done = new RunSweeper(new RunShelf(Path.Combine(_folder, "runs")), _jobs, new RetentionRule(TimeSpan.FromDays(30), null, 0, TimeSpan.FromHours(1)), _audit, clock).Sweep();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Left(), Is.EqualTo("b"));
            Assert.That(done.Rows.Select(r => $"{r.Run} {r.Goes} {r.Why}"), Is.EqualTo(new[] { "a True older than 30d", "b False pinned by Anna" }));
        }
    }

    [Test]
    public void NoRule_RemovesNothing()
    {
        Run("a", days: 4000);
        Sweeper(null).Sweep();

        Assert.That(Left(), Is.EqualTo("a"));
    }

    private static string Going(SweepPlan plan) => string.Join(' ', plan.Rows.Where(r => r.Goes).Select(r => r.Run));

    private string Left() => string.Join(' ', Directory.EnumerateDirectories(Path.Combine(_folder, "runs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private RunSweeper Sweeper(RetentionRule? rule) => new(new RunShelf(Path.Combine(_folder, "runs")), _jobs, rule, _audit, _clock);

    /// <summary>A folder that looks like a run: what stands in it is nobody's business here.</summary>
    private void Run(string name, int days, int bytes = 100)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "runs", name)).FullName;
        File.WriteAllBytes(Path.Combine(folder, "journal.db"), new byte[bytes]);
        Directory.SetLastWriteTimeUtc(folder, Now.UtcDateTime.AddDays(-days));
    }

    /// <summary>A clock that stands still and does something each time it is asked.</summary>
    private sealed class AskedClock(DateTimeOffset now, Action asked) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            asked();
            return now;
        }
    }
}

using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Access;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;
using LabRunner.Station.Schedule;
using LabRunner.Station.Tests.Schedule;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Builds;

/// <summary>Each new build becomes a job once, checked, whatever the station goes through.</summary>
public sealed class BuildDeskTests
{
    private FakeTimeProvider _clock;
    private string _folder;
    private AuditLog _audit;

    [SetUp]
    public void SetUp()
    {
        _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        _folder = Directory.CreateTempSubdirectory("builds-").FullName;
        _audit = new AuditLog(_folder, _ => { });
    }

    [TearDown]
    public void TearDown()
    {
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Build_ThatIsNew_IsQueuedOnce_AlsoAfterARestart()
    {
        BuildWatch watch = Watch("plan: check, slots: [p1], priority: 70, why: \"stable\"");
        Desk desk = Open(watch);
        string said = desk.Take(watch, Ota("1.18.230")).Single();
        Desk after = Open(watch);
        IReadOnlyList<string> again = after.Take(watch, Ota("1.18.230", name: "the same under another name.ota"));
        Job job = after.Jobs.All().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Is.EqualTo($"Build '1.18.230.ota' of 'stable', version 1.18.230: in the queue as job {job.Id}."));
            Assert.That(again, Is.Empty);
            Assert.That((job.Entry, job.Plan, job.Priority, job.Why, job.Owner, job.Compare), Is.EqualTo(("stable", "check", 70, "stable", BuildDesk.Owner, true)));
            Assert.That(job.Firmware, Is.EqualTo(new JobFirmware(BuildDesk.Hash(VirtualImages.Ota("1.18.230")), "1.18.230.ota", "1.18.230", PutBy.Ota)));
            Assert.That(new BuildFiles(_folder).Read(job.Firmware!.Sha256), Is.EqualTo(VirtualImages.Ota("1.18.230")));
            Assert.That(_audit.Newest(9).Single().What, Is.EqualTo(said));
        }
    }

    [Test]
    public void Builds_ThatWereThereBefore_AreKnown_AndOnlyThoseThatComeLaterRun()
    {
        BuildWatch watch = Watch("plan: check");
        Desk desk = Open(watch, begun: false);
        IReadOnlyList<string> first = desk.Take(watch, Ota("1.18.229", wasThere: true));
        desk.Book.Begin(watch);
        IReadOnlyList<string> second = desk.Take(watch, [.. Ota("1.18.229", wasThere: true), .. Ota("1.18.230", wasThere: true)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Single(), Does.Contain("was there when the watch began"));
            Assert.That(second.Single(), Does.Contain("version 1.18.230: in the queue"));
        }
    }

    [Test]
    public void OfSeveralBuilds_TheNewestRuns_AndReplacesOneThatStillWaits()
    {
        BuildWatch watch = Watch("plan: check");
        Desk desk = Open(watch);
        desk.Take(watch, Ota("1.18.230"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        IReadOnlyList<string> said = desk.Take(watch, [.. Ota("1.18.231"), .. Ota("1.18.232")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Has.Some.Contains("1.18.231: left out; 1.18.232.ota is newer"));
            Assert.That(desk.Jobs.Queue().Single().Firmware!.Version, Is.EqualTo("1.18.232"));
            Assert.That(desk.Jobs.All().Single(j => j.IsOver).Text, Does.StartWith("A newer build came before its turn"));
        }
    }

    [TestCase("plan: check", "whole flash", "does not go over the network")]
    [TestCase("plan: check, put: flash", "ota", "goes over the network, not over the UART")]
    [TestCase("plan: check", "noise", "no known image")]
    [TestCase("plan: check", "damaged", "damaged")]
    public void Build_ThatCannotGoIntoTheSlots_IsRefused_AndNotLookedAtAgain(string keys, string what, string problem)
    {
        byte[] content = what switch
        {
            "whole flash" => VirtualImages.WholeFlash("1.18.230"),
            "noise" => [.. Enumerable.Range(0, 4000).Select(i => (byte)(i * 31))],
            _ => VirtualImages.Ota("1.18.230"),
        };
        if (what == "damaged")
        {
            content[^20] ^= 0xff;
        }

        BuildWatch watch = Watch(keys);
        Desk desk = Open(watch);
        string said = desk.Take(watch, [new FoundBuild("a.bin", content, _clock.GetUtcNow(), false)]).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Does.Contain("refused: ").And.Contain(problem));
            Assert.That(desk.Jobs.All(), Is.Empty);
            Assert.That(desk.Take(watch, [new FoundBuild("a.bin", content, _clock.GetUtcNow(), false)]), Is.Empty);
        }
    }

    [TestCase(true, 1)]
    [TestCase(false, 0, Description = "what is queued is told when it has run")]
    public void Build_ThatIsRefused_IsToldOnTheChannelsOfItsWatch(bool damaged, int expected)
    {
        string notify = Path.Combine(_folder, "notify.yaml");
        File.WriteAllText(notify, "channels:\n  - { kind: webhook, url: \"http://127.0.0.1:1/\" }\n");
        byte[] content = VirtualImages.Ota("1.18.230");
        content[^20] ^= (byte)(damaged ? 0xff : 0);
        BuildWatch watch = Watch($"plan: check, notify: \"{notify}\"");
        string said = Open(watch).Take(watch, [new FoundBuild("a.ota", content, _clock.GetUtcNow(), false)]).Single();

        Assert.That(new NewsBook(_folder).All().Select(n => (n.Notify, n.Text)), Is.EqualTo(Enumerable.Repeat((notify, said), expected)));
    }

    [Test]
    public void Station_ThatDiedBetweenQueueAndBook_QueuesNothingTwice()
    {
        BuildWatch watch = Watch("plan: check");
        Desk desk = Open(watch);
        string before = File.ReadAllText(Path.Combine(_folder, "builds.json"));
        desk.Take(watch, Ota("1.18.230"));
        File.WriteAllText(Path.Combine(_folder, "builds.json"), before);
        Desk after = Open(watch);
        after.Take(watch, Ota("1.18.230"));

        Assert.That(after.Jobs.All(), Has.Count.EqualTo(1));
    }

    /// <summary>What the header of a release says is a text of its builder, the same in each.</summary>
    [TestCase("OpenBL602_1.18.230_OTA.bin.xz.ota", "1.18.230", ", version 1.18.230")]
    [TestCase("latest.ota", null, "")]
    public void Release_IsCalledByItsNumber_NotByTheTextOfItsBuilder(string name, string? version, string said)
    {
        BuildWatch watch = Watch("plan: check, slots: [p1]");
        Desk desk = Open(watch);
        string told = desk.Take(watch, Ota("EVENT_V1.1.1", name: name)).Single();
        Job job = desk.Jobs.All().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Does.StartWith($"Build '{name}' of 'stable'{said}: in the queue"));
            Assert.That((job.Firmware!.Version, job.Why), Is.EqualTo((version, $"build {version ?? name}")));
        }
    }

    [TestCase("folder: in, url: \"http://a/\", plan: check", "names several places of builds. Write one of 'folder', 'url' and 'mqtt'.")]
    [TestCase("plan: check", "names no place of builds. Write one of 'folder', 'url' and 'mqtt'.")]
    [TestCase("url: \"ftp://a/b\", plan: check", "'url' is 'ftp://a/b', which is no address. Write http:// or https:// and the rest.")]
    [TestCase("mqtt: { broker: b, topic: t, from: \"http://a/\" }, plan: check", "'broker' is 'b'. Write host:port, for example localhost:1883.")]
    [TestCase("mqtt: { broker: \"b:1\", topic: t, from: \"http://a/\", user: u, password: secret }, plan: check", "'password' is a secret and is written out. Write \"${env:NAME}\" and keep the secret in that variable.")]
    public void Mistake_IsToldWithARemedy(string keys, string problem) => Assert.That(
        ScheduleFiles.Problems($"schedule: virtual\nbuilds:\n  stable: {{ {keys} }}\n"), Does.EndWith(problem));

    private static IReadOnlyList<FoundBuild> Ota(string version, bool wasThere = false, string? name = null) =>
        [new FoundBuild(name ?? version + ".ota", VirtualImages.Ota(version), ScheduleFiles.At("2026-06-01T10:00Z"), wasThere)];

    private static BuildWatch Watch(string keys) => ScheduleFiles.Load($"builds:\n  stable: {{ folder: in, {keys} }}\n").Builds.Single();

    private Desk Open(BuildWatch watch, bool begun = true)
    {
        JobBook jobs = new(_folder);
        BuildBook book = new(_folder);
        if (begun && !book.Knows(watch))
        {
            book.Begin(watch);
        }

        return new Desk(jobs, book, new BuildDesk(ScheduleFiles.Inventory, jobs, book, new BuildFiles(_folder), new NewsBook(_folder), _audit, _clock));
    }

    private sealed record Desk(JobBook Jobs, BuildBook Book, BuildDesk Builds)
    {
        public IReadOnlyList<string> Take(BuildWatch watch, IReadOnlyList<FoundBuild> found) => Builds.Take(watch, found);
    }
}

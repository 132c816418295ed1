using System.Net.Sockets;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>Which nights beside a run are those before it, and what is told against them.</summary>
public sealed class EarlierNightsTests
{
    [Test]
    public void Delta_NightBefore_SaysWhatIsNewAndWhatCannotBeTold()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);
        RunRecord before = run with { Folder = "/runs/night-1", Incidents = [.. run.Incidents.Where(i => i.Mode != "F01")] };

        string text = Drawn.Of(new DeltaSection(), run with { Earlier = [NightSummary.From(before)] });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("The night before: night-1"));
            Assert.That(text, Does.Contain("New: NET_FREEZE F01."));
            Assert.That(text, Does.Contain("cannot tell"));
            Assert.That(Drawn.Of(new DeltaSection(), run), Does.Contain("No earlier night of this bench stands beside this run"));
        }
    }

    [Test]
    public void EarlierNights_BesideTheRun_AreThoseOfItsBenchThatBeganBefore()
    {
        string runs = Directory.CreateTempSubdirectory("labrunner-runs-").FullName;
        try
        {
            Copy(runs, "3-now", "virtual", "2026-11-22T22:00:00Z");
            Copy(runs, "2-before", "virtual", "2026-11-21T22:00:00Z");
            Copy(runs, "1-other-bench", "lab", "2026-11-20T22:00:00Z");
            Copy(runs, "4-later", "virtual", "2026-11-23T22:00:00Z");
            Directory.CreateDirectory(Path.Combine(runs, "5-broken"));
            File.WriteAllText(Path.Combine(runs, "5-broken", "journal.db"), "no journal");

            // A journal that nobody can open, as another user's is for all but root.
            Directory.CreateDirectory(Path.Combine(runs, "6-locked"));
            using Socket locked = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            locked.Bind(new UnixDomainSocketEndPoint(Path.Combine(runs, "6-locked", "journal.db")));

            RunRecord now = EarlierNights.AddTo(RunReader.Read(Path.Combine(runs, "3-now")));
            BenchFaultException fault = Assert.Throws<BenchFaultException>(() => RunReader.Read(Path.Combine(runs, "6-locked")))!;

            using (Assert.EnterMultipleScope())
            {
                Assert.That(now.Earlier.Select(n => Path.GetFileName(n.Folder)), Is.EqualTo(new[] { "2-before" }));
                Assert.That(now.Unread.Select(u => u.Split(':')[0]), Is.EqualTo(new[] { "6-locked", "5-broken" }));
                Assert.That((fault.Kind, fault.Place), Is.EqualTo((FaultKind.Storage, Path.Combine(runs, "6-locked", "journal.db"))));
                Assert.That(Drawn.Of(new DeltaSection(), now), Does.Contain("A run beside it cannot be read and is left out. 6-locked: the journal cannot be read"));
                Assert.That(Paragraph.Of(now), Does.Contain("Of the runs beside it 2 cannot be read."));
                Assert.DoesNotThrow(() => ReportRenderer.Render(Path.Combine(runs, "3-now")));
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    /// <summary>A probe, single tests and a night without hours lie between the nights of a plan, and a hundred later ones beside them.</summary>
    [TestCase(EarlierNights.Most)]
    [TestCase(1)]
    public void Before_AmongOtherRuns_IsTheNewestNightOfThePlanWithHours(int most)
    {
        string runs = Directory.CreateTempSubdirectory("labrunner-runs-").FullName;
        try
        {
            string now = Night(runs, 20, "nightly", 1000);
            Night(runs, 14, "nightly", 1000);
            Night(runs, 15, "nightly", 1000);
            Night(runs, 16, "nightly", 0);
            Night(runs, 17, "probe", 0);
            Night(runs, 18, "check", 1000);
            for (int i = 0; i < 10 * EarlierNights.Most; i++)
            {
                string later = Path.Combine(runs, FormattableString.Invariant($"202612{1 + (i % 28):00}T{i / 28:00}0000Z-virtual"));
                Directory.CreateDirectory(later);
                File.WriteAllText(Path.Combine(later, RunReader.JournalName), "not opened");
            }

            RunRecord run = EarlierNights.AddTo(RunReader.Read(now), most);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(Path.GetFileName(run.Before?.Folder), Is.EqualTo("20261115T220000Z-virtual"));
                Assert.That(run.Unread, Is.Empty, "none of the later runs was opened");
                Assert.That(Drawn.Of(new DeltaSection(), run), Does.Contain("The night before: 20261115T220000Z-virtual"));
                Assert.That(Paragraph.Of(run), Does.Contain("Against the night before: "));
                Assert.That(Drawn.Of(new DeltaSection(), run with { Earlier = [.. run.Earlier.Where(e => e.Plan != "nightly")] }), Does.Contain("No earlier night of this bench with the plan nightly and device-hours"));
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static string Night(string runs, int day, string plan, double seconds)
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Bench, "virtual");
        run.Meta(MetaKeys.Plan, plan);
        run.Meta(MetaKeys.OriginUtc, FormattableString.Invariant($"2026-11-{day:00}T22:00:01Z"));
        run.Slot("p1");
        if (seconds > 0)
        {
            run.Exposure("p1", "S01", 0, seconds);
        }

        run.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        string folder = Path.Combine(runs, FormattableString.Invariant($"202611{day:00}T220000Z-virtual"));
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(run.Folder, RunReader.JournalName), Path.Combine(folder, RunReader.JournalName));
        return folder;
    }

    private static void Copy(string runs, string name, string bench, string origin)
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Bench, bench);
        run.Meta(MetaKeys.OriginUtc, origin);
        run.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Directory.CreateDirectory(Path.Combine(runs, name));
        File.Copy(Path.Combine(run.Folder, RunReader.JournalName), Path.Combine(runs, name, RunReader.JournalName));
    }
}

using System.Net.Sockets;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>What single sections tell of a night made for them.</summary>
public sealed class NightSectionTests
{
    [Test]
    public void Incidents_ConsoleAndFiguresBefore_TellTheStory()
    {
        using TestRun night = Nights.Smoke();
        Directory.CreateDirectory(Path.Combine(night.Folder, "consoles"));
        File.WriteAllLines(
            Path.Combine(night.Folder, "consoles", "p2.log"),
            Enumerable.Range(200, 200).Select(t => $"2026-11-22T22:00:00.000Z +{t}.500 Info:MAIN:Time {t - 67}, free 94312"));

        string text = Write(new IncidentsSection(), RunReader.Read(night.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("Console around incident 6: 20 lines"));
            Assert.That(text, Does.Contain("+309.500 Info:MAIN:Time 242, free 94312").And.Contain("---- +0:05:10 first symptom ----\n+310.500"));
            Assert.That(text, Does.Not.Contain("+316.500"), "six lines after it");
            Assert.That(text, Does.Match("Before it: </dt><dd>[0-9]+ B of heap free, 2 sockets open, RSSI -58 dBm \\(0 ms before\\)"));
            Assert.That(text, Does.Contain("./lab night --bench virtual --plan smoke --seed 20261123 --slots p2 --time-scale 20   # about +0:05:10 into the night").Or.Contain("--slots p2 --time-scale 20   # during S01 Idle_StaysAlive, 4 min 3 s after a boot"));
        }
    }

    /// <summary>Of what plan all-virtual asks each suite has a heading of its own with its tests under it.</summary>
    [Test]
    public void Suites_NightOfPlanAllVirtual_HasAPartOfEachSuite()
    {
        string plan = File.ReadAllText(Path.Combine(Samples.RepositoryFolder(), "bench", "plans", "all-virtual.yaml"));
        string[] asked = [.. Regex.Matches(plan, @"^\s*- (S\d\d):", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Distinct()];
        using TestRun night = new();
        night.Slot("p1");
        foreach ((int at, string suite) in asked.Index())
        {
            night.Test("p1", suite, $"TestOf{suite}", at, at + 1, Verdict.Pass);
        }

        string[] parts = Write(new SuitesSection(), RunReader.Read(night.Folder)).Split("<h3")[1..];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked, Has.Length.EqualTo(18));
            Assert.That(parts, Has.Length.EqualTo(asked.Length));
            foreach ((string suite, string part) in asked.Order(StringComparer.Ordinal).Zip(parts))
            {
                Assert.That(part, Does.Contain(suite).And.Contain($"TestOf{suite}"));
            }
        }
    }

    [Test]
    public void Validity_SlotsWhoseSelfTestIsMissingLateOrBlind_AreNamed()
    {
        using TestRun night = new();
        foreach ((string slot, (string Suite, Verdict Verdict)[] tests) in new (string, (string, Verdict)[])[]
        {
            ("proved", [("S17", Verdict.Pass), ("S01", Verdict.Pass)]), ("missing", [("S01", Verdict.Pass)]), ("late", [("S01", Verdict.Pass), ("S17", Verdict.Pass)]),
            ("blind", [("S17", Verdict.Invalid), ("S01", Verdict.Pass)]), ("idle", []),
        })
        {
            night.Slot(slot);
            foreach ((int at, (string suite, Verdict verdict)) in tests.Index())
            {
                night.Test(slot, suite, "A", at, at + 1, verdict);
            }
        }

        string text = Write(new ValiditySection(), RunReader.Read(night.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("Not proved on missing: no self-test (S17) was played."));
            Assert.That(text, Does.Contain("Not proved on late: other suites were played before the self-test."));
            Assert.That(text, Does.Contain("Not proved on blind: the self-test ended INVALID."));
            Assert.That(Regex.Count(text, "Not proved on"), Is.EqualTo(3));
        }
    }

    [Test]
    public void StableHours_ResetsOutsideTheHoursUnderTest_CostNone()
    {
        using TestRun night = new();
        night.Begin();
        night.Slot("p1");
        night.Exposure("p1", "S01", 3600, 10 * 3600);
        night.Down("p1", 5 * 3600, 6 * 3600, true, "the console was gone");
        night.Down("p1", 8 * 3600, (8 * 3600) + 60, false, "incident HANG_RECOVERED");
        foreach (double hour in (double[])[0.5, 5.5, 11])
        {
            night.Boot("p1", hour * 3600, "watchdog", false);
        }

        night.Boot("p1", (8 * 3600) + 30, "watchdog", false);
        night.Commit();
        NightFigure stable = NightFigures.Of(RunReader.Read(night.Folder)).Single(f => f.Name == "Stable hours");
        Assert.That(stable.Note, Does.StartWith("1 device-hour with an unexpected reset"), "the one of its own down time; before, after and INVALID are not under test");
    }

    /// <summary>Of a plan that rotates the seed alone gives each slot another role.</summary>
    [Test]
    public void Repeat_PlanThatRotates_NamesTheNight()
    {
        using TestRun night = Nights.Smoke();
        night.Meta(MetaKeys.Night, "9827");
        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Write(new IncidentsSection(), run), Does.Contain("./lab night --bench virtual --plan smoke --night 9827 --seed 20261123 --slots p2 --time-scale 20   #"));
            Assert.That(Write(new AppendixSection(), run), Does.Contain("./lab night --bench virtual --plan smoke --night 9827 --seed 20261123 --time-scale 20"));
        }
    }

    [Test]
    public void Incidents_NightsBefore_AreNamedWhereTheSameHappened()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);
        RunRecord earlier = run with { Folder = "/runs/night-1" };

        string text = Write(new IncidentsSection(), run with { Earlier = [NightSummary.From(earlier), NightSummary.From(earlier with { Folder = "/runs/night-0", Incidents = [] })] });

        Assert.That(text, Does.Contain("in 1 of the 2 nights before on this board, last in night-1 (1)"));
    }

    [Test]
    public void Delta_NightBefore_SaysWhatIsNewAndWhatCannotBeTold()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);
        RunRecord before = run with { Folder = "/runs/night-1", Incidents = [.. run.Incidents.Where(i => i.Mode != "F01")] };

        string text = Write(new DeltaSection(), run with { Earlier = [NightSummary.From(before)] });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("The night before: night-1"));
            Assert.That(text, Does.Contain("New: NET_FREEZE F01."));
            Assert.That(text, Does.Contain("cannot tell"));
            Assert.That(Write(new DeltaSection(), run), Does.Contain("No earlier night of this bench stands beside this run"));
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
                Assert.That(Write(new DeltaSection(), now), Does.Contain("A run beside it cannot be read and is left out. 6-locked: the journal cannot be read"));
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
                Assert.That(Write(new DeltaSection(), run), Does.Contain("The night before: 20261115T220000Z-virtual"));
                Assert.That(Paragraph.Of(run), Does.Contain("Against the night before: "));
                Assert.That(Write(new DeltaSection(), run with { Earlier = [.. run.Earlier.Where(e => e.Plan != "nightly")] }), Does.Contain("No earlier night of this bench with the plan nightly and device-hours"));
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

    [Test]
    public void Relay_GapsAtResets_AreMeasuredAndStrangeEdgesNamed()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Boot("p1", 101, "watchdog", false);
        run.Boot("p1", 301, "reboot", true);
        foreach ((double at, string text) in ((double, string)[])[(100, "contact opened"), (100.5, "contact closed"), (300, "contact opened"), (301.4, "contact closed"), (700, "contact opened"), (800, "contact opened"), (805, "contact closed")])
        {
            run.Event(at, "p1", "relay", text);
        }

        run.Event(799.5, "p1", "power", "off");
        run.Boot("p1", 805.5, "power-cut", true);
        string html = Write(new RelaySection(), RunReader.Read(run.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("2 resets opened the contact, power cuts of the bench left out").And.Contain("1.4 s at most").And.Contain("1 longer than one second"));
            Assert.That(html, Does.Contain("Edges that nothing explains").And.Contain("+0:11:40"));
            Assert.That(html, Does.Not.Contain("<th scope=\"row\">p1</th><td>+0:01:40"), "an edge at a reset is explained");
        }
    }

    [Test]
    public void Suites_OtaPowerCuts_AreDrawnByPhaseWithTheirBound()
    {
        using TestRun run = new();
        run.Slot("p1");
        for (int i = 0; i < 60; i++)
        {
            string stratum = (string[])["erase", "write", "tableSwitch", "firstBoot"] is var all ? all[i % 4] : "";
            run.Insert(
                "trials", ("slot", "p1"), ("suite", "S06"), ("step", "ota-power-cut"), ("at", 10.0 * i), ("ok", i != 17), ("durationMs", 9000.0),
                ("detail", $"{{\"stratum\":\"{stratum}\",\"aimed\":\"{stratum}\",\"afterSeconds\":\"{0.1 * i:0.000}\",\"runs\":\"1.18.158\"}}"));
        }

        string text = Write(new SuitesSection(), RunReader.Read(run.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("60 power cuts during an update: 1 time the DUT was not in service after it; at 95 % the share that fails is below 7.66 %."));
            Assert.That(text, Does.Contain("class=\"cross\"").And.Contain("p1: cut 0.2 s into table switch: in service, 1.18.158 ran"));
            Assert.That(Regex.Count(text, "<th scope=\"row\">(erase|write|table switch|first boot)</th><td class=\"num\">15</td>"), Is.EqualTo(4), "a row a stretch");
            Assert.That(text.Split("class=\"dot\"").Length - 1, Is.EqualTo(59));
        }
    }

    [Test]
    public void Series_EverySample_IsInThePageAndInTheTable()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);

        string text = Write(new SeriesSection(), run);

        string packed = text.Split("<template class=\"pack\" data-slot=\"p4\"")[1].Split('>', 2)[1].Split('<')[0];
        (double[] at, double[][] values) = SeriesPack.Unpack(Convert.FromBase64String(packed));
        TelemetryRecord[] samples = [.. run.Telemetry.Where(t => t.Slot == "p4")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(at, Is.EqualTo(samples.Select(s => s.At)).Within(0.051));
            Assert.That(values[0], Is.EqualTo(samples.Select(s => (double)s.HeapB!.Value)));
            Assert.That(text, Does.Contain("p4 free heap over the night"));
        }
    }

    [Test]
    public void Around_LineOfTenMegabytes_CostsNothing()
    {
        using TestRun run = new();
        Directory.CreateDirectory(Path.Combine(run.Folder, "consoles"));
        string path = Path.Combine(run.Folder, "consoles", "p1.log");
        File.WriteAllText(path, "2026-11-22T22:00:00.000Z +1.000 " + new string('x', 10_000_000) + "\nno stamp\n2026-11-22T22:00:00.000Z +2.000 after\n");

        IReadOnlyDictionary<double, IReadOnlyList<ConsoleLine>> lines = ConsoleExcerpts.Around(run.Folder, "p1", [1.5, 90, double.NaN]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[1.5].Select(l => l.Text.Length), Is.All.LessThan(ConsoleExcerpts.LineLimit + 80));
            Assert.That(lines[1.5].Select(l => l.At), Is.EqualTo(new[] { 1.0, 2.0 }));
            Assert.That(lines[90].Select(l => l.Text), Does.Contain("after"));
            Assert.That(ConsoleExcerpts.Around(run.Folder, "../p1", [1]), Is.Empty);
        }
    }

    private static string Write(IReportSection section, RunRecord run)
    {
        HtmlWriter html = new();
        section.Write(html, run);
        return html.Finish();
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

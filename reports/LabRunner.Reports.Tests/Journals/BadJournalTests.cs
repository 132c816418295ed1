using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Journals;

/// <summary>Journals that are older, damaged or of no calendar: each says what is wrong with it, and costs no other night its report.</summary>
public sealed class BadJournalTests
{
    [TestCase("9999-12-31T23:59:59Z", "1")]
    [TestCase("0001-01-01T00:00:00Z", "1")]
    [TestCase("2026-11-22T22:00:00Z", "1e-300")]
    public void Render_BesideANightOfNoCalendar_IsDrawn(string origin, string scale)
    {
        string runs = Directory.CreateTempSubdirectory("labrunner-runs-").FullName;
        try
        {
            foreach ((string name, string began, string factor) in new[] { ("20261121T220000Z-other", origin, scale), ("20261122T220000Z-mine", "2026-11-22T22:00:00Z", "1") })
            {
                using TestRun run = Night(began, factor);
                run.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
                Directory.CreateDirectory(Path.Combine(runs, name));
                File.Copy(Path.Combine(run.Folder, RunReader.JournalName), Path.Combine(runs, name, RunReader.JournalName));
            }

            RunRecord other = RunReader.Read(Path.Combine(runs, "20261121T220000Z-other"));

            Assert.That(ReportRenderer.Render(Path.Combine(runs, "20261122T220000Z-mine")).Slots, Has.Count.EqualTo(1));
            Assert.That(ReportRenderer.Render(other.Folder).Slots, Has.Count.EqualTo(1), "and that night itself");
            Assert.That(other.WallAt(1e9) is null, Is.EqualTo(origin.StartsWith('9')), "a time after the last of the calendar is none");
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    [TestCase("ALTER TABLE incidents DROP COLUMN story", "table incidents, row 1", "there is no column 'story'")]
    [TestCase("UPDATE incidents SET firstSymptom = 'noon'", "table incidents, row 1", "column 'firstSymptom' holds no figure")]
    [TestCase("UPDATE incidents SET expected = x'00ff'", "table incidents, row 1", "column 'expected' holds no figure")]
    public void Read_ColumnThatIsNot_IsNamed(string damage, string place, string problem)
    {
        using TestRun run = Night("2026-11-22T22:00:00Z", "1");
        run.Execute(damage);

        BenchFaultException fault = Assert.Throws<BenchFaultException>(() => RunReader.Read(run.Folder))!;

        Assert.That(fault.Kind, Is.EqualTo(FaultKind.Storage));
        Assert.That(fault.Place, Does.EndWith(place));
        Assert.That(fault.Problem, Does.Contain(problem));
    }

    /// <summary>An end that is no moment is an end that was not written: hours stay finite.</summary>
    [TestCase("exposure")]
    [TestCase("downtime")]
    public void Read_EndThatIsNoTime_IsOpen(string table)
    {
        using TestRun run = Night("2026-11-22T22:00:00Z", "1");
        run.Down("p1", 3600, 3700, false, "frozen");
        run.Execute($"UPDATE {table} SET ended = 9e999");

        Assert.That(ReportRenderer.Render(run.Folder).Slots.Single().DeviceHours, Is.InRange(0.9, 2));

        run.Execute($"UPDATE {table} SET started = -9e999");
        Assert.That(Assert.Throws<BenchFaultException>(() => RunReader.Read(run.Folder))!.Problem, Does.Contain("column 'started' is no time"));
    }

    /// <summary>The end of a night whose runner died is the last moment of its rows; one that is none is no moment.</summary>
    [Test]
    public void Read_KilledNightWithAnInfiniteMoment_EndsWithTheOthers()
    {
        using TestRun run = Night("2026-11-22T22:00:00Z", "1");
        run.Execute($"DELETE FROM meta WHERE key = '{MetaKeys.Ended}'");
        run.Telemetry(7000, "p1", 1, 90_000);
        run.Execute("INSERT INTO telemetry(at, slot) VALUES(9e999, 'p1')");

        Assert.That(RunReader.Read(run.Folder).End, Is.EqualTo(7200));
    }

    [Test]
    public void Read_EmptyWhereATextIsNeeded_NamesTheColumn()
    {
        using TestRun run = Night("2026-11-22T22:00:00Z", "1");
        run.Execute("ALTER TABLE incidents RENAME COLUMN title TO heading");
        run.Execute("ALTER TABLE incidents ADD COLUMN title TEXT");

        Assert.That(Assert.Throws<BenchFaultException>(() => RunReader.Read(run.Folder))!.Problem, Does.Contain("column 'title' is empty"));
    }

    private static TestRun Night(string origin, string scale)
    {
        TestRun run = new();
        foreach ((string key, string value) in new[] { (MetaKeys.Bench, "b"), (MetaKeys.Plan, "p"), (MetaKeys.OriginUtc, origin), (MetaKeys.TimeScale, scale), (MetaKeys.Started, "1"), (MetaKeys.Ended, "7200"), (MetaKeys.Outcome, "completed") })
        {
            run.Meta(key, value);
        }

        run.Slot("p1");
        run.Exposure("p1", "S01", 1, 7200);
        run.Boot("p1", 1, "power-cut", true);
        run.Incident("p1", "NET_FREEZE", "F01", "frozen", 3600, 3630, 3700, "power", "story", []);
        return run;
    }
}

using LabRunner.Reports.Comparison;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>What an incident card tells: figures and console before, where else it was seen, how to see it again.</summary>
public sealed class IncidentsSectionTests
{
    [Test]
    public void Incidents_ConsoleAndFiguresBefore_TellTheStory()
    {
        using TestRun night = Nights.Smoke();
        Directory.CreateDirectory(Path.Combine(night.Folder, "consoles"));
        File.WriteAllLines(
            Path.Combine(night.Folder, "consoles", "p2.log"),
            Enumerable.Range(200, 200).Select(t => $"2026-11-22T22:00:00.000Z +{t}.500 Info:MAIN:Time {t - 67}, free 94312"));

        string text = Drawn.Of(new IncidentsSection(), RunReader.Read(night.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("Console around incident 6: 20 lines"));
            Assert.That(text, Does.Contain("+309.500 Info:MAIN:Time 242, free 94312").And.Contain("---- +0:05:10 first symptom ----\n+310.500"));
            Assert.That(text, Does.Not.Contain("+316.500"), "six lines after it");
            Assert.That(text, Does.Match("Before it: </dt><dd>[0-9]+ B of heap free, 2 sockets open, RSSI -58 dBm \\(0 ms before\\)"));
            Assert.That(text, Does.Contain("./lab night --bench virtual --plan smoke --seed 20261123 --slots p2 --time-scale 20   # about +0:05:10 into the night").Or.Contain("--slots p2 --time-scale 20   # during S01 Idle_StaysAlive, 4 min 3 s after a boot"));
        }
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
            Assert.That(Drawn.Of(new IncidentsSection(), run), Does.Contain("./lab night --bench virtual --plan smoke --night 9827 --seed 20261123 --slots p2 --time-scale 20   #"));
            Assert.That(Drawn.Of(new AppendixSection(), run), Does.Contain("./lab night --bench virtual --plan smoke --night 9827 --seed 20261123 --time-scale 20"));
        }
    }

    [Test]
    public void Incidents_NightsBefore_AreNamedWhereTheSameHappened()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);
        RunRecord earlier = run with { Folder = "/runs/night-1" };

        string text = Drawn.Of(new IncidentsSection(), run with { Earlier = [NightSummary.From(earlier), NightSummary.From(earlier with { Folder = "/runs/night-0", Incidents = [] })] });

        Assert.That(text, Does.Contain("in 1 of the 2 nights before on this board, last in night-1 (1)"));
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
}

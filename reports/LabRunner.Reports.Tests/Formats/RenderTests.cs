using System.Xml.Linq;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using NJsonSchema;

namespace LabRunner.Reports.Tests.Formats;

public sealed class RenderTests
{
    [Test]
    public void Render_SmokeNight_ReturnsTheScorecard()
    {
        using TestRun night = Nights.Smoke();

        Scorecard card = ReportRenderer.Render(night.Folder);

        Keep(night.Folder, "keep");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(card.Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(card.Slots.Select(s => s.Verdict), Is.EqualTo(new[] { Verdict.Inconclusive, Verdict.Fail, Verdict.Fail, Verdict.Fail, Verdict.Fail }));
            Assert.That(card.Slots[2].Sentence, Does.Contain("29, 59 and 69 s after SetupEnergyStats 30, 60 and 70"));
            Assert.That(card.Slots[2].Incidents.Where(i => !i.Expected).Select(i => i.Mode), Is.EqualTo(new[] { "F09", "F09", "F09" }));
            Assert.That(card.Slots.Select(s => s.UnexpectedReboots), Is.EqualTo(new[] { 0, 0, 0, 2, 0 }));
            Assert.That(card.Slots[3].InvalidHours, Is.EqualTo(40 / 3600.0).Within(1e-9));
            Assert.That(File.Exists(card.Paths!.JUnit));
        }
    }

    [Test]
    public void Render_Twice_GivesTheSameFiles()
    {
        using TestRun night = Nights.Smoke();

        ReportRenderer.Render(night.Folder);
        Dictionary<string, string> first = Contents(night.Folder);
        ReportRenderer.Render(night.Folder);

        Assert.That(Contents(night.Folder), Is.EqualTo(first));
    }

    [Test]
    public void Render_KilledRun_SaysSoAndPassesNothing()
    {
        using TestRun night = Nights.Smoke(killed: true);

        Scorecard card = ReportRenderer.Render(night.Folder);

        string html = File.ReadAllText(card.Paths!.Html);
        Keep(night.Folder, "keepKilled");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(card.Killed);
            Assert.That(card.Verdict, Is.EqualTo(Verdict.Inconclusive));
            Assert.That(card.Slots.Select(s => s.Verdict), Is.All.EqualTo(Verdict.Inconclusive));
            Assert.That(card.Slots[2].Sentence, Does.Contain("the runner died").And.Contain("3 unexpected incidents"));
            Assert.That(html, Does.Contain("The night did not end: its runner died"));
            Assert.That(html.IndexOf("The night did not end", StringComparison.Ordinal), Is.EqualTo(html.IndexOf("<p", html.IndexOf("<h1", StringComparison.Ordinal), StringComparison.Ordinal) + "<p class=\"notice\" role=\"note\">".Length), "the first sentence");
            Assert.That(html, Does.Contain("incident-7"));
            Assert.That(File.Exists(Path.Combine(night.Folder, RunReader.JournalName + "-wal")), "the journal is still open, as after a kill");
        }
    }

    [Test]
    public async Task Json_SmokeAndKilledNight_FollowTheSchema()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(JsonReport.Schema);
        foreach (bool killed in new[] { false, true })
        {
            using TestRun night = Nights.Smoke(killed);
            string json = JsonReport.Write(RunReader.Read(night.Folder));

            Assert.That(schema.Validate(json).Select(e => e.ToString()), Is.Empty);
        }

        Assert.That(schema.Validate("{\"version\":1}"), Is.Not.Empty, "the schema must be able to refuse");
    }

    [Test]
    public async Task Json_FiguresThatAreNone_BecomeNull()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(JsonReport.Schema);
        using TestRun run = Hostile.Run("plain");
        run.Measure("p1", "S14", "infinite", 5, double.PositiveInfinity, "W", null, double.NegativeInfinity, 3, Verdict.Invalid);

        string json = JsonReport.Write(RunReader.Read(run.Folder));

        Assert.That(schema.Validate(json).Select(e => e.ToString()), Is.Empty);
    }

    [Test]
    public void JUnit_SmokeNight_CountsAddUpAndNothingUnknownPasses()
    {
        using TestRun night = Nights.Smoke();

        XElement root = XDocument.Parse(JUnitReport.Write(RunReader.Read(night.Folder))).Root!;

        List<XElement> cases = [.. root.Descendants("testcase")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)root.Attribute("tests")!, Is.EqualTo(cases.Count).And.EqualTo(31));
            Assert.That((int)root.Attribute("failures")!, Is.EqualTo(root.Descendants("failure").Count()).And.EqualTo(6), "p5's button, four slots and the night");
            Assert.That((int)root.Attribute("skipped")!, Is.EqualTo(root.Descendants("skipped").Count()).And.EqualTo(7));
            Assert.That(root.Elements("testsuite").Last().Elements("testcase").Select(c => (double)c.Attribute("time")!), Is.All.EqualTo(1687.5 / 20).Within(0.001), "wall seconds of a night 20 times as fast");
            Assert.That(root.Elements("testsuite").Select(s => (string?)s.Attribute("name")), Does.Contain("p4.S14").And.Contain("stability"));
        }
    }

    [Test]
    public void Html_SmokeNight_AsksNothingOfTheNetworkAndIsWellFormed()
    {
        using TestRun night = Nights.Smoke();

        string html = HtmlReport.Write(RunReader.Read(night.Folder));

        // The report writes every element closed, so an XML reader can check the nesting and find every reference.
        XElement root = XDocument.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]).Root!;
        List<string> references = [.. root.DescendantsAndSelf().Attributes().Where(a => a.Name.LocalName is "src" or "href" or "srcset" or "data" or "action" or "poster").Select(a => a.Value)];
        List<string> ids = [.. root.Descendants().Attributes("id").Select(a => a.Value)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(references, Is.Not.Empty);
            Assert.That(references, Is.All.Match("^(#|data:image/png;base64,|\\.\\./artifacts/|\\.\\./journal\\.db$)"));
            Assert.That(html, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("@import").And.Not.Contain("url("));
            Assert.That(root.Descendants("script").Count(), Is.EqualTo(1));
            Assert.That(html, Does.Contain($"<script>{PageScript.Text}</script>"), "the one script of the assembly, to the letter that its hash covers");
            Assert.That(root.Descendants("meta").Attributes("content").Select(a => a.Value), Has.One.Contains($"default-src 'none'").And.One.Contains($"script-src '{PageScript.Hash}'"));
            Assert.That(root.Descendants().Attributes().Where(a => a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)), Is.Empty);
            Assert.That(ids, Is.Unique);
            Assert.That(references.Where(r => r.StartsWith('#')).Select(r => r[1..]).Distinct(), Is.SubsetOf(ids), "every anchor leads somewhere");
            Assert.That(html, Does.Not.Contain("hunter2"), "the password of the inventory");
            Assert.That(html, Does.Contain("../artifacts/trace%20p1.zip"));
        }
    }

    [Test]
    public void Read_NoFolderNoJournalOrOtherVersion_IsAStorageFault()
    {
        using TestRun run = new(withSchemaVersion: false);
        string empty = Directory.CreateTempSubdirectory("labrunner-empty-").FullName;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Fault("/nowhere/at/all").Problem, Does.Contain("does not exist"));
            Assert.That(Fault(empty).Problem, Does.Contain("no journal.db"));
            Assert.That(Fault(run.Folder).Problem, Does.Contain("no schema version"));
            run.Meta(MetaKeys.SchemaVersion, "99");
            Assert.That(Fault(run.Folder).Message, Does.Contain("version 99").And.Contain("version 1"));
            File.WriteAllText(Path.Combine(empty, RunReader.JournalName), "this is no database, it only has the name of one, and is long enough to be looked at");
            Assert.That(Fault(empty).Problem, Does.Contain("cannot be read"));
        }

        Directory.Delete(empty, recursive: true);
    }

    [Test]
    public void Read_RowThatCannotBe_NamesTableAndRow()
    {
        using TestRun run = new();
        run.Execute("INSERT INTO tests(slot, suite, name, fullName, started, verdict) VALUES('p1','S01','a','a',0,'PASS'), ('p1','S01','b','b',0,'GREAT')");

        Assert.That(Fault(run.Folder).Place, Does.EndWith("table tests, row 2"));
    }

    [Test]
    public void Read_WrittenRows_ComeBackWhole()
    {
        using TestRun night = Nights.Smoke();

        RunRecord run = RunReader.Read(night.Folder);

        IncidentRecord freeze = run.Incidents.First(i => i.Mode == "F01");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(freeze.Evidence, Has.Count.EqualTo(4));
            Assert.That((freeze.Class, freeze.BootAgeS, freeze.Recovery, freeze.Intent), Is.EqualTo(("NET_FREEZE", 243.0, "power-cycle", (long?)null)));
            Assert.That(run.DeviceHours("p2") * 3600, Is.EqualTo(52 + 360 + 510 + 640 - 156).Within(1e-6), "four exposures minus the freeze");
            Assert.That(run.DeviceHours("p2", "S01") * 3600, Is.EqualTo(360 - 156).Within(1e-6));
            Assert.That(run.Telemetry[0].RelayClosed, Is.True);
            Assert.That(run.End, Is.EqualTo(1690));
        }
    }

    [Test]
    public void Read_JournalAndLogOfAKilledRunner_LosesNothing()
    {
        using TestRun night = Nights.Smoke(killed: true);
        string left = Directory.CreateTempSubdirectory("labrunner-killed-").FullName;
        foreach (string name in new[] { RunReader.JournalName, RunReader.JournalName + "-wal" })
        {
            File.Copy(Path.Combine(night.Folder, name), Path.Combine(left, name));
        }

        byte[] before = File.ReadAllBytes(Path.Combine(left, RunReader.JournalName));
        RunRecord run = RunReader.Read(left);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Killed);
            Assert.That(run.Incidents, Has.Count.EqualTo(RunReader.Read(night.Folder).Incidents.Count).And.Count.GreaterThan(10));
            Assert.That(File.ReadAllBytes(Path.Combine(left, RunReader.JournalName)), Is.EqualTo(before), "reading changes nothing");
        }

        Directory.Delete(left, recursive: true);
    }

    private static BenchFaultException Fault(string folder)
    {
        BenchFaultException fault = Assert.Throws<BenchFaultException>(() => RunReader.Read(folder))!;
        Assert.That(fault.Kind, Is.EqualTo(FaultKind.Storage));
        return fault;
    }

    private static Dictionary<string, string> Contents(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith(RunReader.JournalName, StringComparison.Ordinal))
            .ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllText);

    /// <summary>Copies a drawn run for looking at it: `--test-parameter keep=/tmp/night`.</summary>
    private static void Keep(string folder, string parameter)
    {
        if (TestContext.Parameters[parameter] is { } target)
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(target, Path.GetRelativePath(folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true);
            }
        }
    }
}

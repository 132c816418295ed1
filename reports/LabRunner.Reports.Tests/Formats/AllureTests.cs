using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Tests.Formats;

/// <summary>The rules that Allure 2 and 3 readers hold files to.</summary>
public sealed partial class AllureTests
{
    private TestRun _night = null!;
    private string _folder = "";
    private List<JsonElement> _results = [];

    [OneTimeSetUp]
    public void Render()
    {
        _night = Nights.Smoke();
        _folder = ReportRenderer.Render(_night.Folder).Paths!.AllureResults;
        _results = [.. Directory.EnumerateFiles(_folder, "*-result.json").Select(Json)];
    }

    [OneTimeTearDown]
    public void Remove() => _night.Dispose();

    [Test]
    public void Results_OneForEveryTestAndSlot_WithKnownStatusAndTimes()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_results, Has.Count.EqualTo(30));
            Assert.That(_results.Select(r => r.GetProperty("status").GetString()), Is.All.AnyOf("passed", "failed", "broken", "skipped"));
            Assert.That(_results.Select(r => r.GetProperty("stage").GetString()), Is.All.EqualTo("finished"));
            Assert.That(_results.Where(r => r.GetProperty("start").GetInt64() > r.GetProperty("stop").GetInt64()), Is.Empty);
            Assert.That(_results.Select(r => r.GetProperty("start").GetInt64()), Is.All.GreaterThan(1_700_000_000_000), "milliseconds since the epoch");
            Assert.That(_results.Where(r => Message(r).StartsWith("INCONCLUSIVE", StringComparison.Ordinal)).Select(r => r.GetProperty("status").GetString()), Is.All.EqualTo("broken"));
        }
    }

    [Test]
    public void Results_SameTestOnTwoDuts_HaveOneTestCaseAndTwoHistories()
    {
        List<JsonElement> presses = [.. _results.Where(r => r.GetProperty("name").GetString() == "Press_TogglesRelay")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(presses.Select(r => r.GetProperty("testCaseId").GetString()).Distinct().Count(), Is.EqualTo(1));
            Assert.That(presses.Select(r => r.GetProperty("historyId").GetString()), Is.Unique);
            Assert.That(_results.Select(r => r.GetProperty("uuid").GetString()), Is.Unique);
            Assert.That(presses.Select(Dut), Is.EquivalentTo(new[] { "p1", "p2", "p3", "p4", "p5" }));
        }
    }

    [Test]
    public void Globals_OfARunnerThatDied_GoWhenTheNightWentOn()
    {
        using TestRun run = new();
        run.Meta(Records.MetaKeys.OriginUtc, "2026-11-22T22:00:00Z");
        run.Slot("p1");
        string folder = ReportRenderer.Render(run.Folder).Paths!.AllureResults;
        Assert.That(Directory.EnumerateFiles(folder, "*-globals.json"), Has.Exactly(1).Items);

        run.Meta(Records.MetaKeys.Ended, "100");
        ReportRenderer.Render(run.Folder);

        Assert.That(Directory.EnumerateFiles(folder, "*-globals.json"), Is.Empty);
    }

    [Test]
    public void Attachments_All_HaveLegalNamesAndAFileOfTheirOwn()
    {
        List<string> sources = [.. Directory.EnumerateFiles(_folder, "*.json").Select(Json).SelectMany(Sources)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sources, Has.Count.GreaterThan(20).And.Unique);
            Assert.That(sources, Is.All.Match("^[a-zA-Z0-9._-]{1,100}$"));
            Assert.That(sources.Where(s => !File.Exists(Path.Combine(_folder, s))), Is.Empty);
            Assert.That(Directory.EnumerateFiles(_folder, "*-attachment.*").Select(Path.GetFileName), Is.SubsetOf(sources));
        }
    }

    [Test]
    public void Containers_All_NameExistingChildren()
    {
        HashSet<string?> known = [.. _results.Select(r => r.GetProperty("uuid").GetString())];
        List<JsonElement> containers = [.. Directory.EnumerateFiles(_folder, "*-container.json").Select(Json)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(containers, Has.Count.EqualTo(5));
            Assert.That(containers.SelectMany(c => c.GetProperty("children").EnumerateArray()).Select(c => c.GetString()), Is.EquivalentTo(known));
            Assert.That(containers.Select(c => c.GetProperty("befores").GetArrayLength()), Is.All.EqualTo(1));
        }
    }

    [Test]
    public void RunWideFiles_BenchFault_IsAGlobalErrorAndCategoriesMatchWholeMessages()
    {
        JsonElement globals = Json(Directory.EnumerateFiles(_folder, "*-globals.json").Single());
        JsonElement categories = Json(Path.Combine(_folder, "categories.json"));
        string[] broken = [.. categories.EnumerateArray().Where(c => c.GetProperty("matchedStatuses")[0].GetString() == "broken").Select(c => c.GetProperty("messageRegex").GetString()!)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(globals.GetProperty("errors")[0].GetProperty("message").GetString(), Does.StartWith("INVALID p4").And.Contain("USB serial"));
            Assert.That(
                _results.Where(r => r.GetProperty("status").GetString() == "broken").Select(Message).Where(m => !broken.Any(b => Regex.IsMatch(m, $"^(?:{b})$", RegexOptions.Singleline))),
                Is.Empty);
            Assert.That(File.ReadAllLines(Path.Combine(_folder, "environment.properties")), Does.Contain("Seed=20261123").And.Contain("p1.board=sm-028-v1.3-b17"));
            Assert.That(Json(Path.Combine(_folder, "executor.json")).GetProperty("name").GetString(), Is.EqualTo("LabRunner"));
            Assert.That(Directory.EnumerateFiles(_folder).Select(f => Path.GetFileName(f)!), Is.All.Match(LegalFile().ToString()));
        }
    }

    [Test]
    public void Stability_FrozenSlot_HasItsIncidentsAsStepsWithEvidence()
    {
        JsonElement p3 = _results.Single(r => r.GetProperty("name").GetString() == "Stability of p3");
        List<JsonElement> failed = [.. p3.GetProperty("steps").EnumerateArray().Where(s => s.GetProperty("status").GetString() == "failed")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed.Select(s => s.GetProperty("name").GetString()), Has.Exactly(3).Contains("NET_FREEZE F09"));
            Assert.That(
                File.ReadAllText(Path.Combine(_folder, failed[0].GetProperty("attachments")[0].GetProperty("source").GetString()!)),
                Does.Contain("Info:CMD:SetupEnergyStats 1 30 60"));
        }
    }

    private static JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.Clone();
    }

    private static string Message(JsonElement result) =>
        result.TryGetProperty("statusDetails", out JsonElement details) ? details.GetProperty("message").GetString() ?? "" : "";

    private static string? Dut(JsonElement result) =>
        result.GetProperty("parameters").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "dut" && !p.GetProperty("excluded").GetBoolean()).GetProperty("value").GetString();

    private static IEnumerable<string> Sources(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.NameEquals("source") ? [p.Value.GetString()!] : Sources(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Sources),
        _ => [],
    };

    [GeneratedRegex("^([0-9a-f-]{36}-(result|container|globals)\\.json|[0-9a-f-]{36}-attachment\\.[a-z0-9]{1,8}|categories\\.json|executor\\.json|environment\\.properties)$")]
    private static partial Regex LegalFile();
}

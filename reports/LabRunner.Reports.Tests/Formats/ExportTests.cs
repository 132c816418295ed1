using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using Parquet;
using Parquet.Schema;

namespace LabRunner.Reports.Tests.Formats;

public sealed class ExportTests
{
    private static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    [Test]
    public void Trx_SmokeNight_CountsAddUpAndIdsFit()
    {
        using TestRun night = Nights.Smoke();

        XElement root = XDocument.Parse(TrxReport.Write(RunReader.Read(night.Folder))).Root!;

        List<XElement> results = [.. root.Descendants(Trx + "UnitTestResult")];
        XElement counters = root.Descendants(Trx + "Counters").Single();
        int Count(string outcome) => results.Count(r => (string?)r.Attribute("outcome") == outcome);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results, Has.Count.EqualTo(31).And.Count.EqualTo((int)counters.Attribute("total")!));
            Assert.That((int)counters.Attribute("failed")!, Is.EqualTo(Count("Failed")).And.EqualTo(6));
            Assert.That((int)counters.Attribute("inconclusive")!, Is.EqualTo(Count("Inconclusive")).And.EqualTo(2));
            Assert.That((int)counters.Attribute("notExecuted")!, Is.EqualTo(Count("NotExecuted")).And.EqualTo(5));
            Assert.That((int)counters.Attribute("passed")!, Is.EqualTo(Count("Passed")));
            Assert.That(root.Descendants(Trx + "UnitTest").Attributes("id").Select(a => a.Value), Is.Unique);
            Assert.That(results.Attributes("testId").Select(a => a.Value), Is.EquivalentTo(root.Descendants(Trx + "UnitTest").Attributes("id").Select(a => a.Value)));
            Assert.That(results.Attributes("executionId").Select(a => a.Value), Is.EquivalentTo(root.Descendants(Trx + "TestEntry").Attributes("executionId").Select(a => a.Value)));
            Assert.That((string?)root.Descendants(Trx + "ResultSummary").Single().Attribute("outcome"), Is.EqualTo("Failed"));
        }
    }

    private static TestRun Quarantined()
    {
        TestRun run = new();
        run.Begin();
        run.Slot("p1");
        run.Test("p1", "S14", "Power_IsWithinLimits", 1, 2, Verdict.Fail, "9 % high");
        run.Test("p1", "S14", "Power_IsWithinLimits", 3, 4, Verdict.Pass);
        run.Test("p1", "S14", "Voltage_IsWithinLimits", 5, 6, Verdict.Fail, "3 % low");
        run.Verdict("test:S14.Power_IsWithinLimits:p1", VerdictRecord.QuarantineRule, Verdict.Warn, "S14 failed: quarantined until 2026-12-31: the load is away");
        run.Commit();
        return run;
    }

    private const string Excused = "NOT RUN: S14 failed: quarantined until 2026-12-31: the load is away. 9 % high";

    [Test]
    public void Trx_QuarantinedFailure_IsNotExecutedWithBothReasons()
    {
        using TestRun run = Quarantined();
        XElement root = XDocument.Parse(TrxReport.Write(RunReader.Read(run.Folder))).Root!;
        XElement[] results = [.. root.Descendants(Trx + "UnitTestResult").Where(r => ((string?)r.Attribute("testName"))!.StartsWith("p1.S14", StringComparison.Ordinal))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Select(r => (string?)r.Attribute("outcome")), Is.EqualTo(new[] { "NotExecuted", "Passed", "Failed" }));
            Assert.That(results[0].Descendants(Trx + "Message").Single().Value, Is.EqualTo(Excused));
            Assert.That((int)root.Descendants(Trx + "Counters").Single().Attribute("failed")!, Is.EqualTo(1));
        }
    }

    [Test]
    public void JUnit_QuarantinedFailure_IsSkippedWithBothReasons()
    {
        using TestRun run = Quarantined();
        XElement[] cases = [.. XDocument.Parse(JUnitReport.Write(RunReader.Read(run.Folder))).Descendants("testcase").Where(c => (string?)c.Attribute("classname") == "p1.S14")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cases.Select(c => c.Elements().SingleOrDefault()?.Name.LocalName), Is.EqualTo(new[] { "skipped", null, "failure" }));
            Assert.That((string?)cases[0].Element("skipped")!.Attribute("message"), Is.EqualTo(Excused));
        }
    }

    [Test]
    public void Allure_QuarantinedFailure_IsSkippedWithBothReasons()
    {
        using TestRun run = Quarantined();
        string folder = Path.Combine(run.Folder, "allure-results");
        AllureWriter.Write(RunReader.Read(run.Folder), folder);
        JsonElement[] results =
        [
            .. Directory.EnumerateFiles(folder, "*-result.json").Select(f => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(f)))
                .Where(r => r.GetProperty("fullName").GetString()!.Contains(".S14.", StringComparison.Ordinal)).OrderBy(r => r.GetProperty("start").GetInt64()),
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(results.Select(r => r.GetProperty("status").GetString()), Is.EqualTo(new[] { "skipped", "passed", "failed" }));
            Assert.That(results[0].GetProperty("statusDetails").GetProperty("message").GetString(), Is.EqualTo(Excused));
        }
    }

    [Test]
    public async Task Series_CsvAndParquet_HoldEverySample()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);

        string csv = await ReportRenderer.ExportSeriesAsync(night.Folder, "csv", CancellationToken.None);
        string parquet = await ReportRenderer.ExportSeriesAsync(night.Folder, "parquet", CancellationToken.None);

        string[] lines = await File.ReadAllLinesAsync(csv);
        string[] cells = lines[1].Split(',');
        await using ParquetReader reader = await ParquetReader.CreateAsync(parquet);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        long?[] heap = new long?[run.Telemetry.Count];
        double?[] volts = new double?[run.Telemetry.Count];
        await group.ReadAsync(Field(reader, "heap_b"), heap.AsMemory());
        await group.ReadAsync(Field(reader, "voltage_v"), volts.AsMemory());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Has.Length.EqualTo(run.Telemetry.Count + 1));
            Assert.That(lines[0], Is.EqualTo("utc,at_s,slot,uptime_s,heap_b,rssi_dbm,sockets,voltage_v,current_a,power_w,relay_closed"));
            Assert.That(cells[4], Is.EqualTo(run.Telemetry[0].HeapB!.Value.ToString(CultureInfo.InvariantCulture)));
            Assert.That(cells[7], Is.Empty, "a voltage that was not told");
            Assert.That(heap, Is.EqualTo(run.Telemetry.Select(t => t.HeapB)));
            Assert.That(volts, Is.All.Null);
            Assert.That(async () => await ReportRenderer.ExportSeriesAsync(night.Folder, "xlsx", CancellationToken.None), Throws.ArgumentException);
        }
    }

    [TestCase("=1+1", "\"'=1+1\"")]
    [TestCase("  @SUM(A1)", "\"'  @SUM(A1)\"")]
    [TestCase("-2+3", "\"'-2+3\"")]
    [TestCase("p1", "p1")]
    [TestCase("a,\"b\"", "\"a,\"\"b\"\"\"")]
    [TestCase("\t=1", "\"' =1\"")]
    [TestCase("\0", "␀")]
    [TestCase("\u001b[31m=1+1", "\"'=1+1\"")]
    [TestCase("\u001b[0m\u001b[1;31m @SUM(A1)", "\"' @SUM(A1)\"")]
    [TestCase("\u001b[0m\t-1", "\"' -1\"")]
    [TestCase("\u001b[31mp1\u001b[0m", "p1")]
    public void CsvText_FormulasAndSeparators_AreTexts(string text, string expected) => Assert.That(CsvText.Text(text), Is.EqualTo(expected));

    [Test]
    public void Picture_ScorecardOfTheNight_IsAPng()
    {
        using TestRun night = Nights.Smoke();

        byte[] png = ScorecardPicture.Draw(RunReader.Read(night.Folder));

        if (TestContext.Parameters["picture"] is { } target)
        {
            File.WriteAllBytes(target, png);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(png[..8], Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }));
            Assert.That(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), Is.EqualTo(960));
            Assert.That(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)), Is.EqualTo(118 + (5 * 34)));
            Assert.That(png, Has.Length.LessThan(60_000));
        }
    }

    [Test]
    public void Allure_PageOfAGenerator_AsksNoAnalytics()
    {
        const string page = """
            <head><script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
            <script>
                window.dataLayer = window.dataLayer || [];
                function gtag(){dataLayer.push(arguments);}
            </script><script>window.report = 1;</script></head>
            """;
        string clean = AllureGenerator.WithoutAnalytics(page);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(clean, Does.Not.Contain("googletagmanager").And.Not.Contain("dataLayer"));
            Assert.That(clean, Does.Contain("<script>window.report = 1;</script>"));
        }
    }

    /// <summary>Version 3 looks for an expression anywhere in the message, takes the first rule that fits, and takes a null for the word.</summary>
    [TestCase("failed", "FAIL: froze; the bench calls it INVALID", "Product failures")]
    [TestCase("broken", "INVALID: the console was lost", "Bench faults (INVALID)")]
    [TestCase("broken", "INCONCLUSIVE: a part was INVALID", "Not enough hours or trials (INCONCLUSIVE)")]
    [TestCase("passed", "WARN: gap of 1.2 s", "To look at (WARN)")]
    [TestCase("passed", "PASS", null)]
    public void Allure_SettingsOfVersion3_SortEachMessageIntoItsCategory(string status, string message, string? category)
    {
        using JsonDocument settings = JsonDocument.Parse(AllureGenerator.Settings("/runs/a/allure-report", "/runs/allure-history.jsonl"));
        JsonElement fits = settings.RootElement.GetProperty("categories").EnumerateArray().FirstOrDefault(c =>
            c.GetProperty("matchedStatuses").EnumerateArray().Any(s => s.GetString() == status)
            && (!c.TryGetProperty("messageRegex", out JsonElement expression) || Regex.IsMatch(message, expression.GetString() ?? "null")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fits.ValueKind == JsonValueKind.Undefined ? null : fits.GetProperty("name").GetString(), Is.EqualTo(category));
            Assert.That(settings.RootElement.GetProperty("historyPath").GetString(), Is.EqualTo("/runs/allure-history.jsonl"));
            Assert.That(settings.RootElement.GetProperty("plugins").GetProperty("awesome").GetProperty("options").GetProperty("singleFile").GetBoolean(), Is.True);
        }
    }

    [Test]
    public async Task Allure_InstalledGenerator_DrawsTheNightWithoutOutsideRequests()
    {
        if (AllureGenerator.Find() is null)
        {
            Assert.Ignore($"The Allure generator is not installed (npm install --global allure, or {AllureGenerator.Variable}).");
        }

        string runs = Directory.CreateTempSubdirectory("labrunner-allure-").FullName;
        try
        {
            using TestRun night = Nights.Smoke();
            string run = Path.Combine(runs, "night-1");
            Directory.CreateDirectory(run);
            File.Copy(Path.Combine(night.Folder, RunReader.JournalName), Path.Combine(run, RunReader.JournalName));
            File.Copy(Path.Combine(night.Folder, RunReader.JournalName + "-wal"), Path.Combine(run, RunReader.JournalName + "-wal"));
            ReportRenderer.Render(run);

            string page = await AllureGenerator.GenerateAsync(run, CancellationToken.None);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(await File.ReadAllTextAsync(page), Does.Not.Contain("googletagmanager"));
                Assert.That(Directory.EnumerateFileSystemEntries(runs).Select(Path.GetFileName), Has.Some.StartsWith("allure-history"));
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    [Test]
    public void Allure_NoResultsOrNoProgram_IsSaidWithARemedy()
    {
        string empty = Directory.CreateTempSubdirectory("labrunner-none-").FullName;
        string? before = Environment.GetEnvironmentVariable(AllureGenerator.Variable);
        try
        {
            Environment.SetEnvironmentVariable(AllureGenerator.Variable, Path.Combine(empty, "no-such-program"));
            Assert.That(
                async () => await AllureGenerator.GenerateAsync(empty, CancellationToken.None),
                Throws.TypeOf<BenchFaultException>().With.Message.Contains("npm install --global allure").And.Message.Contains($"{AllureGenerator.Variable} names it"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(AllureGenerator.Variable, before);
            Directory.Delete(empty, recursive: true);
        }
    }

    private static DataField Field(ParquetReader reader, string name) => reader.Schema.GetDataFields().Single(f => f.Name == name);
}

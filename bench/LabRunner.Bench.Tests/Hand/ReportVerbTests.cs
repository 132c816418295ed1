using System.Text.Json;
using LabRunner.Bench.Tests.Conventions;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>report, compare, trend and notify as a user or a build server starts them, on copies of the sample nights.</summary>
[CancelAfter(200_000)]
public sealed class ReportVerbTests
{
    private CommandBench _place;

    private string Freezes => Path.Combine(_place.Folder, "runs", "1-freezes");

    private string Leak => Path.Combine(_place.Folder, "runs", "2-leak-and-button");

    [SetUp]
    public void SetUp()
    {
        _place = new CommandBench();
        foreach (string run in (string[])[Freezes, Leak])
        {
            Directory.CreateDirectory(run);
            File.Copy(Path.Combine(RepoFolder.Path, "samples", Path.GetFileName(run), "journal.db"), Path.Combine(run, "journal.db"));
        }
    }

    [TearDown]
    public void TearDown() => _place.Dispose();

    [Test]
    public async Task Report_HostileSentences_MoveNothingInTheTerminal(CancellationToken token)
    {
        Sql(Freezes, "UPDATE verdicts SET text = char(27) || ']0;pwn' || char(7, 13) || 'nul' || char(0x202e) || 'rtl'");
        (int code, string output, string errors) = await _place.RunAsync(token, "report", Freezes);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(output, Does.Contain("pwn"));
            Assert.That(output.Where(c => (char.IsControl(c) && c != '\n') || c == '\u202e'), Is.Empty);
        }
    }

    [Test]
    public async Task Variant_CodeAndJson_AreTheVerdicts(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, "report", Freezes, "--variant", "--slot", "p3", "--no-pdf");
        (_, string json, _) = await _place.RunAsync(token, "report", Freezes, "--variant", "--slot", "p3", "--no-pdf", "--json");
        (int unclear, _, string said) = await _place.RunAsync(token, "report", Freezes, "--variant", "--no-pdf");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1), output + errors);
            Assert.That(output, Does.Contain("FAIL "));
            Assert.That(JsonDocument.Parse(json).RootElement.GetProperty("verdict").GetString(), Is.EqualTo("FAIL"));
            Assert.That(unclear, Is.EqualTo(64));
            Assert.That(said, Does.Contain("--slot: p1, p2, p3"));
        }
    }

    [Test]
    public async Task Allure_GeneratorThatIsNotThere_LeavesTheVerdictsCode(CancellationToken token)
    {
        (int code, _, string errors) = await CommandBench.EndAsync(_place.Start(CommandBench.Program, ["report", Freezes, "--allure"], ("LABRUNNER_ALLURE", "/nope")), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(errors, Does.Contain("/nope").And.Contain("LABRUNNER_ALLURE"));
        }
    }

    [TestCase("--good-hours", "1e308")]
    [TestCase("--good-hours", "NaN")]
    [TestCase("--bad-hours", "1e-308")]
    [TestCase("--bad-hours", "0")]
    [TestCase("--alpha", "1e-300")]
    [TestCase("--factor", "1e9")]
    [TestCase("--html", "/no/such/folder/page.html")]
    public async Task Compare_ValueThatCannotBe_IsUsage(string option, string value, CancellationToken token)
    {
        (int code, _, string errors) = await _place.RunAsync(token, "compare", Freezes, Leak, option, value);
        Assert.That((code, errors.StartsWith(option, StringComparison.Ordinal)), Is.EqualTo((64, true)), errors);
    }

    [TestCase("876600", "0.001", "1000", "0.000001")]
    [TestCase("876600", "876599", "1.000001", "0.4999")]
    [TestCase("0.0011", "0.001", "1.000001", "0.000001")]
    public async Task CompareAndTrend_AtTheEndsOfTheRanges_Answer(string good, string bad, string factor, string alpha, CancellationToken token)
    {
        string[] rules = ["--good-hours", good, "--bad-hours", bad, "--factor", factor, "--alpha", alpha];
        (int compared, _, string errors) = await _place.RunAsync(token, ["compare", Freezes, Leak, .. rules]);
        (int trend, _, string more) = await _place.RunAsync(token, ["trend", Path.GetDirectoryName(Freezes)!, .. rules]);
        Assert.That(new[] { compared, trend }, Is.All.InRange(0, 2), errors + more);
    }

    [Test]
    public async Task Trend_RunThatCannotBeRead_IsNamedAndTheOthersAreTold(CancellationToken token)
    {
        string broken = Path.Combine(_place.Folder, "runs", "broken");
        Directory.CreateDirectory(broken);
        await File.WriteAllTextAsync(Path.Combine(broken, "journal.db"), new string('x', 5000), token);
        (int code, string output, string errors) = await _place.RunAsync(token, "trend", Path.GetDirectoryName(Freezes)!);
        (int alone, _, _) = await _place.RunAsync(token, "trend", broken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(1), "what the others show: " + errors);
            Assert.That(output, Does.Contain("Note: broken cannot be read").And.Contain("2 failures in 0.58 h of idle soak"));
            Assert.That(alone, Is.EqualTo(3));
        }
    }

    [Test]
    public async Task Notify_FileThatIsMissingOrWrong_IsUsageOrBadFile_AndShowSaysWhatIsMissing(CancellationToken token)
    {
        string file = Path.Combine(_place.Folder, "notify.yaml");
        (int missing, _, string none) = await _place.RunAsync(token, "notify", Freezes, "--file", file);
        await File.WriteAllTextAsync(file, "when: sometimes\n", token);
        (int wrong, _, string said) = await _place.RunAsync(token, "notify", Freezes, "--file", file);
        await File.WriteAllTextAsync(file, "channels: [ { kind: slack, url: \"${env:LAB_THAT_IS_NOT_SET}\" } ]\n", token);
        (int unset, string shown, _) = await _place.RunAsync(token, "notify", Freezes, "--file", file, "--show");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((missing, wrong, unset), Is.EqualTo((64, 65, 3)), none + said + shown);
            Assert.That(said, Does.Contain("Write always or notPass."));
            Assert.That(shown, Does.Contain("Set LAB_THAT_IS_NOT_SET"));
        }
    }

    private static void Sql(string run, string statement)
    {
        using SqliteConnection journal = new($"Data Source={Path.Combine(run, "journal.db")};Pooling=False");
        journal.Open();
        using SqliteCommand command = journal.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}

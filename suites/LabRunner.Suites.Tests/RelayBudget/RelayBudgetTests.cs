using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Time;

namespace LabRunner.Suites.Tests.RelayBudget;

/// <summary>On a slot whose relay budget is spent, what would close its contact is not done, and says why.</summary>
public sealed partial class RelayBudgetTests
{
    private const string Inconclusive = "INCONCLUSIVE";
    private const string NotRun = "NOT RUN";

    // What closes the contact, and how it ends; no names: every test of the suite.
    private static readonly Dictionary<string, (string Verdict, string[] Tests)> Closing = new()
    {
        ["S02"] = (Inconclusive, ["EveryCycle_BootsInTimeAndKeepsItsState"]),
        ["S09"] = (Inconclusive, ["MainsBackAtOnce_ThePlugRejoins"]),
        ["S10"] = (Inconclusive, ["DayRoll_CountsTheDayOnce"]),
        ["S11"] = (Inconclusive, []),
        ["S12"] = (Inconclusive, ["RepeatingEvents_RunAsOftenAsTold"]),
        ["S13"] = (NotRun, []),
        ["S14"] = (Inconclusive,
        [
            "EveryLoad_IsReadWithinLimits", "AllLoads_LieOnALine", "NoLoad_NothingIsCounted", "SmallLoads_AreSeen", "HeavyLoad_DoesNotDrift_AndASmallOneReadsAsBefore",
            "OpenRelay_ReadsNoLoad_AndTheSameVoltage", "BusyCpu_NoPulseIsMissed", "LostLink_NoPulseIsMissed", "SteadyLoad_EnergyIsPowerTimesTime_AndNoReadingIsFarOff",
            "Energy_AfterAReboot_IsTheSame", "Energy_AfterAPowerCut_LosesAtMostWhatWasNotSaved", "AbovePowerMax_ReadingIsHeldAndComesBack", "CalibrationToZero_IsRefused",
        ]),
        ["S15"] = (NotRun, []),
        ["S16"] = (Inconclusive, ["Cut_UnderLoad_CostsAtMostTheThresholdOfEnergy"]),
        ["S18"] = (NotRun, []),
    };

    // Worth more than their closed contact: they ask, leave it out, and put that on record.
    private static readonly string[] WithoutIt = ["S01", "S04", "S17"];

    [Test]
    [CancelAfter(120_000)]
    public async Task SpentBudget_EverySuiteThatClosesTheContact_LeavesItOpenAndSaysWhy(CancellationToken cancellationToken)
    {
        string host = SisterProgram.Find("LabRunner.Suites", "LabRunner.Suites");
        Dictionary<string, (string Fixture, string[] Tests)> listed = await ListAsync(host, cancellationToken);
        LabClock clock = LabClock.Start(20);
        await using StandInPlug plug = new(clock);
        IBenchApi bench = SpentBench.Around(
            plug.Address, [.. Closing.Keys.Select(s => new PlannedSuite(s, [], new Dictionary<string, string>(), Together: s == "S09"))], out ConcurrentQueue<string> asked);
        await using BenchServer server = BenchServer.Start(bench);

        List<string> arguments = ["lab-host", "--slot", SpentBench.Slot];
        foreach ((string suite, (_, string[] tests)) in Closing.Where(c => c.Value.Tests.Length > 0))
        {
            Assert.That(tests, Is.SubsetOf(listed[suite].Tests), suite);
            arguments.AddRange(listed[suite].Tests.Except(tests).SelectMany(test => (string[])["--skip", $"{listed[suite].Fixture}(\"{SpentBench.Slot}\").{test}"]));
        }

        List<JsonElement> ended = await PlayAsync(host, arguments, server.Path, clock, cancellationToken);
        string[] wrong =
        [
            .. from closing in Closing
               from test in closing.Value.Tests is { Length: > 0 } named ? named : listed[closing.Key].Tests
               let end = ended.Where(e => e.GetProperty("suite").GetString() == closing.Key && e.GetProperty("name").GetString() == test).Select(e => (JsonElement?)e).FirstOrDefault()
               let verdict = end?.GetProperty("verdict").GetString()
               let message = end?.GetProperty("message").GetString()
               where verdict != closing.Value.Verdict || message?.Contains("relayBudget", StringComparison.Ordinal) != true
               select $"{closing.Key} {test}: {verdict ?? "did not end"} ({message})",
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Empty, string.Join(Environment.NewLine, wrong));
            Assert.That(asked.Where(call => Acts().IsMatch(call)), Is.Empty, "What the bench was asked to do.");
            Assert.That(plug.Asked.Where(request => Switches().IsMatch(request)), Is.Empty, "What the plug was asked.");
            Assert.That(plug.Asked, Is.Not.Empty);
        }
    }

    [Test]
    public void Suites_ThatCloseTheContact_AreAskedHere()
    {
        string[] closing =
        [
            .. Directory.GetDirectories(SuitesFolder, "S??_*").Where(folder => Directory.GetFiles(folder, "*.cs").Any(file => Closes().IsMatch(File.ReadAllText(file))))
                .Select(folder => Path.GetFileName(folder)[..3]).Order(StringComparer.Ordinal),
        ];
        Assert.That(closing, Is.EquivalentTo(Closing.Keys.Except(["S09"]).Union(WithoutIt)), "Add it to the table, or to what goes on without a closed contact.");
    }

    [TestCaseSource(nameof(WithoutIt))]
    public void Suite_ThatGoesOnWithoutAClosedContact_AsksForTheBudget(string suite)
    {
        string folder = Directory.GetDirectories(SuitesFolder, suite + "_*").Single();
        Assert.That(Directory.GetFiles(folder, "*.cs").Select(File.ReadAllText), Has.Some.Contains("RelayBudgetSpentAsync"));
    }

    private static string SuitesFolder => Path.GetFullPath(Path.Combine(BenchFolders.Find().Boards, "..", "..", "suites", "LabRunner.Suites"));

    private static async Task<Dictionary<string, (string Fixture, string[] Tests)>> ListAsync(string host, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true, ArgumentList = { "lab-host", "--list" } };
        using Process process = Process.Start(start)!;
        using JsonDocument document = JsonDocument.Parse(await process.StandardOutput.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return document.RootElement.GetProperty("suites").EnumerateArray().ToDictionary(
            suite => suite.GetProperty("suite").GetString()!,
            suite => (suite.GetProperty("fixture").GetString()!, suite.GetProperty("tests").EnumerateArray().Select(test => test.GetProperty("name").GetString()!).ToArray()));
    }

    private static async Task<List<JsonElement>> PlayAsync(string host, List<string> arguments, string socket, LabClock clock, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(host) { RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[BenchConnection.SocketVariable] = socket;
        start.Environment[BenchConnection.SlotsVariable] = SpentBench.Slot;
        start.Environment[LabClock.EnvironmentVariable] = clock.ToEnvironment();
        using Process process = Process.Start(start)!;
        try
        {
            List<JsonElement> ended = [];
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                JsonElement told = JsonSerializer.Deserialize<JsonElement>(line);
                if (told.TryGetProperty("event", out JsonElement kind) && kind.GetString() == "finished")
                {
                    ended.Add(told);
                }
            }

            await process.WaitForExitAsync(cancellationToken);
            return ended;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    [GeneratedRegex("^(SwitchPowerAsync .* True|DipSupplyAsync|PressAsync|MoveButtonAsync|PublishAsync)")]
    private static partial Regex Acts();

    [GeneratedRegex("POWER (ON|TOGGLE)|tgl=|ToggleChannel|SetChannel|restart|reboot", RegexOptions.IgnoreCase)]
    private static partial Regex Switches();

    [GeneratedRegex(@"SetRelayAsync\(true|RememberRelayAsync\(true|SetRelayByChangeAsync\(|DeclareRelayAsync\(")]
    private static partial Regex Closes();
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Reports.Records;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>The program itself, killed in a running night and started again.</summary>
[CancelAfter(240_000)]
public sealed class KilledStationTests
{
    private const string Plan = """
        plan: tiny
        timeScale: 20
        baseline: 5s
        testLimit: 15m
        watch: { selfHeal: 30s, mqttEvery: 30s }
        suites:
          - S02: { cycles: 5, offMin: 3s, offMax: 3s, on: 35s, bootLimit: 10s, httpLimit: 20s, mqttLimit: 30s }
        """;

    private readonly List<Process> _started = [];
    private string _folder;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("killed-station-").FullName;
        string repository = BenchFolders.Find().Home;
        Directory.CreateDirectory(Path.Combine(_folder, "bench", "plans"));
        File.WriteAllText(Path.Combine(_folder, "bench", "plans", "tiny.yaml"), Plan);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bench", "inventory"), Path.Combine(repository, "bench", "inventory"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "hardware"), Path.Combine(repository, "hardware"));
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
            {
                // In order, so that its virtual plugs end with it.
                using Process term = Process.Start("kill", ["-s", "TERM", $"{process.Id}"]);
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }

        if (TestContext.CurrentContext.Result.FailCount == 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public async Task Night_WhoseStationIsKilled_IsGoneOnWithByTheNext_OffMeanwhile_AndTheGapIsMarked(CancellationToken cancellationToken)
    {
        (Process first, HttpClient client) = await ServeAsync(cancellationToken);
        string run;
        using (client)
        {
            HttpResponseMessage answer = await client.PostAsJsonAsync("jobs", new { plan = "tiny", slots = new[] { "p1" } }, cancellationToken);
            string job = (await TestStation.JsonAsync(answer)).GetProperty("id").GetString()!;
            run = Path.Combine(_folder, "runs", $"{job}-virtual");
            await TestStation.UntilAsync(() => Trials(run) > 0);
        }

        first.Kill();
        await TestStation.UntilAsync(() => File.Exists(Path.Combine(run, "guard.log")) && File.ReadAllText(Path.Combine(run, "guard.log")).Contains("p1 is off", StringComparison.Ordinal));
        int before = Trials(run);
        (_, client) = await ServeAsync(cancellationToken);
        JsonElement ended = default;
        using (client)
        {
            for (string state = ""; state is not ("Done" or "Failed" or "Stopped");)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
                ended = (await client.GetFromJsonAsync<JsonElement[]>("jobs", cancellationToken))!.Single();
                state = ended.GetProperty("state").GetString()!;
            }
        }

        RunRecord record = RunReader.Read(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended.GetProperty("state").GetString(), Is.EqualTo("Done"), ended.GetRawText());
            Assert.That(ended.GetProperty("resumed").GetInt32(), Is.EqualTo(1));
            Assert.That(before, Is.Positive);
            Assert.That(record.Trials.Count(t => t is { Suite: "S02", Step: "cycle", Ok: true }), Is.EqualTo(5));
            Assert.That(record.Outcome, Is.EqualTo("completed"));
            Assert.That(await File.ReadAllTextAsync(Path.Combine(run, "consoles", "p1.log"), cancellationToken), Does.Contain("--- gap: the runner was gone"));
            Assert.That(Directory.EnumerateFiles(Path.Combine(_folder, "state", "consoles", "p1")).SelectMany(File.ReadLines), Has.Some.Contains("--- gap: the station was not running"));
            Assert.That(Path.Combine(run, "report", "index.html"), Does.Exist);
        }
    }

    private static int Trials(string run)
    {
        try
        {
            return RunReader.ReadOutline(run).Trials.Count;
        }
        catch (LabRunner.Hardware.Faults.BenchFaultException)
        {
            // A journal that is only just being made says nothing yet.
            return 0;
        }
    }

    private async Task<(Process Process, HttpClient Client)> ServeAsync(CancellationToken cancellationToken)
    {
        string program = Path.Combine(BenchFolders.Find().Home, ".artifacts", "bin", "LabRunner.Cli", "debug", "labrunner");
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            ArgumentList = { "serve", "--listen", "http://127.0.0.1:0", "--state", Path.Combine(_folder, "state"), "--runs", Path.Combine(_folder, "runs"), "--json" },
        };
        start.Environment["LABRUNNER_LEASES"] = Path.Combine(_folder, "leases");
        start.Environment[BenchFolders.HomeVariable] = _folder;
        Process process = Process.Start(start)!;
        _started.Add(process);
        process.ErrorDataReceived += (_, e) => TestContext.Progress.WriteLine(e.Data);
        process.BeginErrorReadLine();
        string line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The station did not say where it listens.");
        string address = JsonDocument.Parse(line).RootElement.GetProperty("addresses").EnumerateArray().Select(a => a.GetString()!).First(a => a.StartsWith("http://127", StringComparison.Ordinal));
        HttpClient client = new() { BaseAddress = new Uri(new Uri(address), "/api/v1/") };
        return (process, client);
    }
}

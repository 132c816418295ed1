using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
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

    private StationProgram _program;

    [SetUp]
    public void SetUp()
    {
        _program = new StationProgram();
        _program.Home.Add("tiny", Plan);
    }

    [TearDown]
    public ValueTask TearDownAsync() => _program.DisposeAsync();

    [Test]
    public async Task Night_WhoseStationIsKilled_IsGoneOnWithByTheNext_OffMeanwhile_AndTheGapIsMarked(CancellationToken cancellationToken)
    {
        (Process first, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        string run;
        using (client)
        {
            HttpResponseMessage answer = await client.PostAsJsonAsync("jobs", new { plan = "tiny", slots = new[] { "p1" } }, cancellationToken);
            string job = (await TestStation.JsonAsync(answer)).GetProperty("id").GetString()!;
            run = Path.Combine(_program.Folder, "runs", $"{job}-virtual");
            await TestStation.UntilAsync(() => Trials(run) > 0);
        }

        first.Kill();
        await TestStation.UntilAsync(() => File.Exists(Path.Combine(run, "guard.log")) && File.ReadAllText(Path.Combine(run, "guard.log")).Contains("p1 is off", StringComparison.Ordinal));
        int before = Trials(run);
        (_, client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
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
            Assert.That(Directory.EnumerateFiles(Path.Combine(_program.Folder, "state", "consoles", "p1")).SelectMany(File.ReadLines), Has.Some.Contains("--- gap: the station was not running"));
            Assert.That(Path.Combine(run, "report", "index.html"), Does.Exist);
        }
    }

    [Test]
    public async Task Act_ThatWasUnderWayWhenItsStationDied_IsNotDoneAgainUnderItsKey_ButSaidToBeUnknown(CancellationToken cancellationToken)
    {
        object order = new { state = "cycle", offSeconds = 3600 };
        (Process first, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
        client.DefaultRequestHeaders.Add("Idempotency-Key", "build-228");
        string keys = Path.Combine(_program.Folder, "state", "keys.jsonl");
        Task<HttpResponseMessage> cut = client.PostAsJsonAsync("slots/p1/power", order, cancellationToken);
        await TestStation.UntilAsync(() => File.Exists(keys) && File.ReadAllText(keys).Contains("build-228", StringComparison.Ordinal));
        first.Kill();
        await ((Task)cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        client.Dispose();
        (_, client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        using (client)
        {
            client.DefaultRequestHeaders.Add("Idempotency-Key", "build-228");
            HttpResponseMessage answer = await client.PostAsJsonAsync("slots/p1/power", order, cancellationToken);
            HttpResponseMessage again = await client.PostAsJsonAsync("slots/p1/power", order, cancellationToken);

            using (Assert.EnterMultipleScope())
            {
                Assert.That((int)answer.StatusCode, Is.EqualTo(409));
                Assert.That(await TestStation.DetailAsync(answer), Does.Match(@"^The request under this Idempotency-Key came \S+ \S+Z and was under way when the station ended\. Look whether it was done before you send it again, with another key\.$"));
                Assert.That((int)again.StatusCode, Is.EqualTo(409));
            }
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
}

using System.Diagnostics;
using System.Text.Json;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>The verbs of the queue, and <c>night</c> as one of them, as a user types them.</summary>
[CancelAfter(300_000)]
public sealed class QueueVerbTests
{
    private const string Plan = """
        plan: tiny
        timeScale: 20
        baseline: 5s
        testLimit: 15m
        watch: { selfHeal: 30s, mqttEvery: 30s }
        suites:
          - S02: { cycles: 1, offMin: 3s, offMax: 3s, on: 35s, bootLimit: 10s, httpLimit: 20s, mqttLimit: 30s }
        """;

    private StationProgram _program;

    [SetUp]
    public void SetUp()
    {
        _program = new StationProgram();
        _program.Home.Add("tiny", Plan).Add("long", Plan.Replace("plan: tiny", "plan: long", StringComparison.Ordinal).Replace("cycles: 1", "cycles: 500", StringComparison.Ordinal));
    }

    [TearDown]
    public ValueTask TearDownAsync() => _program.DisposeAsync();

    [Test]
    public async Task Night_WhereAStationHasTheBench_IsItsJob_WithTheScorecardAndTheCodeOfOneWithoutIt(CancellationToken cancellationToken)
    {
        (int Code, string Output, string Errors) alone = await _program.RunAsync($"night --plan tiny --slots p1 --out {Path.Combine(_program.Folder, "alone")} --why build%20228", cancellationToken);
        (Process station, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        client.Dispose();
        (int Code, string Output, string Errors) there = await _program.RunAsync("night --plan tiny --slots p1 --why build%20228", cancellationToken);
        (int Code, string Output, string Errors) list = await _program.RunAsync("queue list --all --json", cancellationToken);
        JsonElement job = JsonDocument.Parse(list.Output).RootElement.EnumerateArray().Single();
        (int Code, string Output, string Errors) again = await _program.RunAsync($"queue follow {job.GetProperty("id").GetString()}", cancellationToken);
        string run = Path.Combine(_program.Folder, "runs", job.GetProperty("run").GetString()!);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(alone.Code, Is.Zero, alone.Output + alone.Errors);
            Assert.That((there.Code, again.Code), Is.EqualTo((alone.Code, alone.Code)), there.Output + there.Errors);
            Assert.That(Card(there.Output), Is.EqualTo(Card(alone.Output)).And.Not.Empty);
            Assert.That(Card(again.Output), Is.EqualTo(Card(alone.Output)));
            Assert.That(there.Output, Does.Contain("Plan tiny, seed 1.").And.Contain($"Report: {Path.Combine(run, "report", "index.html")}"));
            Assert.That((job.GetProperty("owner").GetString(), job.GetProperty("why").GetString()), Is.EqualTo(("Anna", "build 228")));
            Assert.That(Audit().Where(e => e.Action == "POST /api/v1/jobs").Select(e => (e.Owner, e.Why)), Is.EqualTo(new[] { ("Anna", "build 228") }));
            Assert.That(station.HasExited, Is.False);
        }

        foreach (string folder in (string[])[run, Path.Combine(_program.Folder, "alone")])
        {
            Assert.That(LabRunner.Reports.Records.RunReader.Read(folder).Events.Where(e => e.Kind == "why").Select(e => e.Text), Is.EqualTo(new[] { "build 228" }), folder);
        }
    }

    [Test]
    public async Task Queue_IsFilledShownAndEmptied_AndCtrlCOfANightStopsItsJob(CancellationToken cancellationToken)
    {
        (Process _, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        client.Dispose();
        Process night = _program.Begin("night --plan long --slots p1");
        string? line;
        do
        {
            line = await night.StandardOutput.ReadLineAsync(cancellationToken);
        }
        while (line?.Contains("Baseline of", StringComparison.Ordinal) == false);
        (int Code, string Output, string Errors) added = await _program.RunAsync("queue add tiny --needs BL602,pulses --slots p1,p2 --priority 60 --seed 7 --why bisect%20228", cancellationToken);
        (int Code, string Output, string Errors) misfit = await _program.RunAsync("queue add tiny --needs nonsense", cancellationToken);
        (int Code, string Output, string Errors) list = await _program.RunAsync("queue list", cancellationToken);
        string[] ids = [.. list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])];
        (int Code, string Output, string Errors) stopped = await _program.RunAsync($"queue stop {ids[1]} --why wrong%20build", cancellationToken);
        await Process.Start("kill", ["-s", "INT", $"{night.Id}"])!.WaitForExitAsync(cancellationToken);
        (int Code, string Output, string Errors) interrupted = await StationProgram.EndAsync(night, cancellationToken);
        (int Code, string Output, string Errors) empty = await _program.RunAsync("queue list", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(added.Output, Does.Match(@"^Job \S+ waits: plan tiny on p1, p2, priority 60\. Watch it: \./lab queue follow \S+\n$"));
            Assert.That((misfit.Code, misfit.Errors), Is.EqualTo((64, "No slot has all that is needed (nonsense). GET /api/v1/slots tells each slot's labels.\n")));
            Assert.That(list.Output, Does.Match(@"^\S+  running  long on p1, priority 50, of Anna\. .*\n\S+  queued   tiny on p1, p2, priority 60, of Anna, for 'bisect 228'\. .*\n$"));
            Assert.That((stopped.Code, stopped.Output), Is.EqualTo((0, $"Job {ids[1]} is stopped. Anna took it out of the queue.\n")));
            Assert.That(interrupted.Code, Is.EqualTo(130), interrupted.Output + interrupted.Errors);
            Assert.That(interrupted.Output, Does.Contain("Report: "));
            Assert.That(empty.Output, Does.StartWith("Nothing runs and nothing waits at the station ("));
            Assert.That(Audit().Select(e => $"{e.Owner} {e.Action} {e.Status} {e.Why}"), Has.Some.EqualTo($"Anna DELETE /api/v1/jobs/{ids[1]} 200 wrong build").And.Some.EqualTo($"Anna DELETE /api/v1/jobs/{ids[0]} 200 "));
        }
    }

    [Test]
    public async Task Why_OfEveryVerbByHand_IsInTheAuditLog_WithWho(CancellationToken cancellationToken)
    {
        (Process _, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        client.Dispose();
        await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
        await _program.RunAsync("image make-virtual 1.18.200 -o " + Path.Combine(_program.Folder, "f.bin"), cancellationToken);
        await _program.RunAsync($"image make-ota {Path.Combine(_program.Folder, "f.bin")} -o {Path.Combine(_program.Folder, "f.ota")}", cancellationToken);
        string[] lines =
        [
            "power p1 on", "press p1 --ms 100", "inject p1 --watts 60 --for 0.1s", "console p1 --for 3s", $"flash p2 {Path.Combine(_program.Folder, "f.bin")}", $"ota p1 {Path.Combine(_program.Folder, "f.ota")}",
        ];
        foreach (string line in lines)
        {
            await StationProgram.EndAsync(_program.Begin($"{line} --why {Uri.EscapeDataString($"größer: {line.Split(' ')[0]}")}", "help\n"), cancellationToken);
        }

        using (Assert.EnterMultipleScope())
        {
            foreach ((string act, string verb) in new[] { ("power", "power"), ("press", "press"), ("inject", "inject"), ("console", "console"), ("flash", "flash"), ("ota", "ota") })
            {
                string slot = act == "flash" ? "p2" : "p1";
                Assert.That(Audit().Where(e => e.Action == $"POST /api/v1/slots/{slot}/{act}").Select(e => (e.Owner, e.Why)), Has.Some.EqualTo(("Anna", $"größer: {verb}")), act);
            }
        }
    }

    [TestCase("queue list")]
    [TestCase("queue add smoke")]
    [TestCase("queue stop x")]
    [TestCase("queue follow x")]
    public async Task Queue_WithoutAStation_SaysWhatToStart(string line, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await _program.RunAsync($"{line} --bench my-lab", cancellationToken);

        Assert.That((code, output, errors), Is.EqualTo((64, "", $"{line.Split(' ')[0]} {line.Split(' ')[1]}: no station of bench 'my-lab' runs here, and the queue is the station's. Start it: ./lab serve --bench my-lab; without one: ./lab night\n")));
    }

    private AuditEntry[] Audit() => [.. File.ReadLines(Path.Combine(_program.Folder, "state", "audit.jsonl")).Select(l => JsonSerializer.Deserialize<AuditEntry>(l, JsonSerializerOptions.Web)!)];

    /// <summary>The scorecard without what no two runs have in common: hours and the folder.</summary>
    private static string[] Card(string output) => [.. output.Split('\n').SkipWhile(l => !l.Contains("plan tiny", StringComparison.Ordinal) || l.StartsWith("Plan", StringComparison.Ordinal)).Select(l => System.Text.RegularExpressions.Regex.Replace(l, @"\d+\.\d+", "#")).Where(l => !l.StartsWith("Report:", StringComparison.Ordinal))];
}

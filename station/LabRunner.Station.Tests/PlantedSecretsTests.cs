using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>
/// Secrets that somebody would know again, at every place that a station gets one from: whatever is asked of it afterwards, and whatever it writes
/// by itself, they are nowhere.
/// </summary>
[CancelAfter(180_000)]
[NonParallelizable]
public sealed class PlantedSecretsTests
{
    private const string Broker = "Br0ker-Wort-7731", Relay = "R3lay-Wort-7732", Wifi = "W1fi-Wort-7733", Mail = "M4il-Wort-7734", Hook = "H00k-Wort-7735", Address = "Adr3sse-Wort-7736", Topic = "T0pic-Wort-7737";

    private readonly List<string> _found = [];
    private StationProgram _program;
    private TcpListener _console;
    private LocalBroker _broker;
    private string _token = "";

    [SetUp]
    public async Task SetUpAsync()
    {
        _broker = await LocalBroker.StartAsync();
        _program = new StationProgram();
        _console = new TcpListener(IPAddress.Loopback, 0);
        _console.Start();
        _ = TalkAsync();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _program.DisposeAsync();
        _console.Dispose();
        _broker.Dispose();
    }

    [Test]
    public async Task Secrets_AreInNoAnswer_NoLog_AndNoMetric(CancellationToken cancellationToken)
    {
        await PlantAsync(cancellationToken);
        (int code, string output, string errors) = await _program.RunAsync($"token add chief --role administer --state {Path.Combine(_program.Folder, "state")}", cancellationToken);
        Assert.That(code, Is.Zero, errors);
        _token = output.Trim();
        (_, HttpClient client) = await _program.ServeAsync(
            new Dictionary<string, string> { ["LAB_MAIL"] = Mail, ["LAB_HOOK"] = $"http://127.0.0.1:1/{Hook}", ["LAB_TOPIC"] = Topic }, cancellationToken,
            "--bench", Path.Combine(_program.Folder, "secrets.yaml"), "--schedule", Path.Combine(_program.Folder, "schedule.yaml"));
        using (client)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("2 slots are watched", StringComparison.Ordinal)));
            Dictionary<string, string[]> names = await ActAsync(client, cancellationToken);
            int asked = await SweepAsync(client, names, cancellationToken);
            Look("the log", string.Join('\n', _program.Log));
            foreach (string file in Directory.EnumerateFiles(Path.Combine(_program.Folder, "state"), "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('.')))
            {
                // All but locks, which have nothing in them.
                Look(file, Encoding.Latin1.GetString(await ReadAsync(file, cancellationToken)));
            }

            using (Assert.EnterMultipleScope())
            {
                Assert.That(asked, Is.GreaterThan(30));
                Assert.That(_found, Is.Empty);
            }
        }
    }

    /// <summary>Does whatever makes the station speak of what it knows.</summary>
    private async Task<Dictionary<string, string[]>> ActAsync(HttpClient client, CancellationToken cancellationToken)
    {
        client.DefaultRequestHeaders.Add(LabRunner.Bench.Hosting.Lending.StationDoor.OwnerHeader, "Anna");
        foreach ((string path, object body) in new (string, object)[]
        {
            ("slots/p1/power", new { state = "on", why = "planting" }), ("slots/p2/power", new { state = "on" }), ("slots/p1/console", new { text = "help\r\n" }), ("pool/check", new { }),
            ("leases", new { slots = new[] { "p1" }, minutes = 0.01 }),
        })
        {
            using HttpResponseMessage answer = await client.PostAsJsonAsync(path, body, cancellationToken);
            Look($"POST {path}", await answer.Content.ReadAsStringAsync(cancellationToken));
        }

        using ByteArrayContent file = new(await File.ReadAllBytesAsync(Path.Combine(_program.Folder, "whole"), cancellationToken));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        JsonElement image = await TestStation.JsonAsync(await client.PostAsync(new Uri("images?name=whole.bin", UriKind.Relative), file, cancellationToken));
        string hash = image.GetProperty("sha256").GetString()!;
        JsonElement operation = await TestStation.JsonAsync(await client.PostAsJsonAsync("slots/p2/flash", new { image = hash }, cancellationToken));
        string flash = operation.GetProperty("id").GetString()!;
        await UntilAsync(client, $"operations/{flash}", o => o.GetProperty("ended").ValueKind == JsonValueKind.String, cancellationToken);
        JsonElement job = await TestStation.JsonAsync(await client.PostAsJsonAsync("jobs", new { plan = "tiny", slots = new[] { "p2" } }, cancellationToken));
        string run = job.GetProperty("id").GetString()!;
        await client.DeleteAsync(new Uri($"jobs/{run}", UriKind.Relative), cancellationToken);
        await UntilAsync(client, $"jobs/{run}", j => j.GetProperty("state").GetString() is not ("Queued" or "Running"), cancellationToken);
        await UntilAsync(client, "pool", p => p.GetRawText().Contains("Run it by hand", StringComparison.Ordinal), cancellationToken);
        await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("After run 20260101T000000Zaaaaaa", StringComparison.Ordinal)));
        await UntilAsync(client, "slots/p1/console?from=0", c => c.GetRawText().Contains("mqtt_clientID", StringComparison.Ordinal), cancellationToken);
        await UntilAsync(client, "builds", b => b.GetArrayLength() == 2, cancellationToken);
        return new Dictionary<string, string[]>
        {
            ["slot"] = ["p1", "p2"], ["image"] = [hash], ["operation"] = [flash], ["job"] = [run, "20260101T000000Zaaaaaa"],
            ["run"] = [.. Directory.EnumerateDirectories(Path.Combine(_program.Folder, "runs")).Select(f => Path.GetFileName(f)!)], ["file"] = ["report.html", "report.json", "junit.xml"],
        };
    }

    /// <summary>Asks for everything that the document has to look at.</summary>
    private async Task<int> SweepAsync(HttpClient client, Dictionary<string, string[]> names, CancellationToken cancellationToken)
    {
        JsonElement document = await client.GetFromJsonAsync<JsonElement>("openapi.json", cancellationToken);
        List<string> paths = [.. document.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)).Select(p => p.Name), "/metrics", "/api/v1/openapi.json", "/"];
        int asked = 0;
        foreach (string path in paths.SelectMany(p => Real(p, names)))
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using HttpResponseMessage answer = await client.GetAsync(new Uri(client.BaseAddress!, path.EndsWith("console", StringComparison.Ordinal) || path.EndsWith("console/stream", StringComparison.Ordinal) ? path + "?from=0" : path), HttpCompletionOption.ResponseHeadersRead, limit.Token);
            using StreamReader reader = new(await answer.Content.ReadAsStreamAsync(limit.Token));
            StringBuilder text = new();

            // A console goes on for ever: what was planted comes in its first part.
            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                text.AppendLine(line);
                if (path.EndsWith("console/stream", StringComparison.Ordinal) && line.Contains("mqtt_clientID", StringComparison.Ordinal))
                {
                    break;
                }
            }

            Look($"GET {path} ({(int)answer.StatusCode})", $"{answer.Headers}{answer.Content.Headers}{text}");
            asked++;
        }

        return asked;
    }

    private static IEnumerable<string> Real(string template, Dictionary<string, string[]> names)
    {
        int from = template.IndexOf('{', StringComparison.Ordinal);
        return from < 0 ? [template]
            : names.GetValueOrDefault(template[(from + 1)..template.IndexOf('}', StringComparison.Ordinal)], ["none"])
                .SelectMany(name => Real(template[..from] + name + template[(template.IndexOf('}', StringComparison.Ordinal) + 1)..], names));
    }

    private void Look(string where, string text) => _found.AddRange(
        new[] { Broker, Relay, Wifi, Mail, Hook, Address, Topic, _token.Split('_')[2] }.Where(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase))
            .Select(secret => $"{secret} in {where}: …{text[Math.Max(0, text.IndexOf(secret, StringComparison.OrdinalIgnoreCase) - 120)..][..Math.Min(160, text.Length - Math.Max(0, text.IndexOf(secret, StringComparison.OrdinalIgnoreCase) - 120))]}…"));

    private async Task PlantAsync(CancellationToken cancellationToken)
    {
        string at = $"127.0.0.1:{((IPEndPoint)_console.LocalEndpoint).Port}";
        await PutAsync("secrets.yaml", $$"""
            bench: secrets
            mqtt: { broker: "127.0.0.1:{{_broker.Port}}", user: lab, password: {{Broker}} }
            slots:
              p1:
                board: sm-028-v1.3-b17
                supply: isolated-3v3
                power: { driver: command, on: "true http://lab:{{Relay}}@127.0.0.1/on", off: "true" }
                console: { driver: tcp, address: "{{at}}" }
                mqtt: obk_p1
              p2:
                board: sm-028-v1.3-b17
                supply: isolated-3v3
                power: { driver: command, on: "echo no relay at http://lab:{{Relay}}@127.0.0.1/on; false", off: "true" }
                console: { driver: tcp, address: "{{at.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}}" }
            """);
        await PutAsync("notify.yaml", """
            channels:
              - { kind: mail, server: 127.0.0.1, port: 1, tls: none, from: a@lab.example, to: [b@lab.example], user: lab, password: "${env:LAB_MAIL}" }
              - { kind: discord, url: "${env:LAB_HOOK}" }
            """);
        await PutAsync("schedule.yaml", $$"""
            schedule: secrets
            builds:
              main: { url: "http://127.0.0.1:1/latest.ota?token={{Address}}", plan: tiny, notify: "{{Path.Combine(_program.Folder, "notify.yaml")}}" }
              told: { mqtt: { broker: "127.0.0.1:1", topic: "builds/+", from: "http://127.0.0.1:1/", user: u, password: "${env:LAB_TOPIC}" }, plan: tiny }
            """);
        _program.Home.Add("tiny", "plan: tiny\nbaseline: 1s\ntestLimit: 2m\nsuites:\n  - S02: { cycles: 1 }\n");
        await _program.RunAsync("image make-virtual 1.18.200 -o whole", cancellationToken);

        // A run of before that has to be told still.
        string run = Path.Combine(_program.Folder, "runs", "20260101T000000Zaaaaaa-secrets");
        Copy(Path.Combine(BenchFolders.Find().Home, "samples", "1-freezes"), run);
        Job job = new()
        {
            Id = "20260101T000000Zaaaaaa", Plan = "tiny", Owner = "the schedule", Created = TimeProvider.System.GetUtcNow(), State = JobState.Done, Folder = run, Ended = TimeProvider.System.GetUtcNow(),
            Notify = Path.Combine(_program.Folder, "notify.yaml"), Entry = "main",
        };
        await PutAsync(Path.Combine("state", "jobs", $"{job.Id}.json"), JsonSerializer.Serialize(job, JsonSerializerOptions.Web));

        async Task PutAsync(string name, string text)
        {
            string file = Path.Combine(_program.Folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, cancellationToken);
        }
    }

    /// <summary>A plug that tells everything at its boot, as OpenBeken does.</summary>
    private async Task TalkAsync()
    {
        try
        {
            while (true)
            {
                TcpClient one = await _console.AcceptTcpClientAsync();
                await one.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"Using SSID [lab]\r\nUsing Pass [{Wifi}]\r\nInfo:MQTT:mqtt_userName lab, mqtt_pass {Broker}, mqtt_clientID obk_p1\r\n"));
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static async Task UntilAsync(HttpClient client, string path, Func<JsonElement, bool> isSo, CancellationToken cancellationToken)
    {
        while (true)
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (answer.IsSuccessStatusCode && isSo(await TestStation.JsonAsync(answer)))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        using FileStream open = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream all = new();
        await open.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Tests;

/// <summary>The program itself as a service: what systemd and an OpenTelemetry collector hear of it.</summary>
[CancelAfter(240_000)]
public sealed class ServiceTests
{
    private StationProgram _program;

    [SetUp]
    public void SetUp() => _program = new StationProgram();

    [TearDown]
    public ValueTask TearDownAsync() => _program.DisposeAsync();

    [Test]
    public async Task Systemd_HearsReadyStatusAndWatchdog_AndTheEndInOrder(CancellationToken cancellationToken)
    {
        string path = Path.Combine(_program.Folder, "notify.sock");
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        ConcurrentQueue<string> told = [];
        Task listening = ListenAsync(socket, told, cancellationToken);
        (Process process, HttpClient client) = await _program.ServeAsync(
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "900000" }, cancellationToken);
        client.Dispose();
        await TestStation.UntilAsync(() => told.Any(t => t.StartsWith("STATUS=Watching 5 slots", StringComparison.Ordinal)) && told.Count(t => t == "WATCHDOG=1") > 3);
        await StationProgram.TerminateAsync(process, cancellationToken);
        await TestStation.UntilAsync(() => told.Contains("STOPPING=1"));
        socket.Close();
        await listening;
        List<string> order = [.. told];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(order.Count(t => t == "READY=1"), Is.EqualTo(1));
            Assert.That(order.IndexOf("READY=1"), Is.LessThan(order.IndexOf("STOPPING=1")));
            Assert.That(_program.Log.Where(l => JsonDocument.Parse(l).RootElement.GetProperty("level").GetString() is not "information"), Is.Empty, "no terminal: each line is an object");
        }
    }

    [Test]
    public async Task Collector_GetsFiguresAndLog_AsProtobufOverHttp(CancellationToken cancellationToken)
    {
        ConcurrentQueue<string> metrics = [];
        ConcurrentQueue<(string Body, Dictionary<string, string> Attributes)> logs = [];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("/v1/metrics", async (HttpContext context) =>
        {
            Assert.That(context.Request.ContentType, Is.EqualTo("application/x-protobuf"));

            // ExportMetricsServiceRequest: resource_metrics 1, scope_metrics 2, metrics 2, name 1 (opentelemetry-proto).
            foreach (byte[] name in Protobuf.Find(await BodyAsync(context), 1, 2, 2, 1))
            {
                metrics.Enqueue(Encoding.UTF8.GetString(name));
            }
        });
        collector.MapPost("/v1/logs", async (HttpContext context) =>
        {
            // ExportLogsServiceRequest: resource_logs 1, scope_logs 2, log_records 2; body 5, attributes 6 with key 1 and value 2, string_value 1.
            foreach (byte[] record in Protobuf.Find(await BodyAsync(context), 1, 2, 2))
            {
                logs.Enqueue((Text(record, 5, 1), Protobuf.Find(record, 6).GroupBy(a => Text(a, 1)).ToDictionary(g => g.Key, g => Text(g.First(), 2, 1))));
            }
        });
        await collector.StartAsync(cancellationToken);
        (Process process, HttpClient client) = await _program.ServeAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            },
            cancellationToken);
        using (client)
        {
            await TestStation.UntilAsync(() => logs.Any(l => l.Body.Contains("slots are watched", StringComparison.Ordinal)));
            await client.PostAsJsonAsync("slots/p1/power", new { state = "on" }, cancellationToken);
        }

        await TestStation.UntilAsync(() => metrics.Contains("labrunner.bench.state") && metrics.Contains("labrunner.slot.state") && metrics.Contains("labrunner.queue.jobs") && logs.Any(l => l.Body.Contains("power on of p1", StringComparison.Ordinal)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(process.HasExited, Is.False);
            Assert.That(logs.Select(l => l.Body), Has.Some.EqualTo("The bench 'virtual' is open: 5 slots are watched.").And.None.Contains("{"), "sentences, not their templates");
            Assert.That(logs.First(l => l.Body.Contains("power on of p1", StringComparison.Ordinal)).Attributes.GetValueOrDefault("slot"), Is.EqualTo("p1"));
        }

        static string Text(byte[] message, params int[] path) => Protobuf.Find(message, path).Select(Encoding.UTF8.GetString).FirstOrDefault("");
    }

    private static async Task ListenAsync(Socket socket, ConcurrentQueue<string> told, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int length = await socket.ReceiveAsync(buffer, cancellationToken);
                foreach (string line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    told.Enqueue(line);
                }
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test has heard enough.
        }
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }
}

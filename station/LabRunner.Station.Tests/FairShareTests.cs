using System.Net;
using System.Net.Http.Json;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>Who asks for what he may not have, or for very much, takes nothing from anybody else: neither audit log, nor keys, nor streams.</summary>
[CancelAfter(120_000)]
public sealed class FairShareTests
{
    [Test]
    public async Task RefusedRequests_TakeNoKey_AndAreCountedAfterSome(CancellationToken cancellationToken)
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        using HttpClient looker = station.Client(Role.Look, "wall"), user = station.Client(Role.Use, "Anna");
        for (int i = 0; i < RefusalLog.Most + 10; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "slots/p1/power") { Content = JsonContent.Create(new { state = "on" }) };
            request.Headers.Add("Idempotency-Key", $"refused-{i}");
            using HttpResponseMessage answer = await looker.SendAsync(request, cancellationToken);
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        AuditLog audit = station.Services.GetRequiredService<AuditLog>();
        int entries = audit.Newest(AuditLog.Kept).Count(e => e.Who == "wall");
        HttpResponseMessage other = await user.PostAsJsonAsync("slots/p1/power", new { state = "on" }, cancellationToken);
        int others = audit.Newest(AuditLog.Kept).Count(e => e.Who == "Anna");
        clock.Advance(TimeSpan.FromMinutes(1));
        await TestStation.UntilAsync(() => audit.Newest(AuditLog.Kept).Count(e => e.Who == "wall") > entries);
        string keys = Path.Combine(station.Options.StateFolder, "keys.jsonl");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(entries, Is.EqualTo(RefusalLog.Most));
            Assert.That(audit.Newest(AuditLog.Kept).First(e => e.Who == "wall").What, Is.EqualTo("10 more refused within a minute; this was the last"));
            Assert.That((other.StatusCode, others), Is.EqualTo((HttpStatusCode.Forbidden, 1)), "each caller has a minute of his own");
            Assert.That(File.Exists(keys) ? await File.ReadAllTextAsync(keys, cancellationToken) : "", Does.Not.Contain("refused-"));
        }
    }

    [Test]
    public async Task ManyKeysOfOneCaller_PushOutHisOwnOldest_AndNoneThatIsUnderWay()
    {
        string folder = Directory.CreateTempSubdirectory("keys-").FullName;
        using (AuditLog audit = new(folder, _ => { }))
        using (RefusalLog refusals = new(audit, TimeProvider.System))
        using (KeyBook book = new(folder, _ => { }))
        {
            using UploadSeats uploads = new();
            ActionLog log = new(audit, refusals, uploads, book, TimeProvider.System, NullLogger<ActionLog>.Instance);
            TaskCompletionSource slow = new();
            int done = 0;
            Task Count(HttpContext context)
            {
                done++;
                return context.Response.WriteAsync("done");
            }

            Task Slow(HttpContext context) => slow.Task.ContinueWith(_ => Count(context), TaskScheduler.Default).Unwrap();
            await log.PassAsync(Request("Anna", "hers"), Count);
            Task underWay = log.PassAsync(Request("Bob", "slow"), Slow);
            for (int i = 0; i < 600; i++)
            {
                await log.PassAsync(Request("Bob", $"{i}"), Count);
            }

            Task again = log.PassAsync(Request("Bob", "slow"), Count);
            HttpContext hers = Request("Anna", "hers"), his = Request("Bob", "599"), old = Request("Bob", "0");
            await log.PassAsync(hers, Count);
            await log.PassAsync(his, Count);
            int before = done;
            await log.PassAsync(old, Count);
            slow.SetResult();
            await Task.WhenAll(underWay, again);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(before, Is.EqualTo(601), "hers and his newest are answered again");
                Assert.That(hers.Response.Headers.ContainsKey("Idempotency-Replayed"), Is.True);
                Assert.That(old.Response.Headers.ContainsKey("Idempotency-Replayed"), Is.False, "his oldest is forgotten");
                Assert.That(done, Is.EqualTo(603), "what was under way is done once");
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task Streams_OfOneCaller_AreSoManyAndLeaveRoomForOthers(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient wall = station.Client(Role.Look, "wall"), anna = station.Client(Role.Look, "Anna");
        List<HttpResponseMessage> open = [];
        for (int i = 0; i < StreamSeats.MostOfOne; i++)
        {
            open.Add(await WatchAsync(wall));
        }

        using HttpResponseMessage refused = await WatchAsync(wall), other = await WatchAsync(anna);
        string told = await TestStation.DetailAsync(refused);
        open[0].Dispose();
        await TestStation.UntilAsync(() =>
        {
            using HttpResponseMessage next = WatchAsync(wall).Result;
            return next.StatusCode == HttpStatusCode.OK;
        });
        open.ForEach(o => o.Dispose());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(open.Select(o => o.StatusCode), Is.All.EqualTo(HttpStatusCode.OK));
            Assert.That((refused.StatusCode, other.StatusCode), Is.EqualTo((HttpStatusCode.TooManyRequests, HttpStatusCode.OK)));
            Assert.That(told, Is.EqualTo("wall watches 16 consoles. Close one and try again."));
        }

        Task<HttpResponseMessage> WatchAsync(HttpClient client) => client.GetAsync(new Uri("slots/p1/console/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    [Test]
    public async Task Files_ThatAreSentAtATime_AreTwo_AndTheNextIsToldWhenToComeAgain(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient client = station.Client(owner: "Anna");
        TaskCompletionSource go = new();
        Task<HttpResponseMessage>[] slow = [SendAsync(new SlowContent(go.Task)), SendAsync(new SlowContent(go.Task))];
        UploadSeats seats = station.Services.GetRequiredService<UploadSeats>();
        await TestStation.PollAsync(() => seats.Free == 0, cancellationToken);
        HttpResponseMessage refused = await SendAsync(new ByteArrayContent([1, 2, 3]));
        string told = await TestStation.DetailAsync(refused);
        go.SetResult();
        HttpResponseMessage[] answers = await Task.WhenAll(slow);
        await TestStation.PollAsync(() => seats.Free == UploadSeats.Most, cancellationToken);
        HttpResponseMessage later = await SendAsync(new ByteArrayContent([1, 2, 3]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(told, Is.EqualTo("2 files are being received. Send it again in 5 s."));
            Assert.That(answers.Append(later).Select(a => (int)a.StatusCode), Is.All.EqualTo(201));
        }

        Task<HttpResponseMessage> SendAsync(HttpContent content)
        {
            content.Headers.ContentType = new("application/octet-stream");
            return client.PostAsync(new Uri("images?name=x.bin&anyway=true", UriKind.Relative), content, cancellationToken);
        }
    }

    /// <summary>A body whose end is a while in coming.</summary>
    private sealed class SlowContent(Task go) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 1 });
            await stream.FlushAsync();
            await go;
            await stream.WriteAsync(new byte[] { 2 });
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private static DefaultHttpContext Request(string owner, string key)
    {
        DefaultHttpContext context = new();
        context.Request.Method = "POST";
        context.Request.Path = "/api/v1/x";
        context.Request.Headers["Idempotency-Key"] = key;
        context.Response.Body = new MemoryStream();
        new Caller(owner, owner, Role.Switch, "remote").Enter(context);
        return context;
    }
}

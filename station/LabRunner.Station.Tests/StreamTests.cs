using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using LabRunner.Bench.Tests.Session;
using LabRunner.Station.Api;
using LabRunner.Station.Consoles;
using LabRunner.Station.Jobs;
using LabRunner.Station.Operations;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>Whoever comes back to a stream with the id of the last event he has goes on with the next: nothing is lost, and nothing comes twice.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class StreamTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Console_GoesOnBehindTheLastLine_AlsoWhereTheAddressSaysFromTheBeginning(CancellationToken cancellationToken)
    {
        using HttpClient client = _station.Client();
        FakePlug plug = _station.Opener.Plugs["p1"];
        await plug.Console.SayAsync("one\r\ntwo\r\n");
        Read before = await ReadAsync(client, "slots/p1/console/stream?from=0", null, e => e.Data.Contains("\"two\"", StringComparison.Ordinal), cancellationToken);
        await plug.Console.SayAsync("three\r\nfour\r\n");
        Read after = await ReadAsync(client, "slots/p1/console/stream?from=0", before.LastId, e => e.Data.Contains("\"four\"", StringComparison.Ordinal), cancellationToken);
        ConsoleView all = (await client.GetFromJsonAsync<ConsoleView>("slots/p1/console?from=0", Document.Json, cancellationToken))!;
        StoredLine[] seen = [.. before.Events.Concat(after.Events).SelectMany(e => JsonSerializer.Deserialize<StoredLine[]>(e.Data, Document.Json)!)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Select(l => l.Number), Is.EqualTo(Enumerable.Range(0, seen.Length)));
            Assert.That(seen.Select(l => l.Text), Is.EqualTo(all.Lines.Select(l => l.Text)));
            Assert.That(seen.Select(l => l.Text).Where(t => !t.StartsWith("---", StringComparison.Ordinal)), Is.EqualTo(new[] { "one", "two", "three", "four" }));
        }
    }

    [Test]
    public async Task Console_OfASlotThatKeepsItsPower_SaysFromWhenToWhenNobodyListened(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync(keepsPower: true);
        using HttpClient client = station.Client(owner: "Anna");
        await client.PostAsJsonAsync("jobs", new { plan = "check" }, cancellationToken);
        await TestStation.UntilAsync(() => station.Keeper.Now is { Bench: not null, Job: not null });
        string[] off = await GapsAsync("p1"), on = await GapsAsync("p2");
        station.Opener.RunMayEnd.SetResult();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(off, Is.Empty);
            Assert.That(on, Has.Length.EqualTo(1));
            Assert.That(on[0], Does.Match(@"^--- gap: not seen from \S+ \S+Z to \S+ \S+Z, while the bench changed hands$"));
        }

        async Task<string[]> GapsAsync(string slot)
        {
            ConsoleView all = (await client.GetFromJsonAsync<ConsoleView>($"slots/{slot}/console?from=0", Document.Json, cancellationToken))!;
            return [.. all.Lines.Select(l => l.Text).Where(t => t.StartsWith("--- gap", StringComparison.Ordinal))];
        }
    }

    [Test]
    public async Task Job_GoesOnBehindTheLastSentence_AlsoAtTheNextStation(CancellationToken cancellationToken)
    {
        using HttpClient client = _station.Client(owner: "Anna");
        HttpResponseMessage answer = await client.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" } }, cancellationToken);
        string job = (await TestStation.JsonAsync(answer)).GetProperty("id").GetString()!, path = $"jobs/{job}/stream";
        await TestStation.UntilAsync(() => _station.Keeper.Said.Any(s => s.Contains("The fake night plays", StringComparison.Ordinal)));
        Say("a", "b");
        Read first = await ReadAsync(client, path, null, Says("b"), cancellationToken);
        Say("c", "d");
        Read second = await ReadAsync(client, path, first.LastId, Says("d"), cancellationToken);

        // The next station says more than this one did: by its own count the viewer would have some of it already.
        _station = await _station.AgainAsync();
        await TestStation.UntilAsync(() => _station.Keeper.Said.Any(s => s.Contains("The fake night plays", StringComparison.Ordinal)));
        Say("e", "f", "g", "h", "i", "j");
        using HttpClient again = _station.Client(owner: "Anna");
        Read third = await ReadAsync(again, path, second.LastId, Says("j"), cancellationToken);
        _station.Opener.RunMayEnd.SetResult();
        Read fourth = await ReadAsync(again, path, third.LastId, e => e.EventType == "ended", cancellationToken);
        Read late = await ReadAsync(again, path, fourth.LastId, e => e.EventType == "ended", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { first, second, third, fourth }.SelectMany(Said).Where(s => s.Length == 1), Is.EqualTo(new[] { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" }));
            Assert.That(new[] { first, second, third, fourth }.SelectMany(Said).Count(s => s.StartsWith("The fake night plays", StringComparison.Ordinal)), Is.EqualTo(2), "once at each station");
            Assert.That(late.Events.Select(e => e.EventType).Where(t => t is "said" or "ended"), Is.EqualTo(new[] { "ended" }));
        }

        void Say(params string[] sentences) => Array.ForEach(sentences, s => _station.Services.GetRequiredService<JobFeed>().Say(job, s));
        static Func<SseItem<string>, bool> Says(string sentence) => e => Of<JobEvent>(e).Said == sentence;
        static IEnumerable<string> Said(Read read) => read.Events.Select(e => Of<JobEvent>(e).Said).OfType<string>();
    }

    [Test]
    public async Task Operation_GoesOnBehindTheLastEvent(CancellationToken cancellationToken)
    {
        using HttpClient client = _station.Client();
        TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Operation operation = await BeginAsync(more.Task);
        string path = $"operations/{operation.View.Id}/stream";
        Read first = await ReadAsync(client, path, null, e => Of<OperationEvent>(e).Said == "two", cancellationToken);
        more.SetResult();
        Read second = await ReadAsync(client, path, first.LastId, e => e.EventType == "ended", cancellationToken);
        Read late = await ReadAsync(client, path, "1", e => e.EventType == "ended", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Events.Concat(second.Events).Select(e => Of<OperationEvent>(e).Number), Is.EqualTo(new[] { 0, 1, 2, 3 }));
            Assert.That(first.Events.Concat(second.Events).Select(e => Of<OperationEvent>(e).Said), Is.EqualTo(new[] { "one", "two", "three", null }));
            Assert.That(late.Events.Select(e => Of<OperationEvent>(e).Number), Is.EqualTo(new[] { 2, 3 }));
        }
    }

    [Test]
    public async Task SilentConsole_ShowsThatItIsThere_AndGoesOn(CancellationToken cancellationToken)
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        await ExpectSignAsync(station, clock, "slots/p1/console/stream", 1, () => station.Opener.Plugs["p1"].Console.SayAsync("here\r\n"), "\"here\"", cancellationToken);
    }

    [Test]
    public async Task SilentOperation_ShowsThatItIsThere_AndGoesOn(CancellationToken cancellationToken)
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Operation operation = await BeginAsync(more.Task, station);
        await TestStation.UntilAsync(() => operation.Next == 2);
        await ExpectSignAsync(
            station, clock, $"operations/{operation.View.Id}/stream?from=2", 0,
            () =>
            {
                more.SetResult();
                return Task.CompletedTask;
            },
            "\"three\"", cancellationToken);
    }

    [Test]
    public async Task SilentJob_ShowsThatItIsThere_AndGoesOn(CancellationToken cancellationToken)
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        using HttpClient client = station.Client(owner: "Anna");
        string id = (await TestStation.JsonAsync(await client.PostAsJsonAsync("jobs", new { plan = "check" }, cancellationToken))).GetProperty("id").GetString()!;
        JobFeed feed = station.Services.GetRequiredService<JobFeed>();
        await TestStation.UntilAsync(() => feed.From(id, 0).Shown is not null);
        await ExpectSignAsync(
            station, clock, $"jobs/{id}/stream?from={feed.From(id, 0).Sentences.Count}", 1,
            () =>
            {
                feed.Say(id, "further");
                return Task.CompletedTask;
            },
            "\"further\"", cancellationToken);
    }

    [Test]
    public async Task Id_BehindTheNewestEvent_IsOfAnotherStream_AndGetsAllThatIsKept(CancellationToken cancellationToken)
    {
        using HttpClient client = _station.Client();
        await _station.Opener.Plugs["p1"].Console.SayAsync("one\r\n");
        await TestStation.UntilAsync(() => _station.Services.GetRequiredService<Benches.ConsoleKeeper>().Of("p1")!.Next > 1);
        Operation operation = await BeginAsync(Task.CompletedTask);
        Read console = await ReadAsync(client, "slots/p1/console/stream", "900000", e => e.Data.Contains("\"one\"", StringComparison.Ordinal), cancellationToken);
        Read events = await ReadAsync(client, $"operations/{operation.View.Id}/stream", "900000", e => e.EventType == "ended", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(console.Events.SelectMany(e => JsonSerializer.Deserialize<StoredLine[]>(e.Data, Document.Json)!).First().Number, Is.Zero);
            Assert.That(Of<OperationEvent>(events.Events[0]).Number, Is.Zero);
        }
    }

    [TestCase("soon")]
    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("99999999999999999999")]
    public async Task Id_ThatIsNone_IsRefusedInASentence(string id, CancellationToken cancellationToken)
    {
        using HttpClient client = _station.Client();
        Operation operation = await BeginAsync(Task.CompletedTask);
        HttpResponseMessage job = await client.PostAsJsonAsync("jobs", new { plan = "check" }, cancellationToken);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Last-Event-ID", id);
        using (Assert.EnterMultipleScope())
        {
            foreach (string path in new[] { "slots/p1/console/stream", $"operations/{operation.View.Id}/stream", $"jobs/{(await TestStation.JsonAsync(job)).GetProperty("id").GetString()}/stream" })
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), path);
                Assert.That(await TestStation.DetailAsync(answer), Is.EqualTo($"Last-Event-ID: '{id}' is no id of an event. Send the id of the last event that came, or leave the header out."), path);
            }
        }
    }

    private Task<Operation> BeginAsync(Task more, TestStation? station = null) => (station ?? _station).Services.GetRequiredService<OperationDesk>().BeginAsync(
        new OperationOrder("flash", "is flashing", "p2", "Anna", null, null, "whole.bin"),
        async (running, _, _, ending) =>
        {
            running.Say("one");
            running.Say("two");
            await more.WaitAsync(ending);
            running.Say("three");
            return new OperationEnd(true, null);
        });

    /// <summary>While nothing happens a comment comes, which no client takes for an event; then the stream goes on.</summary>
    /// <param name="station">Its clock is ours.</param>
    /// <param name="clock">It.</param>
    /// <param name="path">The stream.</param>
    /// <param name="begin">Events that come at once.</param>
    /// <param name="act">Makes the next one.</param>
    /// <param name="says">What it holds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private static async Task ExpectSignAsync(TestStation station, FakeTimeProvider clock, string path, int begin, Func<Task> act, string says, CancellationToken cancellationToken)
    {
        using HttpClient client = station.Client();
        using StreamReader lines = new(await client.GetStreamAsync(new Uri(path, UriKind.Relative), cancellationToken));
        for (int i = 0; i < begin; i++)
        {
            while (await lines.ReadLineAsync(cancellationToken) is { Length: > 0 })
            {
                // To the end of this event.
            }
        }

        Task<string?> sign = lines.ReadLineAsync(cancellationToken).AsTask();
        await TestStation.UntilAsync(() =>
        {
            clock.Advance(EventStream.Silence);
            return sign.IsCompleted;
        });
        string? first = await sign;
        await act();
        List<string> after = [];
        while (!after.Any(l => l.Contains(says, StringComparison.Ordinal)))
        {
            after.Add((await lines.ReadLineAsync(cancellationToken))!);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(":"));
            Assert.That(after[^2], Does.StartWith("event: "));
            Assert.That(after[..^2].Where(l => l is not ("" or ":")), Is.Empty);
        }
    }

    private static T Of<T>(SseItem<string> happened) => JsonSerializer.Deserialize<T>(happened.Data, Document.Json)!;

    /// <summary>Reads as a browser does: up to an event, then the connection is cut.</summary>
    private static async Task<Read> ReadAsync(HttpClient client, string path, string? lastId, Func<SseItem<string>, bool> isLast, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        SseParser<string> parser = SseParser.Create(stream);
        List<SseItem<string>> events = [];
        await foreach (SseItem<string> happened in parser.EnumerateAsync(cancellationToken))
        {
            events.Add(happened);
            if (isLast(happened))
            {
                break;
            }
        }

        // A browser that has come back and got no id of its own still has the one it came with.
        return new Read(events, parser.LastEventId is { Length: > 0 } id ? id : lastId);
    }

    private sealed record Read(IReadOnlyList<SseItem<string>> Events, string? LastId);
}

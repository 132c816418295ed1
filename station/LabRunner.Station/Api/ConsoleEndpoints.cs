using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Catalogue;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Consoles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Api;

/// <summary>Consoles: every line since the station was first started, and what is written to them.</summary>
internal static class ConsoleEndpoints
{
    private const int MostLines = 5000;
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(50);

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/slots/{slot}/console", Read).Produces<ConsoleView>()
            .Is("ReadConsole", "Lines from a number on (default: the newest), or with search those that hold a text, newest first, before a number.", Role.Look);
        api.MapGet("/slots/{slot}/console/stream", Stream).Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .Is("StreamConsole", "Lines as they come, as server-sent events of up to some hundred lines; each event's id is the number of its last line, so that a client that comes back goes on where it was (Last-Event-ID, or from).", Role.Look);
        api.MapPost("/slots/{slot}/console", WriteAsync).Produces(StatusCodes.Status204NoContent)
            .Is("WriteConsole", "Write to the DUT's UART.", Role.Use, new WriteRequest("help\r\n", "which commands has this build?"));
    }

    private static IResult Read(string slot, long? from, int? count, string? search, long? before, BenchKeeper keeper, ConsoleKeeper consoles, CancellationToken token)
    {
        if (consoles.Of(slot) is not { } store)
        {
            return NoConsole(slot, keeper);
        }

        int most = (int)EndpointFacts.Within(count ?? 500, 1, MostLines, "count");
        IReadOnlyList<StoredLine> lines = search is { Length: > 0 }
            ? store.Search(search, before ?? long.MaxValue, most, token)
            : store.Read(Math.Max(0, from ?? store.Next - most), most);
        return Results.Ok(new ConsoleView(store.First, store.Next, lines));
    }

    private static IResult Stream(string slot, long? from, HttpContext context, BenchKeeper keeper, ConsoleKeeper consoles, StreamSeats seats, IHostApplicationLifetime lifetime, CancellationToken token)
    {
        if (consoles.Of(slot) is not { } store)
        {
            return NoConsole(slot, keeper);
        }

        long start = EndpointFacts.StreamStart(context, from, store.Next, store.First, store.Next);
        return seats.Take(context) ?? EventStream.Of(LinesAsync(store, start, lifetime.ApplicationStopping, token));
    }

    private static async IAsyncEnumerable<SseItem<IReadOnlyList<StoredLine>>> LinesAsync(ConsoleStore store, long next, CancellationToken stopping, [EnumeratorCancellation] CancellationToken token)
    {
        // A station that ends does not wait for those who look: they come back to the next one.
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(token, stopping);

        // At once, so that a viewer of a silent console knows that it is connected, and from where it would go on.
        yield return new SseItem<IReadOnlyList<StoredLine>>([], "lines") { EventId = next > 0 ? (next - 1).ToString(CultureInfo.InvariantCulture) : null };
        while (true)
        {
            Task waiting = store.WaitAsync(next, either.Token);
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waiting.IsCanceled)
            {
                yield break;
            }

            IReadOnlyList<StoredLine> lines = store.Read(next, MostLines / 10);
            next = lines[^1].Number + 1;
            yield return new SseItem<IReadOnlyList<StoredLine>>(lines, "lines") { EventId = lines[^1].Number.ToString(CultureInfo.InvariantCulture) };

            // Lines come one by one; many together cost a viewer and the station much less.
            await Task.Delay(Batch, TimeProvider.System, token).ConfigureAwait(false);
        }
    }

    private static async Task<IResult> WriteAsync(string slot, WriteRequest request, HttpContext context, BenchKeeper keeper, CancellationToken token)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        if (request.Text is not { Length: > 0 and <= 4096 })
        {
            throw new UsageException("text has 1 to 4096 characters.");
        }

        ActionLog.Tell(context, $"{request.Text.Length} characters to the console of {slot}", request.Why);
        await keeper.UseAsync(slot, Caller.Of(context).Owner, (hand, ending) => hand.WriteConsoleAsync(request.Text, ending), token).ConfigureAwait(false);
        return Results.NoContent();
    }

    private static IResult NoConsole(string slot, BenchKeeper keeper) =>
        keeper.Inventory.Slots.FirstOrDefault(s => s.Name == slot) is { } entry ? throw entry.Without(Contracts.Console) : SlotEndpoints.NoSlot(slot, keeper);
}

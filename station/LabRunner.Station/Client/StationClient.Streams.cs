using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LabRunner.Station.Api;
using LabRunner.Station.Consoles;

namespace LabRunner.Station.Client;

/// <content>What is followed as it happens. A connection that breaks is made again, and goes on behind the last that was seen.</content>
public sealed partial class StationClient
{
    // Before a connection is made again.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    /// <summary>Console lines from now on, or from a number on, until cancelled. Goes on by itself where the connection breaks.</summary>
    public async IAsyncEnumerable<StoredLine> FollowConsoleAsync(string slot, long? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? next = from;
        while (true)
        {
            string query = next is { } number ? FormattableString.Invariant($"?from={number}") : "";
            await foreach (IReadOnlyList<StoredLine> lines in EventsAsync<IReadOnlyList<StoredLine>>($"slots/{Uri.EscapeDataString(slot)}/console/stream{query}", cancellationToken).ConfigureAwait(false))
            {
                foreach (StoredLine line in lines)
                {
                    next = line.Number + 1;
                    yield return line;
                }
            }

            await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Events of one connection, to its end: that of what is followed, of the station, or of the network.</summary>
    private async IAsyncEnumerable<T> EventsAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await AnswerAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        IAsyncEnumerator<SseItem<string>> events = SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (events.ConfigureAwait(false))
        {
            while (await MoreAsync(events).ConfigureAwait(false))
            {
                yield return JsonSerializer.Deserialize<T>(events.Current.Data, Document.Json)!;
            }
        }
    }

    private static async Task<bool> MoreAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The station was started anew, or the network broke: the number of the next event is known.
            return false;
        }
    }
}

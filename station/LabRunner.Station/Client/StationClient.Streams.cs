using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;
using LabRunner.Station.Consoles;

namespace LabRunner.Station.Client;

/// <content>What is followed as it happens. A connection that breaks is made again, and goes on behind the last that was seen.</content>
public sealed partial class StationClient
{
    // Before a connection is made again.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    /// <summary>Console lines from now on, or from a number on, until cancelled. Goes on by itself where the connection breaks.</summary>
    /// <exception cref="BenchFaultException">Kind Network: the station does not answer any more.</exception>
    public async IAsyncEnumerable<StoredLine> FollowConsoleAsync(string slot, long? from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? next = from;
        Hope hope = new(_ => { }, "");
        while (true)
        {
            string query = next is { } number ? FormattableString.Invariant($"?from={number}") : "";
            await foreach (IReadOnlyList<StoredLine> lines in EventsAsync<IReadOnlyList<StoredLine>>($"slots/{Uri.EscapeDataString(slot)}/console/stream{query}", hope, cancellationToken).ConfigureAwait(false))
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
    private async IAsyncEnumerable<T> EventsAsync<T>(string path, Hope hope, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpResponseMessage? answer = await OpenAsync(path, hope, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            yield break;
        }

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

    /// <summary>Null: the station does not answer, and may yet.</summary>
    private async Task<HttpResponseMessage?> OpenAsync(string path, Hope hope, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage answer = await AnswerAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            hope.Answered();
            return answer;
        }
        catch (BenchFaultException gone) when (gone.InnerException is HttpRequestException && hope.IsLeft())
        {
            return null;
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

    /// <summary>That a station answers again which does not: one that is started anew goes on, and a network comes back.</summary>
    /// <param name="say">Told once when it begins not to.</param>
    /// <param name="sentence">What.</param>
    private sealed class Hope(Action<string> say, string sentence)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

        private long? _silent;

        /// <summary>It answers.</summary>
        public void Answered() => _silent = null;

        /// <summary>It did not answer. False: it has not for too long.</summary>
        public bool IsLeft()
        {
            if (_silent is { } since)
            {
                return TimeProvider.System.GetElapsedTime(since) < Patience;
            }

            _silent = TimeProvider.System.GetTimestamp();
            say(sentence);
            return true;
        }
    }
}

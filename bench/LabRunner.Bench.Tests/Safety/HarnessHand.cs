using System.Net.Sockets;
using System.Text.Json;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>
/// An instrument of its own at the virtual bench's harness, which speaks one JSON object per line: it presses and opens, and sees when lines
/// were switched, with the stamps they have inside (CLOCK_MONOTONIC, ns).
/// </summary>
internal sealed class HarnessHand : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;
    private int _id;

    public HarnessHand(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        NetworkStream stream = new(_socket);
        _reader = new StreamReader(stream);
        _writer = new StreamWriter(stream) { AutoFlush = true };
    }

    public Task WatchAsync(int line) => _writer.WriteLineAsync(JsonSerializer.Serialize(new { id = ++_id, op = "watch", at = line }));

    public Task SetAsync(int line, bool high) => _writer.WriteLineAsync(JsonSerializer.Serialize(new { id = ++_id, op = "set", at = line, high }));

    /// <summary>Level of a line now.</summary>
    public async Task<bool> HighAsync(int line, CancellationToken cancellationToken)
    {
        int id = ++_id;
        await _writer.WriteLineAsync(JsonSerializer.Serialize(new { id, op = "get", at = line }).AsMemory(), cancellationToken);
        while (true)
        {
            string text = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException("the harness closed the connection");
            using JsonDocument reply = JsonDocument.Parse(text);
            if (reply.RootElement.TryGetProperty("id", out JsonElement own) && own.GetInt32() == id)
            {
                return reply.RootElement.TryGetProperty("error", out JsonElement error)
                    ? throw new IOException(error.GetString())
                    : reply.RootElement.TryGetProperty("high", out JsonElement high) && high.GetBoolean();
            }
        }
    }

    /// <summary>The next falling edge of each of these lines, by line.</summary>
    public async Task<Dictionary<int, long>> FallsAsync(IReadOnlyCollection<int> lines, CancellationToken cancellationToken)
    {
        Dictionary<int, long> falls = [];
        while (falls.Count < lines.Count)
        {
            string text = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException("the harness closed the connection");
            using JsonDocument reply = JsonDocument.Parse(text);
            if (reply.RootElement.TryGetProperty("error", out JsonElement error))
            {
                throw new IOException(error.GetString());
            }

            if (reply.RootElement.TryGetProperty("edge", out JsonElement edge) && !(edge.TryGetProperty("rising", out JsonElement rising) && rising.GetBoolean()))
            {
                // Line 0 is a default, which the harness does not write.
                int line = edge.TryGetProperty("line", out JsonElement number) ? number.GetInt32() : 0;
                if (lines.Contains(line))
                {
                    falls.TryAdd(line, edge.GetProperty("nanoseconds").GetInt64());
                }
            }
        }

        return falls;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _socket.Dispose();
    }
}

using System.Net.Sockets;
using System.Text.Json;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>
/// An instrument of its own at the virtual bench's harness: it writes down every edge of some lines with the stamp it has inside
/// (CLOCK_MONOTONIC, ns), whatever becomes of the runner. Thread safe.
/// </summary>
internal sealed class HarnessTape : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Lock _gate = new();
    private readonly List<(int Line, bool High, long At)> _edges = [];
    private readonly IReadOnlyList<int> _lines;
    private readonly Dictionary<int, bool> _first = [];
    private readonly StreamWriter _writer;

    public HarnessTape(string path, IReadOnlyList<int> lines)
    {
        _lines = lines;
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        NetworkStream stream = new(_socket);
        _writer = new StreamWriter(stream) { AutoFlush = true };
        foreach (int line in lines)
        {
            _writer.WriteLine(JsonSerializer.Serialize(new { id = line + 1, op = "watch", at = line }));
            _writer.WriteLine(JsonSerializer.Serialize(new { id = line + 1001, op = "get", at = line }));
        }

        _ = Task.Run(() => ReadAsync(new StreamReader(stream)));
    }

    /// <summary>Lines that were high at a moment, with how long each stayed so; null: it has not fallen yet.</summary>
    public IReadOnlyList<(int Line, TimeSpan? StayedOn)> HighAt(long moment)
    {
        lock (_gate)
        {
            return [.. _lines.Where(line => Level(line, moment)).Select(line => (line, Fall(line, moment)))];
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _writer.Dispose();
    }

    private bool Level(int line, long moment) =>
        _edges.Where(e => e.Line == line && e.At <= moment).Select(e => (bool?)e.High).LastOrDefault() ?? _first.GetValueOrDefault(line);

    private TimeSpan? Fall(int line, long moment) => _edges.Where(e => e.Line == line && e.At > moment && !e.High).Select(e => (TimeSpan?)TimeSpan.FromTicks((e.At - moment) / 100)).FirstOrDefault();

    private async Task ReadAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } text)
            {
                Take(text);
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or SocketException)
        {
            // The virtual bench or the test is over.
        }
    }

    private void Take(string text)
    {
        using JsonDocument reply = JsonDocument.Parse(text);
        JsonElement root = reply.RootElement;
        lock (_gate)
        {
            // Zero and false are defaults, which the harness does not write.
            if (root.TryGetProperty("edge", out JsonElement edge))
            {
                int line = edge.TryGetProperty("line", out JsonElement number) ? number.GetInt32() : 0;
                _edges.Add((line, edge.TryGetProperty("rising", out JsonElement rising) && rising.GetBoolean(), edge.GetProperty("nanoseconds").GetInt64()));
            }
            else if (root.TryGetProperty("id", out JsonElement id) && id.GetInt64() > 1000 && root.TryGetProperty("high", out JsonElement high))
            {
                _first[(int)id.GetInt64() - 1001] = high.GetBoolean();
            }
        }
    }
}

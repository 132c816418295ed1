using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// The client's end of the harness socket: synchronous requests, edges on a thread of their own. Connects at the first
/// use. Once lost it stays lost: watches would be gone without anyone noticing. Thread safe.
/// </summary>
internal sealed class HarnessLink(string path, string place) : IDisposable
{
    // Machine time on purpose: this guards against a hung process, whatever the run's time scale is.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private readonly BlockingCollection<HarnessEdge> _edges = [];
    private NetworkStream? _stream;
    private string? _lost;
    private long _lastId;
    private bool _disposed;

    /// <summary>Edges of watched lines, in order, on one thread. Handlers may make requests.</summary>
    public event Action<HarnessEdge>? Edge;

    /// <summary>Sends a request and waits for its reply.</summary>
    /// <exception cref="BenchFaultException">Kind Gpio: the harness is not there, is gone, did not answer within 2 s, or refused.</exception>
    public HarnessReply Request(HarnessRequest request)
    {
        long id = Interlocked.Increment(ref _lastId);
        Pending pending = new();
        _pending[id] = pending;
        try
        {
            Send(request with { Id = id });
            HarnessReply? reply = pending.Wait(Limit);
            if (reply is null)
            {
                throw Fault(_lost ?? $"the virtual bench did not answer within {Limit.TotalSeconds:0} s");
            }

            return reply.Error is null ? reply : throw Refused(reply.Error);
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _lost ??= "this end was closed";
            _stream?.Dispose();
            _edges.CompleteAdding();
        }
    }

    private static BenchFaultException Create(string place, string problem, string remedy, Exception? cause) =>
        new(FaultKind.Gpio, place, problem, remedy, cause);

    private BenchFaultException Fault(string problem, Exception? cause = null) =>
        Create(place, $"harness {path}: {problem}", "Start the virtual bench again, or look whether its process was killed", cause);

    private BenchFaultException Refused(string problem) =>
        Create(place, $"harness {path}: {problem}", "Correct the number in the inventory", null);

    private void Send(HarnessRequest request)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(request, HarnessProtocol.Json), (byte)'\n'];
        lock (_gate)
        {
            if (_lost is not null)
            {
                throw Fault(_lost);
            }

            try
            {
                (_stream ??= Connect()).Write(bytes);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // Not connected yet: the next request may try again. Connected and broken: lost for good.
                if (_stream is not null)
                {
                    Lose();
                }

                throw Fault(_stream is null ? "nobody listens there" : "the connection is lost", e);
            }
        }
    }

    private NetworkStream Connect()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e)
        {
            socket.Dispose();

            // A path that is too long or empty is refused by the end point's constructor.
            throw e is ArgumentException ? new IOException(e.Message, e) : e;
        }

        socket.SendTimeout = (int)Limit.TotalMilliseconds;
        NetworkStream stream = new(socket, ownsSocket: true);
        new Thread(() => Read(stream)) { IsBackground = true, Name = $"{place} replies" }.Start();
        new Thread(Dispatch) { IsBackground = true, Name = $"{place} edges" }.Start();
        return stream;
    }

    private void Read(NetworkStream stream)
    {
        try
        {
            using StreamReader reader = new(stream);
            while (reader.ReadLine() is { } line)
            {
                HarnessReply reply = JsonSerializer.Deserialize<HarnessReply>(line, HarnessProtocol.Json)!;
                if (reply.Edge is { } edge)
                {
                    _edges.Add(edge);
                }
                else if (_pending.TryGetValue(reply.Id, out Pending? pending))
                {
                    pending.Complete(reply);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or JsonException or InvalidOperationException)
        {
            // Whatever broke the connection, what follows is the same.
        }

        Lose();
    }

    private void Lose()
    {
        _lost ??= "the connection is lost";
        foreach (Pending pending in _pending.Values)
        {
            pending.Complete(null);
        }
    }

    private void Dispatch()
    {
        foreach (HarnessEdge edge in _edges.GetConsumingEnumerable())
        {
            Edge?.Invoke(edge);
        }
    }

    private sealed class Pending
    {
        private readonly object _gate = new();
        private HarnessReply? _reply;
        private bool _done;

        public void Complete(HarnessReply? reply)
        {
            lock (_gate)
            {
                _reply = reply;
                _done = true;
                Monitor.PulseAll(_gate);
            }
        }

        public HarnessReply? Wait(TimeSpan limit)
        {
            lock (_gate)
            {
                if (!_done)
                {
                    Monitor.Wait(_gate, limit);
                }

                return _reply;
            }
        }
    }
}

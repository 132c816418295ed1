using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Pages;

namespace LabRunner.Hardware.Virtual.Plug.Http;

/// <summary>HTTP server on port 80: connections, threads, and which page or API call answers.</summary>
internal sealed class HttpServer(PlugFirmware firmware)
{
    // The listening socket, and the log stream on port 9000.
    private const int ListeningSockets = 2;

    // lwIP of the SDK has 10 TCP control blocks besides the listening ones; MQTT takes one.
    private const int MostConnections = 9;

    private readonly HashSet<HttpConnection> _open = [];
    private readonly PageRouter _pages = new(firmware);
    private readonly RestApi _api = new(firmware);
    private int _mute;
    private bool _started;
    private int _spinning;
    private bool _apiRegistered;

    public int Sockets => ListeningSockets + _open.Count;

    public void Start() => _started = true;

    /// <summary>No new connection is served any more.</summary>
    public void Stop() => _started = false;

    /// <summary>
    /// How much longer a request's work takes: threads of equal priority share the core in turns with those that spin (by code reading, not
    /// measured on hardware).
    /// </summary>
    public int Slowdown => 1 + _spinning;

    /// <summary>A client's thread spins until the next reset; its connection and memory stay taken.</summary>
    public void ThreadSpins() => _spinning++;

    /// <summary>/api/ exists outside safe mode only.</summary>
    public void RegisterApi() => _apiRegistered = true;

    public IPlugConnection? Open(IConnectionOutside outside)
    {
        if (!_started || firmware.Scope.Ended || _open.Count + _mute >= firmware.Faults.Aggregate(MostConnections, (most, fault) => fault.MostClients(most)))
        {
            return null;
        }

        if (firmware.Faults.Any(f => f.AppDead))
        {
            // The stack shakes hands by itself; nobody ever takes the connection, so its control block is never free again.
            _mute++;
            return new MuteConnection();
        }

        if (!firmware.Heap.TryOpenConnection())
        {
            firmware.Log.Error("HTTP", "[HTTP] thread creation failed");
            return null;
        }

        HttpConnection connection = new(firmware, outside);
        _open.Add(connection);
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnConnectionOpened(firmware, _open.Count);
        }

        return connection;
    }

    public void Closed(HttpConnection connection)
    {
        if (_open.Remove(connection))
        {
            firmware.Heap.CloseConnection();
        }
    }

    public void Died() => _open.Clear();

    public void Handle(HttpRequest request, HttpConnection connection)
    {
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnRequest(firmware, request);
        }

        if (firmware.Scope.Ended || firmware.Faults.Any(f => f.AppDead))
        {
            return;
        }

        if (firmware.Faults.Select(f => f.Refusal(firmware, request)).FirstOrDefault(r => r is not null) is { } refusal)
        {
            connection.Finish(refusal);
            return;
        }

        if (request.Method == "OPTIONS")
        {
            connection.Finish(HttpReply.Text(""));
            return;
        }

        if (_apiRegistered && firmware.Plug.Chip.TakesOta && request.Path == "/api/ota" && request.Method == "POST")
        {
            firmware.Ota.Begin(request, connection);
            return;
        }

        HttpReply reply = _apiRegistered && request.Path.StartsWith("/api/", StringComparison.Ordinal)
            ? _api.Handle(request)
            : _pages.Handle(request);
        connection.Finish(firmware.Faults.Aggregate(reply, (r, fault) => fault.Reply(firmware, request, r)));
    }

    private sealed class MuteConnection : IPlugConnection
    {
        public void Received(ReadOnlyMemory<byte> bytes)
        {
        }

        public void PeerClosed()
        {
        }

        public void PeerReset()
        {
        }
    }
}

using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// Port 80 of a plug on one loopback address at a time. All members but <see cref="EndPoint"/> and disposal belong to the engine's thread.
/// </summary>
internal sealed class PlugTcpServer : IAsyncDisposable
{
    private const int TcpLevel = 6;
    private const int MaximumSegment = 2;
    private const int KernelReceiveBuffer = 8192;

    private readonly Dictionary<IPAddress, Socket> _listeners = [];
    private readonly List<Task> _accepting = [];
    private readonly Action<Action> _post;
    private readonly Func<IConnectionOutside, IPlugConnection?> _open;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<PlugTcpConnection> _connections = [];
    private Socket _listener;
    private bool _reachable;

    /// <param name="post">Runs an action on the engine's thread.</param>
    /// <param name="open">The firmware's accept; null refuses.</param>
    public PlugTcpServer(Action<Action> post, Func<IConnectionOutside, IPlugConnection?> open)
    {
        _post = post;
        _open = open;
        _listener = Listen(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    /// <summary>The usual address.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Hears at another loopback address, at the same port, and is silent at the one before.</summary>
    public void MoveTo(IPAddress address)
    {
        Socket next = _listeners.GetValueOrDefault(address) ?? Listen(new IPEndPoint(address, EndPoint.Port));
        if (next == _listener)
        {
            return;
        }

        if (_reachable)
        {
            SilentSocket.Silence(_listener);
            SilentSocket.Hear(next);
        }

        _listener = next;
    }

    /// <summary>Goes silent, or hears again and resets what was open before.</summary>
    public void SetReachable(bool reachable)
    {
        if (reachable == _reachable)
        {
            return;
        }

        _reachable = reachable;
        if (!reachable)
        {
            SilentSocket.Silence(_listener);
            foreach (PlugTcpConnection connection in _connections)
            {
                connection.Silence();
            }

            return;
        }

        SilentSocket.Hear(_listener);
        foreach (PlugTcpConnection connection in _connections.ToArray())
        {
            connection.Abort();
        }
    }

    /// <summary>Stops listening and closes what is open. The engine must have stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Socket listener in _listeners.Values)
        {
            listener.Dispose();
        }

        await Task.WhenAll(_accepting).ConfigureAwait(false);
        foreach (PlugTcpConnection connection in _connections.ToArray())
        {
            connection.Abort();
        }

        _stop.Dispose();
    }

    private Socket Listen(IPEndPoint at)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Small windows and Ethernet segments, so that a client meets the chip's stack and not loopback's 64 KiB segments.
        listener.ReceiveBufferSize = KernelReceiveBuffer;
        listener.SetRawSocketOption(TcpLevel, MaximumSegment, BitConverter.GetBytes(PlugTcpConnection.SegmentLength));
        listener.Bind(at);
        SilentSocket.Silence(listener);
        listener.Listen(16);
        _listeners[at.Address] = listener;
        _accepting.Add(AcceptAsync(listener));
        return listener;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                socket.NoDelay = true;
                _post(() => Accepted(socket, listener));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private void Accepted(Socket socket, Socket listener)
    {
        PlugTcpConnection connection = new(socket, _post, ended => _connections.Remove(ended));
        _connections.Add(connection);
        if (!_reachable || listener != _listener)
        {
            // The handshake was done by the kernel just before the plug went silent, or elsewhere.
            connection.Silence();
            return;
        }

        if (_open(connection) is { } plug)
        {
            connection.Start(plug);
        }
        else
        {
            connection.Abort();
        }
    }
}

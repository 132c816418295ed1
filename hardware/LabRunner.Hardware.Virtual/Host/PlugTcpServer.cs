using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// Port 80 of a plug on a loopback address. All members but <see cref="EndPoint"/> and disposal belong to the engine's thread.
/// </summary>
internal sealed class PlugTcpServer : IAsyncDisposable
{
    private const int TcpLevel = 6;
    private const int MaximumSegment = 2;
    private const int KernelReceiveBuffer = 8192;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Action<Action> _post;
    private readonly Func<IConnectionOutside, IPlugConnection?> _open;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<PlugTcpConnection> _connections = [];
    private readonly Task _accepting;
    private bool _reachable;

    /// <param name="post">Runs an action on the engine's thread.</param>
    /// <param name="open">The firmware's accept; null refuses.</param>
    public PlugTcpServer(Action<Action> post, Func<IConnectionOutside, IPlugConnection?> open)
    {
        _post = post;
        _open = open;

        // Small windows and Ethernet segments, so that a client meets the chip's stack and not loopback's 64 KiB segments.
        _listener.ReceiveBufferSize = KernelReceiveBuffer;
        _listener.SetRawSocketOption(TcpLevel, MaximumSegment, BitConverter.GetBytes(PlugTcpConnection.SegmentLength));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        SilentSocket.Silence(_listener);
        _listener.Listen(16);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

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
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (PlugTcpConnection connection in _connections.ToArray())
        {
            connection.Abort();
        }

        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                socket.NoDelay = true;
                _post(() => Accepted(socket));
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

    private void Accepted(Socket socket)
    {
        PlugTcpConnection connection = new(socket, _post, ended => _connections.Remove(ended));
        _connections.Add(connection);
        if (!_reachable)
        {
            // The handshake was done by the kernel just before the plug went silent.
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

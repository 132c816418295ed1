using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LabRunner.Station.Tests.Support;

/// <summary>A way over TCP to somewhere on this machine that can be cut, or carry nothing more.</summary>
internal sealed class TcpWay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly ConcurrentBag<Socket> _open = [];
    private readonly ConcurrentBag<Socket> _near = [];
    private readonly Task _accepting;
    private volatile bool _silent;

    /// <param name="target">Where it goes.</param>
    public TcpWay(Uri target)
    {
        _target = target.Port;
        _listener.Start();
        Address = new UriBuilder(target) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it begins.</summary>
    public Uri Address { get; }

    /// <summary>Ends all connections, and takes no more.</summary>
    public void Cut()
    {
        _listener.Stop();
        foreach (Socket socket in _open)
        {
            socket.Close(0);
        }
    }

    /// <summary>Nothing arrives any more, at neither end, and nothing ends.</summary>
    public void FallSilent() => _silent = true;

    /// <summary>What is sent into it is acknowledged by nobody any more, and nobody is let in: a network that is gone.</summary>
    public void Vanish()
    {
        _listener.Server.Deafen();
        foreach (Socket near in _near)
        {
            near.Deafen();
        }
    }

    /// <summary>The network is there again; what was sent meanwhile TCP sends again, where it has not given up.</summary>
    public void Return()
    {
        _listener.Server.Hear();
        foreach (Socket near in _near)
        {
            near.Hear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near = await _listener.AcceptSocketAsync();
            Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _open.Add(near);
            _near.Add(near);
            _open.Add(far);
            await far.ConnectAsync(IPAddress.Loopback, _target);
            _ = CarryAsync(near, far);
            _ = CarryAsync(far, near);
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                if (!_silent)
                {
                    await to.SendAsync(buffer.AsMemory(0, read));
                }
            }

            if (!_silent)
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // It was cut, or an end is gone: so is the other then.
            from.Close(0);
            to.Close(0);
        }
    }
}

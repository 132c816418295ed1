using System.Net.Sockets;
using System.Threading.Channels;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// One TCP connection between a client and the firmware. Bytes are taken from the kernel only as far as lwIP's window
/// (<see cref="Window"/>) would allow, so that an upload is throttled as on the chip. Public members belong to the engine's thread.
/// </summary>
internal sealed class PlugTcpConnection(Socket socket, Action<Action> post, Action<PlugTcpConnection> ended) : IConnectionOutside, IDisposable
{
    /// <summary>TCP_MSS of the chip's lwIP.</summary>
    public const int SegmentLength = 1460;

    /// <summary>TCP_WND of the chip's lwIP: bytes that the firmware has not read yet.</summary>
    public const int Window = 3 * SegmentLength;

    // Machine time: how long a client may keep a connection half open that the firmware has closed.
    private static readonly TimeSpan LingerLimit = TimeSpan.FromSeconds(2);

    // Machine time between two looks at what a slow or vanished client has acknowledged.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private readonly Channel<Outgoing> _out = Channel.CreateUnbounded<Outgoing>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly SemaphoreSlim _room = new(0);
    private readonly CancellationTokenSource _stop = new();
    private int _credit = Window;
    private long _sent;
    private bool _closed;
    private bool _dead;
    private volatile bool _draining;

    /// <summary>Begins to move bytes.</summary>
    public void Start(IPlugConnection plug)
    {
        if (_dead)
        {
            return;
        }

        Task receiving = ReceiveAsync(plug, _stop.Token);
        _ = SendAsync(receiving, _stop.Token);
    }

    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (!_closed && !_dead)
        {
            _out.Writer.TryWrite(new Outgoing(bytes.ToArray(), 0, null));
        }
    }

    public void WhenAcknowledged(int allBut, Action then)
    {
        if (!_closed && !_dead)
        {
            _out.Writer.TryWrite(new Outgoing(default, allBut, then));
        }
    }

    public void Close(bool reset)
    {
        if (_closed || _dead)
        {
            return;
        }

        _closed = true;
        ResetAtEnd = reset;
        _draining = true;
        _room.Release();
        _out.Writer.TryComplete();
    }

    public void Consumed(int bytes)
    {
        Interlocked.Add(ref _credit, bytes);
        _room.Release();
    }

    /// <summary>The plug is dead: nothing more is heard or said; the socket stays so that no FIN goes out.</summary>
    public void Silence()
    {
        _dead = true;
        try
        {
            SilentSocket.Silence(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has closed it: silent already.
        }

        _stop.Cancel();
        _out.Writer.TryComplete();
    }

    /// <summary>The same as <see cref="Abort"/>.</summary>
    public void Dispose() => Abort();

    /// <summary>Resets the connection; again is harmless.</summary>
    public void Abort()
    {
        _dead = true;
        _stop.Cancel();
        _out.Writer.TryComplete();
        SilentSocket.Abort(socket);
        ended(this);
    }

    private bool ResetAtEnd { get; set; }

    private async Task ReceiveAsync(IPlugConnection plug, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[SegmentLength];
        try
        {
            while (true)
            {
                int room;
                while ((room = _draining ? SegmentLength : Math.Min(SegmentLength, Volatile.Read(ref _credit))) <= 0)
                {
                    await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                int length = await socket.ReceiveAsync(buffer.AsMemory(0, room), cancellationToken).ConfigureAwait(false);
                if (length == 0)
                {
                    break;
                }

                if (!_draining)
                {
                    Interlocked.Add(ref _credit, -length);
                    byte[] bytes = buffer[..length];
                    Tell(() => plug.Received(bytes));
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Tell(plug.PeerReset);
            return;
        }

        Tell(plug.PeerClosed);
    }

    private void Tell(Action action) => post(() =>
    {
        if (!_closed && !_dead)
        {
            action();
        }
    });

    private async Task SendAsync(Task receiving, CancellationToken cancellationToken)
    {
        bool gone = false;
        try
        {
            await foreach (Outgoing next in _out.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (next.Then is { } then)
                {
                    while (!gone && !_draining && Unacknowledged() > next.AllBut)
                    {
                        await Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                    }

                    Tell(then);
                    continue;
                }

                // The firmware goes on until it has noticed that the client is gone; what it says then reaches nobody.
                gone = gone || !await TrySendAsync(next.Bytes, cancellationToken).ConfigureAwait(false);
            }

            if (!ResetAtEnd && !gone)
            {
                socket.Shutdown(SocketShutdown.Send);
                await receiving.WaitAsync(LingerLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or TimeoutException)
        {
            // The client is gone, or stays too long: either way the connection ends below.
        }

        post(() =>
        {
            if (!_dead)
            {
                End();
            }
        });
    }

    private async Task<bool> TrySendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int sent = await socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
                _sent += sent;
                bytes = bytes[sent..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    // struct tcp_info: tcpi_state, and tcpi_bytes_acked since Linux 4.1. A connection that the client has reset keeps nobody waiting.
    private long Unacknowledged()
    {
        const int TcpLevel = 6, TcpInfo = 11, StateClosed = 7, BytesAcknowledged = 120;
        Span<byte> info = stackalloc byte[BytesAcknowledged + sizeof(long)];
        return socket.GetRawSocketOption(TcpLevel, TcpInfo, info) < info.Length || info[0] == StateClosed ? 0 : _sent - BitConverter.ToInt64(info[BytesAcknowledged..]);
    }

    private void End()
    {
        if (ResetAtEnd)
        {
            Abort();
            return;
        }

        _dead = true;
        _stop.Cancel();
        socket.Dispose();
        ended(this);
    }

    /// <summary>Bytes for the client, or what follows once the client has acknowledged all but so many.</summary>
    private readonly record struct Outgoing(ReadOnlyMemory<byte> Bytes, int AllBut, Action? Then);
}

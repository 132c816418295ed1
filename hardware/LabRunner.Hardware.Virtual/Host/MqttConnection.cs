using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// The socket under the plug's MQTT client: connects, moves packets, and can fall silent without a FIN. Everything it finds is told
/// through <c>received</c> and <c>lost</c>, on the pool's threads. Thread safe.
/// </summary>
internal sealed class MqttConnection : IDisposable
{
    // Machine time: a loopback or lab broker answers in milliseconds or not at all.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<byte[]> _out = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Action<MqttPacket> _received;
    private readonly Action _lost;

    /// <param name="received">Told each packet, in order.</param>
    /// <param name="lost">Told once, when the connection could not be made or broke; not after <see cref="Silence"/> or <see cref="Abort"/>.</param>
    public MqttConnection(Action<MqttPacket> received, Action lost)
    {
        _received = received;
        _lost = lost;
    }

    /// <summary>Connects and moves packets until the end; never throws.</summary>
    public async Task RunAsync(DnsEndPoint broker)
    {
        try
        {
            using (CancellationTokenSource limit = new(ConnectLimit, TimeProvider.System))
            using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token))
            {
                await _socket.ConnectAsync(broker, either.Token).ConfigureAwait(false);
            }

            _socket.NoDelay = true;
            using NetworkStream stream = new(_socket, ownsSocket: false);
            Task writing = WriteAsync(stream);
            using BufferedStream buffered = new(stream);
            try
            {
                while (true)
                {
                    _received(await MqttPackets.ReadAsync(buffered, _stop.Token).ConfigureAwait(false));
                }
            }
            finally
            {
                _out.Writer.TryComplete();
                await writing.ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
            or InvalidDataException or ArgumentException)
        {
            if (!_stop.IsCancellationRequested)
            {
                SilentSocket.Abort(_socket);
                _lost();
            }
        }
    }

    /// <summary>Queues a packet.</summary>
    public void Send(byte[] packet) => _out.Writer.TryWrite(packet);

    /// <summary>Nothing more is heard or said, and no FIN goes out.</summary>
    public void Silence()
    {
        try
        {
            SilentSocket.Silence(_socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        _stop.Cancel();
    }

    /// <summary>The same as <see cref="Abort"/>.</summary>
    public void Dispose() => Abort();

    /// <summary>Ends with a reset; again is harmless.</summary>
    public void Abort()
    {
        _stop.Cancel();
        SilentSocket.Abort(_socket);
    }

    /// <summary>Sends what is queued, then closes orderly.</summary>
    public void Finish() => _out.Writer.TryComplete();

    private async Task WriteAsync(NetworkStream stream)
    {
        try
        {
            await foreach (byte[] packet in _out.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await stream.WriteAsync(packet, _stop.Token).ConfigureAwait(false);
            }

            await _stop.CancelAsync().ConfigureAwait(false);
            _socket.Dispose();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The reading side sees the same and reports it.
        }
    }
}

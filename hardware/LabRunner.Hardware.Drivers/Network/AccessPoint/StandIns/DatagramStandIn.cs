using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>A stand-in over UDP: each datagram is a question, answered beside the others.</summary>
internal abstract class DatagramStandIn : IStandIn
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _end = new();
    private Task _serving = Task.CompletedTask;
    private long _asked;

    /// <inheritdoc/>
    public int Port { get; private set; }

    /// <summary>Datagrams that came so far, answered or not.</summary>
    public long Asked => Interlocked.Read(ref _asked);

    /// <inheritdoc/>
    public void Start(string place)
    {
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        }
        catch (SocketException broken)
        {
            throw new BenchFaultException(FaultKind.Network, place, $"no port can be opened for answers in place of a server: {broken.Message}", "See which limits this machine sets on sockets", broken);
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _serving = ServeAsync();
    }

    /// <summary>Ends it; questions under way get no answer.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    /// <summary>Answers a question; null: not at all.</summary>
    /// <param name="question">As it came; never changed by others.</param>
    /// <param name="cancellationToken">The stand-in ends.</param>
    protected abstract Task<byte[]?> AnswerAsync(byte[] question, CancellationToken cancellationToken);

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[2048];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult got = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _end.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _asked);
                _ = ReplyAsync(buffer[..got.ReceivedBytes], got.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // An answer before could not be delivered: that client is gone, the next question is another's.
            }
        }
    }

    private async Task ReplyAsync(byte[] question, EndPoint from)
    {
        try
        {
            if (await AnswerAsync(question, _end.Token).ConfigureAwait(false) is { } answer)
            {
                await _socket.SendToAsync(answer, SocketFlags.None, from, _end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Client or stand-in is gone: a question without an answer, as on any network.
        }
    }
}

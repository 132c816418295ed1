using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// The plug's answer to observer P: UDP echo (RFC 862), because the kernel itself would answer ICMP on a loopback address.
/// Answers while the plug's network stack runs. Thread safe.
/// </summary>
internal sealed class PlugEcho : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly Chance _chance;
    private volatile bool _reachable;
    private volatile float _loss;

    /// <param name="chance">Which packets are lost.</param>
    public PlugEcho(Chance chance)
    {
        _chance = chance;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _running = RunAsync();
    }

    public IPEndPoint EndPoint { get; }

    public void SetReachable(bool reachable) => _reachable = reachable;

    /// <summary>Share of the packets that get no answer, 0 to 1.</summary>
    public void SetLoss(double share) => _loss = (float)share;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        byte[] buffer = new byte[2048];
        SocketAddress from = new(AddressFamily.InterNetwork);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                int length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _stop.Token).ConfigureAwait(false);
                if (_reachable && !(_loss > 0 && _chance.NextUnit() < _loss))
                {
                    await _socket.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, from, _stop.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // An asker that is gone already answers with "port unreachable"; the next one may not be.
            }
        }
    }
}

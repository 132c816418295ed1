using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>A broker that knows nobody: every CONNECT is answered with "not authorised" (MQTT 3.1.1 code 5, MQTT 5 code 0x87) and the end of the connection.</summary>
internal sealed class DenyingBroker : IStandIn
{
    private const byte Connect = 0x10;
    private const byte Version5 = 5;

    // Of a client that says nothing, machine time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _end = new();
    private Task _serving = Task.CompletedTask;

    /// <inheritdoc/>
    public int Port { get; private set; }

    /// <inheritdoc/>
    public void Start(string place)
    {
        try
        {
            _listener.Start();
        }
        catch (SocketException broken)
        {
            throw new BenchFaultException(FaultKind.Network, place, $"no port can be opened for answers in place of the broker: {broken.Message}", "See which limits this machine sets on sockets", broken);
        }

        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync();
    }

    /// <summary>Ends it with what is connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            _ = DenyAsync(await _listener.AcceptTcpClientAsync(_end.Token).ConfigureAwait(false));
        }
    }

    private async Task DenyAsync(TcpClient client)
    {
        using TcpClient owned = client;
        try
        {
            using CancellationTokenSource late = new(Patience, TimeProvider.System);
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _end.Token);
            byte[] packet = new byte[1024];
            NetworkStream stream = client.GetStream();
            int got = await stream.ReadAtLeastAsync(packet, 12, throwOnEndOfStream: false, limit.Token).ConfigureAwait(false);
            if (got >= 12 && packet[0] == Connect)
            {
                await stream.WriteAsync(VersionOf(packet.AsSpan(0, got)) == Version5 ? new byte[] { 0x20, 3, 0, 0x87, 0 } : [0x20, 2, 0, 5], limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client left first.
        }
    }

    // After the remaining length (1 to 4 bytes) the protocol's name with its own length, then the version.
    private static byte VersionOf(ReadOnlySpan<byte> packet)
    {
        int at = 1;
        while (at < 5 && (packet[at] & 0x80) != 0)
        {
            at++;
        }

        at++;
        int version = at + 2 + packet[at + 1];
        return version < packet.Length ? packet[version] : (byte)0;
    }
}

// Inventory:
//   ping: { driver: udp-echo, address: "127.0.0.1:7007" }
// UDP echo service, RFC 862. For DUTs behind a loopback address, where the kernel itself would answer an ICMP echo.
using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network;

/// <summary>Options of <see cref="UdpEcho"/>.</summary>
public sealed record UdpEchoOptions
{
    /// <summary>host:port of the echo service.</summary>
    [Description("host:port of the echo service.")]
    public required string Address { get; init; }
}

/// <summary>UDP echo. Thread safe: each echo has its own socket, so an answer that comes late cannot be taken for the next one's.</summary>
[Driver(Contracts.Ping, "udp-echo")]
public sealed class UdpEcho : IEchoProbe
{
    private readonly IDriverContext _context;
    private readonly DnsEndPoint _address;
    private long _sequence;

    /// <exception cref="BenchFaultException">Kind Configuration: the address is not host:port.</exception>
    public UdpEcho(UdpEchoOptions options, IDriverContext context)
    {
        _context = context;
        _address = HostPort.Parse(context.Place, "address", options.Address);
    }

    /// <inheritdoc/>
    public async Task<TimeSpan?> EchoAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource overtime = new(limit, _context.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(overtime.Token, cancellationToken);
        using Socket socket = new(SocketType.Dgram, ProtocolType.Udp);
        byte[] sent = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(sent, Interlocked.Increment(ref _sequence));
        byte[] received = new byte[64];
        try
        {
            await socket.ConnectAsync(_address, either.Token).ConfigureAwait(false);
            long start = _context.Clock.GetTimestamp();
            await socket.SendAsync(sent, either.Token).ConfigureAwait(false);
            while (true)
            {
                int count = await socket.ReceiveAsync(received, either.Token).ConfigureAwait(false);
                if (received.AsSpan(0, count).SequenceEqual(sent))
                {
                    return _context.Clock.GetElapsedTime(start);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData)
        {
            throw new BenchFaultException(FaultKind.Network, _context.Place, $"the name '{_address.Host}' cannot be resolved", "Give an address and a port", failure);
        }
        catch (SocketException)
        {
            // Port unreachable or no route: nothing came back.
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

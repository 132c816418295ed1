// Inventory, under resources:
//   psu: { kind: scpi, driver: tcp, address: "192.168.4.40:5025" }     # Rigol 5555, Keysight and Siglent 5025
using System.ComponentModel;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Drivers.Scpi;

/// <summary>Options of <see cref="ScpiTcp"/>.</summary>
public sealed record ScpiTcpOptions
{
    /// <summary>host:port.</summary>
    [Description("host:port of the instrument's SCPI socket.")]
    public required string Address { get; init; }

    /// <summary>Limit of each exchange, machine time. Default 5 s.</summary>
    [Description("Time limit of each exchange. Default 5s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>An instrument on a raw SCPI socket.</summary>
[Driver(Contracts.Scpi, "tcp")]
public sealed class ScpiTcp : IScpiInstrument
{
    private readonly ScpiLink _link;

    /// <exception cref="Faults.BenchFaultException">Kind Configuration: the address is not host:port.</exception>
    public ScpiTcp(ScpiTcpOptions options, IDriverContext context)
    {
        DnsEndPoint address = HostPort.Parse(context.Place, "address", options.Address);
        _link = new ScpiLink(context, options.Address, options.Limit, async token =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, token).ConfigureAwait(false);
                return new Transport(new NetworkStream(socket, ownsSocket: true));
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) => _link.RunAsync(lines, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _link.DisposeAsync();

    private sealed class Transport(NetworkStream stream) : IScpiTransport
    {
        public PipeReader Input { get; } = PipeReader.Create(stream);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken);

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}

// Inventory:
//   console: { driver: tcp, address: 192.168.4.9:4001 }
// A serial port that a terminal server offers as plain bytes, such as ser2net with "accepter: tcp,4001". The server sets the speed.
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Options of a console at a plain TCP address.</summary>
public sealed record TcpConsoleOptions
{
    /// <summary>Terminal server.</summary>
    [Description("host:port of the terminal server's plain TCP port. The speed is set at the server.")]
    public required string Address { get; init; }
}

/// <summary>Serial ports behind a terminal server that passes plain bytes.</summary>
[Driver(Contracts.Console, "tcp")]
public sealed class TcpConsole(TcpConsoleOptions options, IDriverContext context) : IConsolePort
{
    /// <inheritdoc/>
    public string Path => options.Address;

    /// <inheritdoc/>
    public async Task<ISerialPort> OpenAsync(CancellationToken cancellationToken) =>
        await SocketPort.OpenAsync(context.Place, options.Address, baud: null, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

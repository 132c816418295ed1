// Inventory:
//   console: { driver: rfc2217, address: 192.168.4.9:4000 }     # baud: 2000000
// A serial port of a terminal server with RFC 2217, such as ser2net with "accepter: telnet(rfc2217),tcp,4000".
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Options of a console at an RFC 2217 server.</summary>
public sealed record Rfc2217ConsoleOptions
{
    /// <summary>Terminal server.</summary>
    [Description("host:port of the terminal server's RFC 2217 port.")]
    public required string Address { get; init; }

    /// <summary>Speed in baud; null: the board's own, or 115200 where the board names none.</summary>
    [Description("Speed in baud. Default: the board's console speed, else 115200.")]
    [Range(ConsoleOptions.LeastBaud, ConsoleOptions.MostBaud)]
    public int? Baud { get; init; }
}

/// <summary>Serial ports behind a terminal server whose speed and modem lines can be set (RFC 2217, telnet COM-PORT-OPTION).</summary>
[Driver(Contracts.Console, "rfc2217")]
public sealed class Rfc2217Console(Rfc2217ConsoleOptions options, IDriverContext context) : IConsolePort
{
    /// <inheritdoc/>
    public string Path => options.Address;

    /// <inheritdoc/>
    public async Task<ISerialPort> OpenAsync(CancellationToken cancellationToken) =>
        await SocketPort.OpenAsync(context.Place, options.Address, ConsoleOptions.BaudOr(options.Baud, context), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

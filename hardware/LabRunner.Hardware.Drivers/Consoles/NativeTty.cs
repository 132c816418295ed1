// Inventory:
//   console: { driver: tty, path: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0 }     # baud: 2000000
// Any Linux tty: USB serial adapters, on-board UARTs, PTYs.
// Kernel interface: tty_ioctl(4) with termios2/BOTHER, poll(2), flock(2).
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Options of a console port.</summary>
public sealed record ConsoleOptions
{
    /// <summary>Device path; a link of /dev/serial/by-id survives re-plugging.</summary>
    [Description("Path of the tty; links of /dev/serial/by-id stay the same when adapters are plugged in another order.")]
    public required string Path { get; init; }

    /// <summary>Speed in baud; null: the board's own, or 115200 where the board names none.</summary>
    [Description("Speed in baud. Default: the board's console speed, else 115200.")]
    [Range(50, 4_000_000)]
    public int? Baud { get; init; }

    /// <summary>The speed to open with.</summary>
    internal int BaudOr(IDriverContext context) =>
        Baud ?? (context.Facts.TryGetValue("baud", out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int baud) ? baud : 115_200);
}

/// <summary>Serial ports through the kernel's own interface: about 50 µs a round trip, hang-up seen at once, any speed.</summary>
[Driver(Contracts.Console, "tty")]
public sealed class NativeTty(ConsoleOptions options, IDriverContext context) : IConsolePort
{
    /// <inheritdoc/>
    public string Path => options.Path;

    /// <inheritdoc/>
    public Task<ISerialPort> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int tty = TtyDevice.OpenLocked(context.Place, options.Path);
        try
        {
            TtyDevice.SetRaw(context.Place, options.Path, tty, options.BaudOr(context));
            return Task.FromResult<ISerialPort>(new NativeTtyPort(context.Place, options.Path, tty));
        }
        catch
        {
            _ = Libc.Close(tty);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

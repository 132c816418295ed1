// Inventory:
//   console: { driver: tty, path: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0 }     # baud: 2000000
//   console: { driver: tty, path: usb:1-1.2 }                                                          # without udev
// Any Linux tty: USB serial adapters, on-board UARTs, PTYs.
// Kernel interface: tty_ioctl(4) with termios2/BOTHER, poll(2), flock(2).
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Serial ports through the kernel's own interface: one thread for all of them, hang-up seen at once, any speed.</summary>
[Driver(Contracts.Console, "tty")]
public sealed class NativeTty(ConsoleOptions options, IDriverContext context) : IConsolePort
{
    /// <inheritdoc/>
    public string Path => options.Path;

    /// <inheritdoc/>
    public Task<ISerialPort> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string node = new UsbTty().Resolve(context.Place, options.Path);
        SafeFileHandle tty = TtyDevice.OpenLocked(context.Place, node);
        try
        {
            TtyDevice.SetRaw(context.Place, node, tty, ConsoleOptions.BaudOr(options.Baud, context));
            if (TtyDevice.HasModemLines(tty))
            {
                TtyDevice.RefuseOthers(tty);

                // The kernel raises both lines at open; a board whose reset hangs on one would never run.
                TtyDevice.SetModemLines(node, tty, dtr: false, rts: false);
            }

            return Task.FromResult<ISerialPort>(new NativeTtyPort(context.Place, options.Path, tty, TtyLoop.Shared));
        }
        catch
        {
            tty.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

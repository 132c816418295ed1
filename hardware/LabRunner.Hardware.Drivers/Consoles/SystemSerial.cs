// Inventory:
//   console: { driver: serialport, path: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0 }     # baud: 2000000
// System.IO.Ports behind the same contract as the tty driver. Slower (about 1 ms an operation, a few per cent of a core per idle port), and
// after an unplug its calls may hang, so this wrapper reads with one pending read, never writes to a dead port and bounds its closing. Where a
// write was under way at the unplug, the closing never ends and the kernel keeps the number of the port: give a by-id path, not /dev/ttyUSB0.
using System.IO.Ports;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Serial ports through System.IO.Ports.</summary>
[Driver(Contracts.Console, "serialport")]
public sealed class SystemSerial(ConsoleOptions options, IDriverContext context) : IConsolePort
{
    /// <inheritdoc/>
    public string Path => options.Path;

    /// <inheritdoc/>
    public Task<ISerialPort> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // System.IO.Ports reports a missing node as "access denied" and lets root open a port twice; our own open tells both apart first.
        string node = new UsbTty().Resolve(context.Place, options.Path);
        SafeFileHandle heldLock = TtyDevice.OpenLocked(context.Place, node);
        SerialPort port = new(node, ConsoleOptions.BaudOr(options.Baud, context), Parity.None, 8, StopBits.One);
        try
        {
            port.Open();
            return Task.FromResult<ISerialPort>(new SystemSerialPort(context.Place, options.Path, port, heldLock));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            port.Dispose();
            heldLock.Dispose();
            throw new BenchFaultException(
                FaultKind.Serial, context.Place, $"{options.Path} cannot be used: {failure.Message}",
                "Check that it is a serial device ('ls -l /dev/serial/by-id') and that it has this speed", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

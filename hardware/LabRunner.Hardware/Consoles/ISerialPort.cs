using System.IO.Pipelines;

namespace LabRunner.Hardware.Consoles;

/// <summary>An open UART. One owner reads <see cref="Input"/>; everything else may be called from any thread.</summary>
public interface ISerialPort : IAsyncDisposable
{
    /// <summary>Device path or address, for messages.</summary>
    string Path { get; }

    /// <summary>
    /// Bytes as they come. Completes when the port is gone: without an exception after disposal, with an <see cref="IOException"/> after an
    /// unplug or hang-up. What came before is read first: the exception follows the last byte.
    /// </summary>
    PipeReader Input { get; }

    /// <summary>Writes all bytes or throws. Several writers take turns; a write is never split by another.</summary>
    /// <exception cref="IOException">The port is gone.</exception>
    /// <exception cref="ObjectDisposedException">The port was disposed, before or meanwhile.</exception>
    /// <exception cref="TimeoutException">The port took no bytes for 1 s of machine time.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>True where DTR and RTS exist (a PTY and a raw TCP connection have none).</summary>
    bool HasModemLines { get; }

    /// <summary>Sets the modem lines; null leaves one as it is. Both are off after opening, so that no reset circuit holds the DUT.</summary>
    /// <exception cref="NotSupportedException"><see cref="HasModemLines"/> is false.</exception>
    /// <exception cref="IOException">The port is gone.</exception>
    /// <exception cref="ObjectDisposedException">The port was disposed.</exception>
    /// <exception cref="TimeoutException">A remote port did not confirm in time.</exception>
    ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken);

    /// <summary>False where the speed is set elsewhere (a raw TCP connection).</summary>
    bool CanSetBaud { get; }

    /// <summary>Changes the speed without closing, after the bytes written so far have left. Nothing received is thrown away.</summary>
    /// <param name="baud">50 to 4,000,000.</param>
    /// <param name="cancellationToken">Ends the wait; the speed may have changed all the same.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="baud"/> is outside its range.</exception>
    /// <exception cref="NotSupportedException"><see cref="CanSetBaud"/> is false.</exception>
    /// <exception cref="Faults.BenchFaultException">Kind Serial: the port does not have this speed.</exception>
    /// <exception cref="IOException">The port is gone.</exception>
    /// <exception cref="ObjectDisposedException">The port was disposed.</exception>
    /// <exception cref="TimeoutException">Bytes written before did not leave, or a remote port did not confirm, in time.</exception>
    ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken);

    /// <summary>What the port itself lost or read wrong since it was opened; all zero where it does not count (a PTY, raw TCP).</summary>
    LineErrors Errors { get; }
}

/// <summary>Faults of the line that a port counts, since it was opened.</summary>
/// <param name="Overruns">Times that bytes were lost because nobody fetched them, in the adapter or in the kernel.</param>
/// <param name="Framing">Bytes without a stop bit: usually the wrong speed.</param>
/// <param name="Breaks">Breaks: the line was low for longer than a byte, as that of an unpowered DUT is.</param>
public readonly record struct LineErrors(long Overruns, long Framing, long Breaks);

/// <summary>
/// The console of a slot as the inventory names it: it can be opened, and opened again after an unplug.
/// Catalogue contract "console" is implemented by classes of this interface.
/// </summary>
public interface IConsolePort : IAsyncDisposable
{
    /// <summary>Path or address that will be opened, for messages.</summary>
    string Path { get; }

    /// <summary>Opens the port with an exclusive lock. Looks the path up anew each time, so that a port plugged in again is found.</summary>
    /// <exception cref="Faults.BenchFaultException">Kind Serial: no such device (remedy names the path and by-id), in use by another process, or no right.</exception>
    Task<ISerialPort> OpenAsync(CancellationToken cancellationToken);
}

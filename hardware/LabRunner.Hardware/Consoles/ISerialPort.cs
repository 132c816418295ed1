using System.IO.Pipelines;

namespace LabRunner.Hardware.Consoles;

/// <summary>An open UART. One owner reads <see cref="Input"/>; writes are serialised by the port.</summary>
public interface ISerialPort : IAsyncDisposable
{
    /// <summary>Device path or address, for messages.</summary>
    string Path { get; }

    /// <summary>
    /// Bytes as they come. Completes when the port is gone: without an exception after disposal, with an
    /// <see cref="IOException"/> after an unplug or hang-up.
    /// </summary>
    PipeReader Input { get; }

    /// <summary>Writes all bytes or throws.</summary>
    /// <exception cref="IOException">The port is gone.</exception>
    /// <exception cref="TimeoutException">The port took no bytes for 1 s of machine time.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>True where DTR and RTS exist (a PTY has none).</summary>
    bool HasModemLines { get; }

    /// <summary>Sets the modem lines; null leaves one as it is.</summary>
    /// <exception cref="NotSupportedException"><see cref="HasModemLines"/> is false.</exception>
    void SetModemLines(bool? dtr, bool? rts);

    /// <summary>Changes the speed without closing. 50 to 4,000,000 baud.</summary>
    void SetBaud(int baud);
}

/// <summary>
/// The console of a slot as the inventory names it: it can be opened, and opened again after an unplug.
/// Catalogue contract "console" is implemented by classes of this interface.
/// </summary>
public interface IConsolePort : IAsyncDisposable
{
    /// <summary>Path or address that will be opened, for messages.</summary>
    string Path { get; }

    /// <summary>Opens the port with an exclusive lock.</summary>
    /// <exception cref="Faults.BenchFaultException">Kind Serial: no such device (remedy names the path and by-id), in use by another process, or no right.</exception>
    Task<ISerialPort> OpenAsync(CancellationToken cancellationToken);
}

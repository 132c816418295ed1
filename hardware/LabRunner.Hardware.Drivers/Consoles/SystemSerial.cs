// Inventory:
//   console: { driver: serialport, path: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0 }     # baud: 2000000
// System.IO.Ports behind the same contract as the tty driver. Slower (about 1 ms an operation, a few per cent of a core per idle port), and
// after an unplug its calls may hang, so this wrapper reads with one pending read, never writes to a dead port and bounds its closing.
using System.IO.Pipelines;
using System.IO.Ports;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;

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
        int heldLock = TtyDevice.OpenLocked(context.Place, options.Path);
        SerialPort port = new(options.Path, options.BaudOr(context), Parity.None, 8, StopBits.One);
        try
        {
            port.Open();
            return Task.FromResult<ISerialPort>(new Open(options.Path, port, heldLock));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            port.Dispose();
            _ = Libc.Close(heldLock);
            throw new BenchFaultException(
                FaultKind.Serial, context.Place, $"{options.Path} cannot be used: {failure.Message}",
                "Check that it is a serial device ('ls -l /dev/serial/by-id') and that it has this speed", failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Open : ISerialPort
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

        private readonly SerialPort _port;
        private readonly int _heldLock;
        private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
        private readonly SemaphoreSlim _writer = new(1, 1);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _reading;
        private volatile bool _dead;
        private int _disposed;

        public Open(string path, SerialPort port, int heldLock)
        {
            Path = path;
            _port = port;
            _heldLock = heldLock;
            HasModemLines = TtyDevice.HasModemLines(heldLock);
            _reading = Task.Run(ReadAsync);
        }

        public string Path { get; }

        public PipeReader Input => _pipe.Reader;

        public bool HasModemLines { get; }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                // Pieces, so that the limit is one of standing still and not of a long transfer.
                for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, 4096)..])
                {
                    ObjectDisposedException.ThrowIf(_disposed != 0, this);
                    if (_dead)
                    {
                        throw new IOException($"{Path}: the port went away (unplugged or hung up).");
                    }

                    // Machine time: it watches the wire, not the run.
                    await _port.BaseStream.WriteAsync(bytes[..Math.Min(bytes.Length, 4096)], cancellationToken).AsTask()
                        .WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{Path} took no bytes for {Limit.TotalSeconds:0} s.");
            }
            catch (Exception failure) when (failure is InvalidOperationException and not ObjectDisposedException)
            {
                throw new IOException($"{Path}: {failure.Message}", failure);
            }
            finally
            {
                _writer.Release();
            }
        }

        public void SetModemLines(bool? dtr, bool? rts)
        {
            if (!HasModemLines)
            {
                throw new NotSupportedException($"{Path} has no modem lines.");
            }

            _port.DtrEnable = dtr ?? _port.DtrEnable;
            _port.RtsEnable = rts ?? _port.RtsEnable;
        }

        public void SetBaud(int baud)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(baud, 50);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(baud, 4_000_000);
            _port.BaudRate = baud;
        }

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            await _stop.CancelAsync().ConfigureAwait(false);
            try
            {
                await _reading.WaitAsync(Limit, TimeProvider.System).ConfigureAwait(false);

                // Close spins for ever where bytes wait for a port that is gone; then the thread is abandoned.
                await Task.Factory.StartNew(_port.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    .WaitAsync(Limit, TimeProvider.System).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is TimeoutException or IOException or InvalidOperationException)
            {
                _dead = true;
            }

            _ = Libc.Close(_heldLock);
            _stop.Dispose();
        }

        private async Task ReadAsync()
        {
            Exception? why = null;
            try
            {
                while (true)
                {
                    int count = await _port.BaseStream.ReadAsync(_pipe.Writer.GetMemory(4096), _stop.Token).ConfigureAwait(false);
                    if (count == 0)
                    {
                        why = new IOException($"{Path}: the port went away (hung up).");
                        break;
                    }

                    _pipe.Writer.Advance(count);
                    await _pipe.Writer.FlushAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException or UnauthorizedAccessException or OperationCanceledException)
            {
                // "The port is closed" is what System.IO.Ports says of an unplugged one.
                why = new IOException($"{Path}: the port went away (unplugged or hung up).", failure);
            }

            _dead = true;
            await _pipe.Writer.CompleteAsync(_disposed != 0 ? null : why).ConfigureAwait(false);
        }
    }
}

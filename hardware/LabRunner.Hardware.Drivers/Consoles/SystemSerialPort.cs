using System.IO.Pipelines;
using System.IO.Ports;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>An open <see cref="SerialPort"/>, kept from hanging. Thread safe.</summary>
internal sealed class SystemSerialPort : ISerialPort
{
    private const int PieceBytes = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly string _place;
    private readonly SerialPort _port;
    private readonly SafeFileHandle _heldLock;
    private readonly SerialInput _input = new();
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private volatile bool _dead;
    private readonly LineErrors _before;
    private int _disposed;

    public SystemSerialPort(string place, string path, SerialPort port, SafeFileHandle heldLock)
    {
        _place = place;
        Path = path;
        _port = port;
        _heldLock = heldLock;
        HasModemLines = TtyDevice.HasModemLines(heldLock);
        _before = TtyDevice.Errors(heldLock, default);
        _reading = Task.Run(ReadAsync);
    }

    public string Path { get; }

    public PipeReader Input => _input.Reader;

    public bool HasModemLines { get; }

    public bool CanSetBaud => true;

    public LineErrors Errors => Volatile.Read(ref _disposed) == 0 ? TtyDevice.Errors(_heldLock, _before) : default;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Pieces, so that the limit is one of standing still and not of a long transfer.
            for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, PieceBytes)..])
            {
                ThrowIfGone();

                // Machine time: it watches the wire, not the run.
                using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
                await _port.BaseStream.WriteAsync(bytes[..Math.Min(bytes.Length, PieceBytes)], either.Token).AsTask()
                    .WaitAsync(Limit, TimeProvider.System, either.Token).ConfigureAwait(false);
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} took no bytes for {Limit.TotalSeconds:0} s.");
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or OperationCanceledException)
        {
            // After an unplug or a disposal the pending write says anything from "cancelled" to "the port is closed".
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            throw new IOException($"{Path}: {failure.Message}", failure);
        }
        finally
        {
            _writer.Release();
        }
    }

    public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken)
    {
        if (!HasModemLines)
        {
            throw new NotSupportedException($"{Path} has no modem lines.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfGone();
        try
        {
            _port.DtrEnable = dtr ?? _port.DtrEnable;
            _port.RtsEnable = rts ?? _port.RtsEnable;
            return ValueTask.CompletedTask;
        }
        catch (InvalidOperationException failure)
        {
            throw new IOException($"{Path}: {failure.Message}", failure);
        }
    }

    public async ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        ConsoleOptions.CheckBaud(baud);
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfGone();

            // SerialPort.BaudRate changes the speed under bytes that are still leaving, so the kernel is asked to wait, on the lock's descriptor.
            await Task.Run(() => TtyDevice.SetBaud(_place, Path, _heldLock, baud), CancellationToken.None)
                .WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            _port.BaudRate = baud;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} has not sent within {Limit.TotalSeconds:0} s what was written before the change of speed.");
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            throw new BenchFaultException(
                FaultKind.Serial, _place, $"{Path} does not take {baud} baud: {failure.Message}", "Use an adapter that has this speed, or another baud", failure);
        }
        finally
        {
            _writer.Release();
        }
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

        _heldLock.Dispose();
        _stop.Dispose();
    }

    private void ThrowIfGone()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);

        // System.IO.Ports notices an unplug only after a while, and a write to a dead port makes its closing hang: our own descriptor knows at once.
        if (_dead || TtyDevice.IsGone(_heldLock))
        {
            throw new IOException($"{Path}: the port went away (unplugged or hung up).");
        }
    }

    private async Task ReadAsync()
    {
        Exception? why = null;
        try
        {
            while (true)
            {
                int count = await _port.BaseStream.ReadAsync(_input.Writer.GetMemory(PieceBytes), _stop.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    why = new IOException($"{Path}: the port went away (hung up).");
                    break;
                }

                _input.Writer.Advance(count);
                await _input.Writer.FlushAsync(_stop.Token).ConfigureAwait(false);
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
        _input.Complete(_disposed != 0 ? null : why);
    }
}

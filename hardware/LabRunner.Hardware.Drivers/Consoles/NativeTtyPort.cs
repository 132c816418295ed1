using System.IO.Pipelines;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>An open tty, served by <see cref="TtyLoop"/>, whose thread alone reads it and ends <see cref="Input"/>. Thread safe.</summary>
internal sealed class NativeTtyPort : ISerialPort, IPolledTty
{
    private const int PieceBytes = 4096;

    // One port's flood must not keep the loop from the others for long.
    private const int PiecesPerTurn = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly string _place;
    private readonly SafeFileHandle _tty;
    private readonly TtyLoop _loop;
    private readonly SerialInput _input = new();
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task _flush = Task.CompletedTask;
    private TaskCompletionSource? _room;
    private Exception? _gone;
    private volatile bool _stop;
    private readonly LineErrors _before;
    private int _disposed;

    public NativeTtyPort(string place, string path, SafeFileHandle tty, TtyLoop loop)
    {
        _place = place;
        Path = path;
        _tty = tty;
        _loop = loop;
        HasModemLines = TtyDevice.HasModemLines(tty);
        _before = TtyDevice.Errors(tty, default);
        Descriptor = (int)tty.DangerousGetHandle();
        loop.Add(this);
    }

    public string Path { get; }

    public PipeReader Input => _input.Reader;

    public bool HasModemLines { get; }

    public bool CanSetBaud => true;

    public LineErrors Errors => Volatile.Read(ref _disposed) == 0 ? TtyDevice.Errors(_tty, _before) : default;

    /// <inheritdoc/>
    public int Descriptor { get; }

    /// <inheritdoc/>
    public short Wanted
    {
        get
        {
            // A reader that lags stops our reading (the kernel then holds the sender), never our writing.
            int wanted = Volatile.Read(ref _flush).IsCompleted ? Libc.PollIn : 0;
            lock (_gate)
            {
                return (short)(_room is { Task.IsCompleted: false } ? wanted | Libc.PollOut : wanted);
            }
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
        TtyDevice.SetModemLines(Path, _tty, dtr, rts);
        return ValueTask.CompletedTask;
    }

    public async ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        ConsoleOptions.CheckBaud(baud);
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfGone();

            // The kernel waits until everything written has left the adapter, which an adapter that hangs never says.
            await Task.Run(() => TtyDevice.SetBaud(_place, Path, _tty, baud), CancellationToken.None)
                .WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} has not sent within {Limit.TotalSeconds:0} s what was written before the change of speed.");
        }
        finally
        {
            _writer.Release();
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (bytes.Length > 0)
            {
                int taken = TryWrite(bytes.Span, out Task room);
                bytes = bytes[taken..];
                if (taken == 0)
                {
                    _loop.Reconsider();

                    // Machine time: the kernel's buffer drains at the speed of the wire, whatever the run's clock does.
                    await room.WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} took no bytes for {Limit.TotalSeconds:0} s.");
        }
        finally
        {
            lock (_gate)
            {
                _room = null;
            }

            _writer.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await _left.Task.ConfigureAwait(false);
            return;
        }

        _stop = true;
        _loop.Remove(this);
        await _left.Task.ConfigureAwait(false);
        try
        {
            // The kernel may wait up to 30 s for bytes that a dead adapter does not take; then the closing goes on alone.
            await Task.Run(_tty.Dispose).WaitAsync(Limit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
    }

    /// <inheritdoc/>
    public bool Serve(short happened)
    {
        try
        {
            bool gone = (happened & Libc.PollGone) != 0;
            if ((happened & Libc.PollIn) != 0 || gone)
            {
                Receive(drain: gone);
            }

            if (gone)
            {
                throw new IOException($"{Path}: the port went away (unplugged or hung up).");
            }

            if ((happened & Libc.PollOut) != 0)
            {
                lock (_gate)
                {
                    _room?.TrySetResult();
                }
            }

            return true;
        }
        catch (IOException why)
        {
            End(why);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Left()
    {
        End(null);
        _left.TrySetResult();
    }

    /// <summary>Writes what the kernel takes now; where that is nothing, <paramref name="room"/> completes when it takes more.</summary>
    private unsafe int TryWrite(ReadOnlySpan<byte> bytes, out Task room)
    {
        lock (_gate)
        {
            ThrowIfGone();
            room = Task.CompletedTask;
            nint taken;
            int error;
            fixed (byte* data = bytes)
            {
                taken = Libc.Write(_tty, data, (nuint)bytes.Length);
                error = Marshal.GetLastPInvokeError();
            }

            if (taken > 0)
            {
                return (int)taken;
            }

            if (taken < 0 && error is not (Libc.EAGAIN or Libc.EINTR))
            {
                throw Libc.Error($"{Path}: write", error);
            }

            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
            return 0;
        }
    }

    private void ThrowIfGone()
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        if (Volatile.Read(ref _gone) is { } gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }

    /// <summary>Ends reading and writing; only the first call counts.</summary>
    private void End(Exception? why)
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            if (_gone is not null)
            {
                return;
            }

            _gone = why ?? new ObjectDisposedException(Path);
            room = _room;
        }

        room?.TrySetException(_gone);
        _ = room?.Task.Exception;
        _input.Complete(why);
    }

    /// <summary>Reads what is there.</summary>
    /// <param name="drain">True: the port is gone, so its last bytes are taken even if the reader lags.</param>
    /// <exception cref="IOException">The port is gone.</exception>
    private unsafe void Receive(bool drain)
    {
        for (int pieces = 0; (drain || pieces < PiecesPerTurn) && (drain || _flush.IsCompleted); pieces++)
        {
            Memory<byte> memory = _input.Writer.GetMemory(PieceBytes);
            nint count;
            int error;
            fixed (byte* data = memory.Span)
            {
                count = Libc.Read(_tty, data, (nuint)memory.Length);
                error = Marshal.GetLastPInvokeError();
            }

            if (count <= 0)
            {
                if (count < 0 && error is Libc.EAGAIN or Libc.EINTR)
                {
                    return;
                }

                throw new IOException(
                    count == 0 || error == Libc.EIO
                        ? $"{Path}: the port went away (unplugged or hung up)."
                        : Libc.Error($"{Path}: read", error).Message);
            }

            _input.Writer.Advance((int)count);
            if (!drain)
            {
                Flush();
                if (count < memory.Length)
                {
                    return;
                }
            }
        }
    }

    private void Flush()
    {
        ValueTask<FlushResult> flush = _input.Writer.FlushAsync();
        if (flush.IsCompleted)
        {
            return;
        }

        Task lagging = flush.AsTask();
        Volatile.Write(ref _flush, lagging);
        _ = lagging.ContinueWith(_ => _loop.Reconsider(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}

using System.IO.Pipelines;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>
/// An open tty. One thread waits in poll(2) for bytes, for room to write and for a wake-up; it is the only one that reads and it completes
/// <see cref="Input"/>. Thread safe.
/// </summary>
internal sealed class NativeTtyPort : ISerialPort
{
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(1);

    private readonly string _place;
    private readonly int _tty;
    private readonly WakeEvent _wake = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private Exception? _gone;
    private volatile bool _stop;
    private bool _closed;

    public NativeTtyPort(string place, string path, int tty)
    {
        _place = place;
        Path = path;
        _tty = tty;
        HasModemLines = TtyDevice.HasModemLines(tty);
        new Thread(Run) { IsBackground = true, Name = "tty " + path }.Start();
    }

    public string Path { get; }

    public PipeReader Input => _pipe.Reader;

    public bool HasModemLines { get; }

    public void SetModemLines(bool? dtr, bool? rts)
    {
        if (!HasModemLines)
        {
            throw new NotSupportedException($"{Path} has no modem lines.");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            TtyDevice.SetModemLines(Path, _tty, dtr, rts);
        }
    }

    public void SetBaud(int baud)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(baud, 50);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(baud, 4_000_000);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            TtyDevice.SetBaud(_place, Path, _tty, baud);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (bytes.Length > 0)
            {
                Task room = ExpectRoom();
                int taken = TryWrite(bytes.Span);
                bytes = bytes[taken..];
                if (taken == 0)
                {
                    _wake.Set();

                    // Machine time: the kernel's buffer drains at the speed of the wire, whatever the run's clock does.
                    await room.WaitAsync(WriteLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} took no bytes for {WriteLimit.TotalSeconds:0} s.");
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
        _stop = true;
        _wake.Set();
        await _ended.Task.ConfigureAwait(false);
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _ = Libc.Close(_tty);
        }

        _wake.Dispose();
    }

    private Task ExpectRoom()
    {
        lock (_gate)
        {
            ThrowIfGone();
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    private unsafe int TryWrite(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            ThrowIfGone();
            fixed (byte* data = bytes)
            {
                nint taken = Libc.Write(_tty, data, (nuint)bytes.Length);
                if (taken >= 0)
                {
                    return (int)taken;
                }
            }

            int error = Marshal.GetLastPInvokeError();
            return error is Libc.EAGAIN or Libc.EINTR ? 0 : throw Libc.Error($"{Path}: write", error);
        }
    }

    private void ThrowIfGone()
    {
        ObjectDisposedException.ThrowIf(_closed || _stop, this);
        if (_gone is not null)
        {
            throw new IOException(_gone.Message, _gone);
        }
    }

    private void Run()
    {
        Exception? why = null;
        try
        {
            Loop();
        }
        catch (IOException gone)
        {
            why = gone;
        }

        TaskCompletionSource? room;
        lock (_gate)
        {
            _gone = why;
            room = _room;
        }

        room?.TrySetException(why ?? new ObjectDisposedException(Path));
        _ = room?.Task.Exception;
        _pipe.Writer.Complete(why);
        _ended.TrySetResult();
    }

    /// <exception cref="IOException">The port is gone.</exception>
    private unsafe void Loop()
    {
        Task flush = Task.CompletedTask;
        Libc.PollEntry* entries = stackalloc Libc.PollEntry[2];
        while (!_stop)
        {
            // A reader that lags stops our reading (the kernel then holds the sender), never our writing.
            bool read = flush.IsCompleted;
            bool write;
            lock (_gate)
            {
                write = _room is { Task.IsCompleted: false };
            }

            entries[0] = new() { Descriptor = _tty, Events = (short)((read ? Libc.PollIn : 0) | (write ? Libc.PollOut : 0)) };
            entries[1] = new() { Descriptor = _wake.Descriptor, Events = Libc.PollIn };
            if (Libc.Poll(entries, 2, -1) < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                if (error == Libc.EINTR)
                {
                    continue;
                }

                throw Libc.Error($"{Path}: poll", error);
            }

            if (entries[1].Returned != 0)
            {
                _wake.Clear();
            }

            short happened = entries[0].Returned;
            if ((happened & Libc.PollIn) != 0)
            {
                flush = Receive();
                if (!flush.IsCompleted)
                {
                    _ = flush.ContinueWith(_ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                }
            }
            else if ((happened & Libc.PollGone) != 0)
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
        }
    }

    private unsafe Task Receive()
    {
        Memory<byte> memory = _pipe.Writer.GetMemory(4096);
        nint count;
        int error;
        fixed (byte* data = memory.Span)
        {
            count = Libc.Read(_tty, data, (nuint)memory.Length);
            error = Marshal.GetLastPInvokeError();
        }

        if (count > 0)
        {
            _pipe.Writer.Advance((int)count);
            ValueTask<FlushResult> flush = _pipe.Writer.FlushAsync();
            return flush.IsCompleted ? Task.CompletedTask : flush.AsTask();
        }

        if (count < 0 && error is Libc.EAGAIN or Libc.EINTR)
        {
            return Task.CompletedTask;
        }

        throw count == 0 ? new IOException($"{Path}: the port went away (hung up).") : Libc.Error($"{Path}: read", error);
    }
}

using System.Buffers;
using System.IO.Pipelines;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>The UART as a flashing protocol uses it: bytes out, counted bytes in, limits in run time. Not thread safe.</summary>
internal sealed class FlashLine(ISerialPort port, LabClock clock)
{
    // However fast the run's clock is, the machine needs this much to schedule both ends.
    private static readonly TimeSpan MachineFloor = TimeSpan.FromSeconds(1);

    private readonly ArrayBufferWriter<byte> _received = new();
    private int _taken;

    /// <summary>Speed of the port now.</summary>
    public int Baud { get; private set; }

    public LabClock Clock => clock;

    public async Task SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        await port.SetBaudAsync(baud, cancellationToken).ConfigureAwait(false);
        Baud = baud;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => port.WriteAsync(bytes, cancellationToken);

    /// <summary>Time that so many bytes take on the line now.</summary>
    public TimeSpan LineTime(int bytes) => TimeSpan.FromSeconds(10.0 * bytes / Baud);

    /// <summary>Throws away what came unasked.</summary>
    public void Drain()
    {
        while (port.Input.TryRead(out ReadResult result))
        {
            bool over = result.IsCompleted;
            port.Input.AdvanceTo(result.Buffer.End);
            if (over)
            {
                break;
            }
        }

        Forget();
    }

    /// <summary>Waits for so many bytes and takes them.</summary>
    /// <exception cref="FlashFailedException">Stage "link": the port went away.</exception>
    /// <exception cref="OperationCanceledException">They did not come in time; those that came can still be taken.</exception>
    public async ValueTask<byte[]> TakeAsync(int count, CancellationToken cancellationToken)
    {
        while (_received.WrittenCount - _taken < count)
        {
            ReadResult result = await port.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> piece in result.Buffer)
            {
                _received.Write(piece.Span);
            }

            bool nothing = result.Buffer.IsEmpty;
            port.Input.AdvanceTo(result.Buffer.End);
            if (nothing && result.IsCompleted)
            {
                throw new FlashFailedException("link", $"{port.Path} went away", "Is the adapter still plugged in") { LinkLost = true };
            }
        }

        byte[] bytes = _received.WrittenSpan.Slice(_taken, count).ToArray();
        _taken += count;
        if (_taken == _received.WrittenCount)
        {
            Forget();
        }

        return bytes;
    }

    /// <summary>A limit that the machine can keep: at least a second of its own time.</summary>
    public FlashLimit Limit(TimeSpan limit, CancellationToken cancellationToken)
    {
        TimeSpan machine = clock.ToMachine(limit);
        return new FlashLimit(machine > MachineFloor ? machine : MachineFloor, cancellationToken);
    }

    /// <summary>A limit without that floor, for loops that ask again anyway; at least a millisecond of the machine.</summary>
    public FlashLimit ShortLimit(TimeSpan limit, CancellationToken cancellationToken)
    {
        TimeSpan machine = clock.ToMachine(limit);
        TimeSpan least = TimeSpan.FromMilliseconds(1);
        return new FlashLimit(machine > least ? machine : least, cancellationToken);
    }

    private void Forget()
    {
        _received.ResetWrittenCount();
        _taken = 0;
    }
}

/// <summary>A token that is cancelled by the caller or after machine time, whichever is first.</summary>
internal sealed class FlashLimit : IDisposable
{
    private readonly CancellationTokenSource _time;
    private readonly CancellationTokenSource _linked;

    public FlashLimit(TimeSpan machine, CancellationToken cancellationToken)
    {
        _time = new CancellationTokenSource(machine, TimeProvider.System);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _time.Token);
    }

    public CancellationToken Token => _linked.Token;

    public void Dispose()
    {
        _linked.Dispose();
        _time.Dispose();
    }
}

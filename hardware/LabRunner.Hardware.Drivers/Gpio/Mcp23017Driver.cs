using System.Device.Gpio;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// <see cref="GpioDriver"/> over an MCP23017. An output's latch is written before its direction, so that opening it does not click. Watched
/// inputs are looked at when the interrupt line falls, else at the polling cadence; edges are stamped with the time they were seen, and one
/// that comes and goes between two looks is not seen. Thread safe.
/// </summary>
internal sealed class Mcp23017Driver : GpioDriver, ILineEdges, ILineSettings
{
    public const int Lines = 16;

    private readonly Mcp23017Registers _registers;
    private readonly EdgeCallbacks _callbacks;
    private readonly Lock _gate = new();
    private readonly Lock _telling = new();
    private readonly Dictionary<int, PinMode> _open = [];
    private readonly List<(int Line, Action<LineEdge> Edge)> _watchers = [];
    private readonly uint[] _sequences = new uint[Lines];
    private readonly ITimer? _timer;
    private readonly TimeSpan _poll;
    private ushort _directions;
    private ushort _latches;
    private ushort _pullUps;
    private ushort _watched;
    private ushort _seen;
    private bool _disposed;

    /// <param name="registers">The chip; the driver disposes it.</param>
    /// <param name="clock">Times the polling.</param>
    /// <param name="poll">Polling cadence, run time; null where an interrupt line calls <see cref="Look"/>.</param>
    /// <exception cref="IOException">The chip does not answer.</exception>
    public Mcp23017Driver(Mcp23017Registers registers, LabClock clock, TimeSpan? poll)
    {
        _registers = registers;
        _callbacks = new EdgeCallbacks(this, this);
        _directions = registers.Read(Mcp23017Registers.Direction);
        _latches = registers.Read(Mcp23017Registers.Latch);
        _pullUps = registers.Read(Mcp23017Registers.PullUp);
        _poll = poll ?? Timeout.InfiniteTimeSpan;
        _timer = poll is null ? null : clock.CreateTimer(_ => Poll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    protected override int PinCount => Lines;

    /// <summary>The data sheet's names: GPA0 to GPB7.</summary>
    public IReadOnlyList<int> Find(string name) =>
        name is ['G', 'P', 'A' or 'B', >= '0' and <= '7'] ? [((name[2] - 'A') * 8) + (name[3] - '0')] : [];

    /// <inheritdoc/>
    public void Prepare(int line, LineSettings settings)
    {
        if (settings.Drive != LineDrive.PushPull || settings.Debounce != TimeSpan.Zero || settings.Bias == LineBias.Down)
        {
            throw new NotSupportedException("an MCP23017 has pull-ups, and neither pull-downs, open drain, open source nor debounce");
        }
    }

    /// <inheritdoc/>
    public IDisposable Watch(int line, Action<LineEdge> edge)
    {
        lock (_gate)
        {
            if (Mode(line) == PinMode.Output)
            {
                throw new InvalidOperationException($"line {line} is an output: only inputs are watched");
            }

            if ((_watched & Bit(line)) == 0)
            {
                // The new line's level now; those of the others stay as last told.
                _seen = With(_seen, line, Level(line));
                _watched |= Bit(line);
                _registers.Write(Mcp23017Registers.InterruptEnable, _watched);
            }

            _watchers.Add((line, edge));
            _timer?.Change(_poll, Timeout.InfiniteTimeSpan);
        }

        return new Watcher(this, line, edge);
    }

    /// <summary>Reads all lines and tells the edges since the last look. Reading the ports also ends the chip's interrupt.</summary>
    public void Look()
    {
        // One look at a time, or edges could be told out of order; watchers are called without the lock that they may want.
        lock (_telling)
        {
            List<(Action<LineEdge> Tell, LineEdge Edge)> news = [];
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                ushort levels = _registers.Read(Mcp23017Registers.Port);
                long now = TimeProvider.System.GetTimestamp();
                for (int line = 0; line < Lines; line++)
                {
                    if (((levels ^ _seen) & _watched & Bit(line)) != 0)
                    {
                        LineEdge edge = new(line, (levels & Bit(line)) != 0, now, ++_sequences[line]);
                        news.AddRange(_watchers.Where(watcher => watcher.Line == line).Select(watcher => (watcher.Edge, edge)));
                    }
                }

                _seen = levels;
            }

            foreach ((Action<LineEdge> tell, LineEdge edge) in news)
            {
                tell(edge);
            }
        }
    }

    /// <inheritdoc/>
    protected override void OpenPin(int pinNumber)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pinNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pinNumber, Lines);
        lock (_gate)
        {
            _open.Add(pinNumber, (_directions & Bit(pinNumber)) != 0 ? PinMode.Input : PinMode.Output);
        }
    }

    /// <summary>The chip keeps the line as it is: an output stays driven, as it does when its owner dies.</summary>
    protected override void ClosePin(int pinNumber)
    {
        lock (_gate)
        {
            _open.Remove(pinNumber);
            _watchers.RemoveAll(watcher => watcher.Line == pinNumber);
            Unwatch(pinNumber);
        }

        _callbacks.Clear(pinNumber);
    }

    /// <inheritdoc/>
    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => mode is PinMode.Input or PinMode.InputPullUp or PinMode.Output;

    /// <inheritdoc/>
    protected override PinMode GetPinMode(int pinNumber)
    {
        lock (_gate)
        {
            return Mode(pinNumber);
        }
    }

    /// <summary>Without a level: an output starts at the level its line has now.</summary>
    protected override void SetPinMode(int pinNumber, PinMode mode) => SetPinMode(pinNumber, mode, mode == PinMode.Output ? Read(pinNumber) : PinValue.Low);

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        if (!IsPinModeSupported(pinNumber, mode))
        {
            throw new NotSupportedException("an MCP23017 has no pull-downs");
        }

        lock (_gate)
        {
            _ = Mode(pinNumber);
            if (mode == PinMode.Output)
            {
                _registers.Write(Mcp23017Registers.Latch, _latches = With(_latches, pinNumber, initialValue == PinValue.High));
            }
            else
            {
                _registers.Write(Mcp23017Registers.PullUp, _pullUps = With(_pullUps, pinNumber, mode == PinMode.InputPullUp));
            }

            _registers.Write(Mcp23017Registers.Direction, _directions = With(_directions, pinNumber, mode != PinMode.Output));
            _open[pinNumber] = mode;
        }
    }

    /// <summary>The level of the pin itself, for outputs too: a shorted output does not read back.</summary>
    protected override PinValue Read(int pinNumber)
    {
        lock (_gate)
        {
            _ = Mode(pinNumber);
            return Level(pinNumber);
        }
    }

    /// <inheritdoc/>
    protected override void Write(int pinNumber, PinValue value)
    {
        lock (_gate)
        {
            if (Mode(pinNumber) != PinMode.Output)
            {
                throw new InvalidOperationException($"line {pinNumber} is no output: set its mode first");
            }

            _registers.Write(Mcp23017Registers.Latch, _latches = With(_latches, pinNumber, value == PinValue.High));
        }
    }

    /// <inheritdoc/>
    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
        _callbacks.Wait(pinNumber, eventTypes, cancellationToken);

    /// <inheritdoc/>
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) =>
        _callbacks.Add(pinNumber, eventTypes, callback);

    /// <inheritdoc/>
    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
        _callbacks.Remove(pinNumber, callback);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate)
            {
                if (!_disposed)
                {
                    _disposed = true;
                    _timer?.Dispose();
                    _registers.Dispose();
                }
            }
        }

        base.Dispose(disposing);
    }

    private static ushort Bit(int line) => (ushort)(1 << line);

    private static ushort With(ushort bits, int line, bool set) => (ushort)(set ? bits | Bit(line) : bits & ~Bit(line));

    private PinMode Mode(int line) =>
        _open.TryGetValue(line, out PinMode mode) ? mode : throw new InvalidOperationException($"line {line} is not open");

    private bool Level(int line) => (_registers.Read(Mcp23017Registers.Port) & Bit(line)) != 0;

    private void Poll()
    {
        try
        {
            Look();
        }
        catch (IOException)
        {
            // The bus is gone for now: a read of the line tells it to whoever uses it, and the next look tries again.
        }

        lock (_gate)
        {
            if (!_disposed && _watched != 0)
            {
                _timer!.Change(_poll, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Unwatch(int line)
    {
        if (!_disposed && (_watched & Bit(line)) != 0 && _watchers.TrueForAll(watcher => watcher.Line != line))
        {
            _watched = With(_watched, line, false);
            _registers.Write(Mcp23017Registers.InterruptEnable, _watched);
        }
    }

    private sealed class Watcher(Mcp23017Driver chip, int line, Action<LineEdge> edge) : IDisposable
    {
        public void Dispose()
        {
            lock (chip._gate)
            {
                chip._watchers.RemoveAll(watcher => watcher.Line == line && watcher.Edge == edge);
                chip.Unwatch(line);
            }
        }
    }
}

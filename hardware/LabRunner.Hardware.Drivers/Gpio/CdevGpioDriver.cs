using System.Device.Gpio;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// <see cref="GpioDriver"/> over one chip of the kernel's GPIO character device: initial level and direction in one step, edges with kernel
/// time stamps and sequence numbers, one thread for all watched lines. Thread safe.
/// </summary>
internal sealed unsafe class CdevGpioDriver : GpioDriver, ILineEdges
{
    private const int BufferedEvents = 1024;
    private const int EventsPerRead = 64;

    private readonly string _path;
    private readonly string _consumer;
    private readonly ChipFacts _facts;
    private readonly int _chip;
    private readonly WakeEvent _wake = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Line> _lines = [];
    private readonly List<int> _retired = [];
    private Thread? _thread;
    private volatile bool _stop;

    /// <exception cref="IOException">No such chip, or no right to it.</exception>
    public CdevGpioDriver(string path, string consumer)
    {
        (_path, _consumer) = (path, consumer);
        _chip = Libc.Open(path, Libc.ReadWrite | Libc.CloseOnExec);
        if (_chip < 0)
        {
            throw Libc.Error(path);
        }

        byte* info = stackalloc byte[GpioUapi.ChipInfoSize];
        if (Libc.Ioctl(_chip, GpioUapi.GetChipInfo, info) < 0)
        {
            IOException failure = Libc.Error($"{path} is no GPIO chip");
            _ = Libc.Close(_chip);
            throw failure;
        }

        _facts = GpioUapi.ReadChipInfo(new ReadOnlySpan<byte>(info, GpioUapi.ChipInfoSize));
    }

    /// <inheritdoc/>
    protected override int PinCount => _facts.Lines;

    /// <summary>What the chip at a path says of itself; null where it cannot be opened.</summary>
    public static ChipFacts? Ask(string path)
    {
        try
        {
            using CdevGpioDriver driver = new(path, "");
            return driver._facts;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override GpioChipInfo GetChipInfo() => new(0, _facts.Name, _facts.Label, _facts.Lines);

    /// <inheritdoc/>
    public IDisposable Watch(int line, Action<LineEdge> edge)
    {
        lock (_gate)
        {
            Line open = Get(line);
            open.Watchers = [.. open.Watchers, edge];
            Configure(line, open, open.Mode, false);
            StartThread();
        }

        return new Watcher(this, line, edge);
    }

    /// <inheritdoc/>
    protected override void OpenPin(int pinNumber)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pinNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pinNumber, _facts.Lines);
        byte* info = stackalloc byte[GpioUapi.LineInfoSize];
        GpioUapi.WriteLineInfo(new Span<byte>(info, GpioUapi.LineInfoSize), pinNumber);
        if (Libc.Ioctl(_chip, GpioUapi.GetLineInfo, info) < 0)
        {
            throw Libc.Error($"{_path} line {pinNumber}");
        }

        (string consumer, GpioUapi.LineFlags flags) = GpioUapi.ReadLineInfo(new ReadOnlySpan<byte>(info, GpioUapi.LineInfoSize));
        if (flags.HasFlag(GpioUapi.LineFlags.Used))
        {
            throw new IOException($"{_path} line {pinNumber} is in use by '{consumer}'");
        }

        lock (_gate)
        {
            _lines.Add(pinNumber, new Line { Mode = flags.HasFlag(GpioUapi.LineFlags.Output) ? PinMode.Output : PinMode.Input });
        }
    }

    /// <inheritdoc/>
    protected override void ClosePin(int pinNumber)
    {
        lock (_gate)
        {
            if (_lines.Remove(pinNumber, out Line? line) && line.Descriptor >= 0)
            {
                if (_thread is null)
                {
                    _ = Libc.Close(line.Descriptor);
                }
                else
                {
                    // The thread may be polling it: closed here, its number could be another file's a moment later.
                    _retired.Add(line.Descriptor);
                    _wake.Set();
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode) => SetPinMode(pinNumber, mode, PinValue.Low);

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        lock (_gate)
        {
            Configure(pinNumber, Get(pinNumber), mode, initialValue == PinValue.High);
        }
    }

    /// <inheritdoc/>
    protected override PinMode GetPinMode(int pinNumber)
    {
        lock (_gate)
        {
            return Get(pinNumber).Mode;
        }
    }

    /// <inheritdoc/>
    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => Enum.IsDefined(mode);

    /// <inheritdoc/>
    protected override PinValue Read(int pinNumber)
    {
        byte* values = stackalloc byte[GpioUapi.ValuesSize];
        GpioUapi.WriteValues(new Span<byte>(values, GpioUapi.ValuesSize), false);
        lock (_gate)
        {
            Exchange(pinNumber, GpioUapi.GetValues, values, "read");
        }

        return GpioUapi.ReadValue(new ReadOnlySpan<byte>(values, GpioUapi.ValuesSize));
    }

    /// <inheritdoc/>
    protected override void Write(int pinNumber, PinValue value)
    {
        byte* values = stackalloc byte[GpioUapi.ValuesSize];
        GpioUapi.WriteValues(new Span<byte>(values, GpioUapi.ValuesSize), value == PinValue.High);
        lock (_gate)
        {
            Exchange(pinNumber, GpioUapi.SetValues, values, "write");
        }
    }

    /// <inheritdoc/>
    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken)
    {
        using ManualResetEventSlim happened = new();
        PinEventTypes type = PinEventTypes.None;
        void OnEdge(LineEdge edge)
        {
            PinEventTypes seen = edge.Rising ? PinEventTypes.Rising : PinEventTypes.Falling;
            if (eventTypes.HasFlag(seen) && !happened.IsSet)
            {
                type = seen;
                happened.Set();
            }
        }

        IDisposable watch = Watch(pinNumber, OnEdge);
        try
        {
            happened.Wait(cancellationToken);
            return new WaitForEventResult { EventTypes = type };
        }
        catch (OperationCanceledException)
        {
            return new WaitForEventResult { TimedOut = true };
        }
        finally
        {
            watch.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback)
    {
        IDisposable watch = Watch(pinNumber, edge =>
        {
            PinEventTypes type = edge.Rising ? PinEventTypes.Rising : PinEventTypes.Falling;
            if (eventTypes.HasFlag(type))
            {
                callback(this, new PinValueChangedEventArgs(type, pinNumber));
            }
        });
        lock (_gate)
        {
            Get(pinNumber).Callbacks.Add((callback, watch));
        }
    }

    /// <inheritdoc/>
    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback)
    {
        lock (_gate)
        {
            Line line = Get(pinNumber);
            foreach ((PinChangeEventHandler _, IDisposable watch) in line.Callbacks.Where(entry => entry.Handler == callback))
            {
                watch.Dispose();
            }

            line.Callbacks.RemoveAll(entry => entry.Handler == callback);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stop)
        {
            _stop = true;
            _wake.Set();
            _thread?.Join();
            foreach (int line in _lines.Values.Select(line => line.Descriptor).Concat(_retired).Where(descriptor => descriptor >= 0))
            {
                _ = Libc.Close(line);
            }

            _ = Libc.Close(_chip);
            _wake.Dispose();
        }

        base.Dispose(disposing);
    }

    private Line Get(int line) =>
        _lines.TryGetValue(line, out Line? open) ? open : throw new InvalidOperationException($"{_path} line {line} is not open");

    private void Exchange(int line, uint request, byte* values, string doing)
    {
        if (Libc.Ioctl(Get(line).Descriptor, request, values) < 0)
        {
            throw Libc.Error($"{_path} line {line}: {doing}");
        }
    }

    private void Configure(int number, Line line, PinMode mode, bool high)
    {
        GpioUapi.LineFlags flags = mode switch
        {
            PinMode.Output => GpioUapi.LineFlags.Output,
            PinMode.InputPullUp => GpioUapi.LineFlags.Input | GpioUapi.LineFlags.PullUp,
            PinMode.InputPullDown => GpioUapi.LineFlags.Input | GpioUapi.LineFlags.PullDown,
            _ => GpioUapi.LineFlags.Input,
        };
        if (line.Watchers.Length > 0)
        {
            flags |= mode != PinMode.Output
                ? GpioUapi.LineFlags.RisingEdge | GpioUapi.LineFlags.FallingEdge
                : throw new InvalidOperationException($"{_path} line {number} is an output: only inputs are watched");
        }

        byte* request = stackalloc byte[GpioUapi.RequestSize];
        if (line.Descriptor >= 0)
        {
            GpioUapi.WriteConfig(new Span<byte>(request, GpioUapi.ConfigSize), flags, high);
            if (Libc.Ioctl(line.Descriptor, GpioUapi.SetConfig, request) < 0)
            {
                throw Libc.Error($"{_path} line {number}: set mode");
            }
        }
        else
        {
            GpioUapi.WriteRequest(new Span<byte>(request, GpioUapi.RequestSize), number, _consumer, flags, high, BufferedEvents);
            if (Libc.Ioctl(_chip, GpioUapi.GetLine, request) < 0)
            {
                throw Libc.Error($"{_path} line {number}: request");
            }

            line.Descriptor = GpioUapi.ReadDescriptor(new ReadOnlySpan<byte>(request, GpioUapi.RequestSize));
        }

        line.Mode = mode;
        _wake.Set();
    }

    private void StartThread()
    {
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "gpio " + _path };
            _thread.Start();
        }
    }

    private void Run()
    {
        byte* events = stackalloc byte[GpioUapi.EventSize * EventsPerRead];
        while (!_stop)
        {
            KeyValuePair<int, Line>[] watched = Watched();
            Libc.PollEntry[] entries = new Libc.PollEntry[watched.Length + 1];
            entries[0] = new() { Descriptor = _wake.Descriptor, Events = Libc.PollIn };
            for (int i = 0; i < watched.Length; i++)
            {
                entries[i + 1] = new() { Descriptor = watched[i].Value.Descriptor, Events = Libc.PollIn };
            }

            bool changed = false;
            while (!changed && !_stop)
            {
                fixed (Libc.PollEntry* set = entries)
                {
                    if (Libc.Poll(set, (nuint)entries.Length, -1) < 0)
                    {
                        if (Marshal.GetLastPInvokeError() == Libc.EINTR)
                        {
                            continue;
                        }

                        return;
                    }
                }

                for (int i = 0; i < watched.Length; i++)
                {
                    if ((entries[i + 1].Returned & Libc.PollIn) != 0)
                    {
                        nint count = Libc.Read(entries[i + 1].Descriptor, events, GpioUapi.EventSize * EventsPerRead);
                        Deliver(watched[i].Value, new ReadOnlySpan<byte>(events, (int)Math.Max(0, count)));
                    }
                    else if (entries[i + 1].Returned != 0)
                    {
                        // The chip is gone (a USB expander was pulled): a read of the line tells it to whoever uses it.
                        entries[i + 1].Descriptor = -1;
                    }
                }

                if (entries[0].Returned != 0)
                {
                    _wake.Clear();
                    changed = true;
                }
            }
        }
    }

    private KeyValuePair<int, Line>[] Watched()
    {
        lock (_gate)
        {
            foreach (int descriptor in _retired)
            {
                _ = Libc.Close(descriptor);
            }

            _retired.Clear();
            return [.. _lines.Where(line => line.Value.Descriptor >= 0 && line.Value.Watchers.Length > 0)];
        }
    }

    private static void Deliver(Line line, ReadOnlySpan<byte> events)
    {
        for (; events.Length >= GpioUapi.EventSize; events = events[GpioUapi.EventSize..])
        {
            LineEdge edge = GpioUapi.ReadEvent(events);
            foreach (Action<LineEdge> watcher in line.Watchers)
            {
                watcher(edge);
            }
        }
    }

    private void Unwatch(int number, Action<LineEdge> edge)
    {
        lock (_gate)
        {
            if (!_stop && _lines.TryGetValue(number, out Line? line) && line.Watchers.Contains(edge))
            {
                line.Watchers = [.. line.Watchers.Where(watcher => watcher != edge)];
                Configure(number, line, line.Mode, false);
            }
        }
    }

    private sealed class Line
    {
        public int Descriptor { get; set; } = -1;

        public PinMode Mode { get; set; }

        /// <summary>Replaced as a whole, so that the thread may read it without the lock.</summary>
        public Action<LineEdge>[] Watchers { get; set; } = [];

        public List<(PinChangeEventHandler Handler, IDisposable Watch)> Callbacks { get; } = [];
    }

    private sealed class Watcher(CdevGpioDriver chip, int line, Action<LineEdge> edge) : IDisposable
    {
        public void Dispose() => chip.Unwatch(line, edge);
    }
}

using System.Device.Gpio;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>A GPIO chip in memory: outputs can be read by the test, inputs set by it, lines stuck, and every write is remembered.</summary>
internal class FakeChip : GpioDriver
{
    private readonly Dictionary<int, (PinMode Mode, bool Level)> _lines = [];
    private readonly List<(int Line, PinEventTypes Types, PinChangeEventHandler Handler)> _callbacks = [];

    /// <summary>"open 3 output 1", "write 3 0", "close 3".</summary>
    public List<string> Trace { get; } = [];

    /// <summary>Lines that do not follow a write.</summary>
    public HashSet<int> Stuck { get; } = [];

    /// <summary>Thrown from reads and writes.</summary>
    public Exception? Broken { get; set; }

    protected override int PinCount => 32;

    public bool this[int line] => _lines[line].Level;

    /// <summary>Mode that a line was opened with.</summary>
    public PinMode ModeOf(int line) => _lines[line].Mode;

    /// <summary>Changes an input from outside.</summary>
    public virtual void Drive(int line, bool high)
    {
        _lines[line] = (_lines[line].Mode, high);
        PinEventTypes type = high ? PinEventTypes.Rising : PinEventTypes.Falling;
        foreach ((int _, PinEventTypes _, PinChangeEventHandler handler) in _callbacks.Where(entry => entry.Line == line && entry.Types.HasFlag(type)).ToArray())
        {
            handler(this, new PinValueChangedEventArgs(type, line));
        }
    }

    protected override void OpenPin(int pinNumber) => _lines[pinNumber] = (PinMode.Input, false);

    protected override void ClosePin(int pinNumber)
    {
        Trace.Add($"close {pinNumber}");
        _lines.Remove(pinNumber);
    }

    protected override void SetPinMode(int pinNumber, PinMode mode) => _lines[pinNumber] = (mode, _lines[pinNumber].Level);

    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        Trace.Add($"open {pinNumber} {mode} {initialValue}");
        _lines[pinNumber] = (mode, initialValue == PinValue.High);
    }

    protected override PinMode GetPinMode(int pinNumber) => _lines[pinNumber].Mode;

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

    protected override PinValue Read(int pinNumber) => Broken is null ? _lines[pinNumber].Level : throw Broken;

    protected override void Write(int pinNumber, PinValue value)
    {
        Trace.Add($"write {pinNumber} {value}");
        if (Broken is not null)
        {
            throw Broken;
        }

        if (!Stuck.Contains(pinNumber))
        {
            _lines[pinNumber] = (PinMode.Output, value == PinValue.High);
        }
    }

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) =>
        _callbacks.Add((pinNumber, eventTypes, callback));

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
        _callbacks.RemoveAll(entry => entry.Line == pinNumber && entry.Handler == callback);
}

/// <summary>The same with stamped edges.</summary>
internal sealed class FakeStampingChip : FakeChip, ILineEdges
{
    private readonly List<(int Line, Action<LineEdge> Edge)> _watchers = [];

    public int Watchers => _watchers.Count;

    public void Edge(LineEdge edge)
    {
        foreach ((int _, Action<LineEdge> watcher) in _watchers.Where(entry => entry.Line == edge.Line).ToArray())
        {
            watcher(edge);
        }
    }

    public IDisposable Watch(int line, Action<LineEdge> edge)
    {
        _watchers.Add((line, edge));
        return new Stop(() => _watchers.RemoveAll(entry => entry.Edge == edge));
    }

    private sealed class Stop(Action stop) : IDisposable
    {
        public void Dispose() => stop();
    }
}

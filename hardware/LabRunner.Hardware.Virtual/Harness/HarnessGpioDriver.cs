using System.Device.Gpio;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// <see cref="GpioDriver"/> over the harness socket. Directions are fixed by the harness; an opened output keeps its level
/// until it is written, and a closed one keeps it too, as on a Raspberry Pi. Thread safe.
/// </summary>
/// <remarks>Every access throws <see cref="Faults.BenchFaultException"/> of kind Gpio when the harness is gone or refuses.</remarks>
public sealed class HarnessGpioDriver : GpioDriver, ILineEdges
{
    private readonly HarnessLink _link;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<Watcher>> _watchers = [];
    private readonly Dictionary<(int Pin, PinChangeEventHandler Handler), IDisposable> _callbacks = [];

    internal HarnessGpioDriver(HarnessLink link)
    {
        _link = link;
        _link.Edge += OnEdge;
    }

    /// <inheritdoc/>
    protected override int PinCount => _link.Request(new HarnessRequest { Op = HarnessProtocol.Info }).Lines;

    /// <inheritdoc/>
    public IDisposable Watch(int line, Action<LineEdge> edge)
    {
        ArgumentNullException.ThrowIfNull(edge);
        Watcher watcher = new(this, line, edge);
        bool first;
        lock (_gate)
        {
            if (!_watchers.TryGetValue(line, out List<Watcher>? watchers))
            {
                _watchers[line] = watchers = [];
            }

            first = watchers.Count == 0;
            watchers.Add(watcher);
        }

        if (first)
        {
            try
            {
                _link.Request(new HarnessRequest { Op = HarnessProtocol.Watch, At = line });
            }
            catch
            {
                lock (_gate)
                {
                    _watchers[line].Remove(watcher);
                }

                throw;
            }
        }

        return watcher;
    }

    /// <inheritdoc/>
    protected override void OpenPin(int pinNumber) => Level(pinNumber);

    /// <inheritdoc/>
    protected override void ClosePin(int pinNumber)
    {
    }

    /// <inheritdoc/>
    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) =>
        mode == (HarnessProtocol.IsOutput(pinNumber) ? PinMode.Output : PinMode.Input);

    /// <inheritdoc/>
    protected override PinMode GetPinMode(int pinNumber) => HarnessProtocol.IsOutput(pinNumber) ? PinMode.Output : PinMode.Input;

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode)
    {
        if (!IsPinModeSupported(pinNumber, mode))
        {
            throw new InvalidOperationException($"Line {pinNumber} of the harness is an {GetPinMode(pinNumber)} and cannot be an {mode}.");
        }
    }

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        SetPinMode(pinNumber, mode);
        if (mode == PinMode.Output)
        {
            Write(pinNumber, initialValue);
        }
    }

    /// <inheritdoc/>
    protected override PinValue Read(int pinNumber) => Level(pinNumber);

    /// <inheritdoc/>
    protected override void Toggle(int pinNumber) => Write(pinNumber, !Read(pinNumber));

    /// <inheritdoc/>
    protected override void Write(int pinNumber, PinValue value) =>
        _link.Request(new HarnessRequest { Op = HarnessProtocol.Set, At = pinNumber, High = value == PinValue.High });

    /// <inheritdoc/>
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback)
    {
        IDisposable watch = Watch(pinNumber, edge =>
        {
            PinEventTypes change = Change(edge);
            if (eventTypes.HasFlag(change))
            {
                callback(this, new PinValueChangedEventArgs(change, pinNumber));
            }
        });
        lock (_gate)
        {
            _callbacks[(pinNumber, callback)] = watch;
        }
    }

    /// <inheritdoc/>
    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback)
    {
        IDisposable? watch;
        lock (_gate)
        {
            _callbacks.Remove((pinNumber, callback), out watch);
        }

        watch?.Dispose();
    }

    /// <inheritdoc/>
    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken)
    {
        using SemaphoreSlim seen = new(0);
        PinEventTypes change = PinEventTypes.None;
        using (Watch(pinNumber, edge =>
        {
            if (change == PinEventTypes.None && eventTypes.HasFlag(Change(edge)))
            {
                change = Change(edge);
                seen.Release();
            }
        }))
        {
            try
            {
                seen.Wait(cancellationToken);
                return new WaitForEventResult { EventTypes = change };
            }
            catch (OperationCanceledException)
            {
                // The base class's contract: a cancelled wait is a timeout, not an exception.
                return new WaitForEventResult { TimedOut = true };
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _link.Dispose();
        }

        base.Dispose(disposing);
    }

    private static PinEventTypes Change(LineEdge edge) => edge.Rising ? PinEventTypes.Rising : PinEventTypes.Falling;

    private bool Level(int line) => _link.Request(new HarnessRequest { Op = HarnessProtocol.Get, At = line }).High;

    private void OnEdge(HarnessEdge edge)
    {
        Watcher[] watchers;
        lock (_gate)
        {
            watchers = _watchers.TryGetValue(edge.Line, out List<Watcher>? list) ? [.. list] : [];
        }

        LineEdge line = new(edge.Line, edge.Rising, edge.Nanoseconds, edge.Sequence);
        foreach (Watcher watcher in watchers)
        {
            watcher.Edge(line);
        }
    }

    private void Remove(Watcher watcher)
    {
        bool last;
        lock (_gate)
        {
            last = _watchers[watcher.Line].Remove(watcher) && _watchers[watcher.Line].Count == 0;
        }

        if (last)
        {
            try
            {
                _link.Request(new HarnessRequest { Op = HarnessProtocol.Unwatch, At = watcher.Line });
            }
            catch (Faults.BenchFaultException)
            {
                // The harness is gone and with it the watch; disposal must not hide the fault that was reported first.
            }
        }
    }

    private sealed class Watcher(HarnessGpioDriver owner, int line, Action<LineEdge> edge) : IDisposable
    {
        public int Line => line;

        public Action<LineEdge> Edge => edge;

        public void Dispose() => owner.Remove(this);
    }
}

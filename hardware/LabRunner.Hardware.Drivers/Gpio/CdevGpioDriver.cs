using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// <see cref="GpioDriver"/> over one chip of the kernel's GPIO character device: initial level and direction in one step, drive, bias and
/// debounce by the kernel, edges with kernel time stamps and sequence numbers, one thread for all watched lines. Thread safe.
/// </summary>
internal sealed class CdevGpioDriver : GpioDriver, ILineEdges, ILineSettings
{
    private readonly CdevRequests _kernel;
    private readonly CdevEdges _edges;
    private readonly EdgeCallbacks _callbacks;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, CdevLine> _lines = [];
    private readonly Dictionary<int, LineSettings> _prepared = [];
    private bool _disposed;

    /// <exception cref="IOException">No such chip, or no right to it.</exception>
    public CdevGpioDriver(string path, string consumer, IGpioKernel? kernel = null)
    {
        _kernel = new CdevRequests(path, consumer, kernel ?? LinuxGpioKernel.Instance);
        _edges = new CdevEdges(path);
        _callbacks = new EdgeCallbacks(this, this);
    }

    /// <inheritdoc/>
    protected override int PinCount => _kernel.Facts.Lines;

    /// <summary>What the chip at a path says of itself; null where it cannot be opened.</summary>
    public static ChipFacts? Ask(string path)
    {
        try
        {
            using CdevGpioDriver driver = new(path, "");
            return driver._kernel.Facts;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override GpioChipInfo GetChipInfo() => new(0, _kernel.Facts.Name, _kernel.Facts.Label, _kernel.Facts.Lines);

    /// <inheritdoc/>
    public IReadOnlyList<int> Find(string name) => [.. Enumerable.Range(0, _kernel.Facts.Lines).Where(line => _kernel.Ask(line).Name == name)];

    /// <inheritdoc/>
    public void Prepare(int line, LineSettings settings)
    {
        lock (_gate)
        {
            if (_lines.ContainsKey(line))
            {
                throw new InvalidOperationException($"{_kernel.Path} line {line} is open already");
            }

            _prepared[line] = settings;
        }
    }

    /// <inheritdoc/>
    public IDisposable Watch(int line, Action<LineEdge> edge)
    {
        // .NET's time stamps are CLOCK_MONOTONIC in nanoseconds, as the kernel's edges are.
        CdevWatcher watcher = new(edge, TimeProvider.System.GetTimestamp());
        lock (_gate)
        {
            CdevLine open = Get(line);
            if (open.Mode == PinMode.Output)
            {
                throw new InvalidOperationException($"{_kernel.Path} line {line} is an output: only inputs are watched");
            }

            CdevWatcher[] before = open.Watchers;
            open.Watchers = [.. before, watcher];
            try
            {
                _kernel.Configure(open, open.Mode, false);
            }
            catch
            {
                open.Watchers = before;
                throw;
            }

            Rewatch();
        }

        return new Unwatcher(this, line, watcher);
    }

    /// <inheritdoc/>
    protected override void OpenPin(int pinNumber)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pinNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(pinNumber, _kernel.Facts.Lines);
        LineFacts facts = _kernel.Ask(pinNumber);
        if (facts.Flags.HasFlag(GpioUapi.LineFlags.Used))
        {
            throw _kernel.Busy(pinNumber, facts);
        }

        lock (_gate)
        {
            _prepared.Remove(pinNumber, out LineSettings? settings);
            PinMode mode = facts.Flags.HasFlag(GpioUapi.LineFlags.Output) ? PinMode.Output : PinMode.Input;
            _lines.Add(pinNumber, new CdevLine(pinNumber, mode, settings ?? LineSettings.Plain));
        }
    }

    /// <inheritdoc/>
    protected override void ClosePin(int pinNumber)
    {
        CdevLine? line;
        lock (_gate)
        {
            if (!_lines.Remove(pinNumber, out line) || line.Descriptor < 0)
            {
                return;
            }

            Rewatch();
        }

        _callbacks.Clear(pinNumber);
        _edges.Close(line.Descriptor);
    }

    /// <summary>Without a level: an output starts at the level its line has now, so that nothing clicks.</summary>
    protected override void SetPinMode(int pinNumber, PinMode mode) =>
        SetPinMode(pinNumber, mode, mode == PinMode.Output ? Read(pinNumber) : PinValue.Low);

    /// <inheritdoc/>
    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        lock (_gate)
        {
            CdevLine line = Get(pinNumber);
            if (mode == PinMode.Output && line.Watchers.Length > 0)
            {
                throw new InvalidOperationException($"{_kernel.Path} line {pinNumber} is watched: only inputs are");
            }

            _kernel.Configure(line, mode, initialValue == PinValue.High);
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
        lock (_gate)
        {
            CdevLine line = Get(pinNumber);
            if (line.Descriptor < 0)
            {
                _kernel.RequestAsIs(line);
            }

            return _kernel.Read(line);
        }
    }

    /// <inheritdoc/>
    protected override void Write(int pinNumber, PinValue value)
    {
        lock (_gate)
        {
            CdevLine line = Get(pinNumber);
            if (line.Mode != PinMode.Output || line.Descriptor < 0)
            {
                throw new InvalidOperationException($"{_kernel.Path} line {pinNumber} is no output: set its mode first");
            }

            _kernel.Write(line, value == PinValue.High);
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
        if (disposing && !_disposed)
        {
            _disposed = true;
            _edges.Dispose();
            foreach (CdevLine line in _lines.Values.Where(line => line.Descriptor >= 0))
            {
                _ = Libc.Close(line.Descriptor);
            }

            _kernel.Dispose();
        }

        base.Dispose(disposing);
    }

    private CdevLine Get(int line) =>
        _lines.TryGetValue(line, out CdevLine? open) ? open : throw new InvalidOperationException($"{_kernel.Path} line {line} is not open");

    private void Rewatch() => _edges.Watch([.. _lines.Values.Where(line => line.Descriptor >= 0 && line.Watchers.Length > 0)]);

    private void Unwatch(int number, CdevWatcher watcher)
    {
        lock (_gate)
        {
            if (!_disposed && _lines.TryGetValue(number, out CdevLine? line) && line.Watchers.Any(other => ReferenceEquals(other, watcher)))
            {
                line.Watchers = [.. line.Watchers.Where(other => !ReferenceEquals(other, watcher))];
                _kernel.Configure(line, line.Mode, false);
                Rewatch();
            }
        }
    }

    private sealed class Unwatcher(CdevGpioDriver chip, int line, CdevWatcher watcher) : IDisposable
    {
        public void Dispose() => chip.Unwatch(line, watcher);
    }
}

using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// One line of a bench chip as a slot driver has it: active or not, whatever the level that stands for it. Everything a chip throws becomes a
/// bench fault that names slot, chip and line. Thread safe as far as its chip is.
/// </summary>
internal sealed class BenchLine : IDisposable
{
    private readonly IDriverContext _context;
    private readonly GpioController _controller;
    private readonly LineOptions _options;
    private readonly int _offset;
    private bool _closed;

    private BenchLine(IDriverContext context, LineOptions options, LineSettings settings, bool output, bool keep = false)
    {
        (_context, _options) = (context, options);
        _controller = context.Resource<GpioController>(options.Chip);
        ILineSettings? chip = Offer<ILineSettings>();
        _offset = Find(chip);
        Guard($"opened as {(output ? "output" : "input")}", () =>
        {
            if (_controller.IsPinOpen(_offset))
            {
                // Opening twice would give both the same pin without a word.
                throw new InvalidOperationException("another driver of this bench has it");
            }

            Prepare(chip, settings with { Consumer = context.Place }, output);
            try
            {
                return keep ? OpenAsItIs(() => Prepare(chip, settings with { Consumer = context.Place }, output)) : output ? _controller.OpenPin(_offset, PinMode.Output, Level(false)) : _controller.OpenPin(_offset, InputMode());
            }
            catch when (_controller.IsPinOpen(_offset))
            {
                // It was opened and its mode refused: another try must find it free.
                _controller.ClosePin(_offset);
                throw;
            }
        });
    }

    /// <summary>Opens an output, inactive: level and direction in one step, so that nothing clicks.</summary>
    /// <exception cref="BenchFaultException">No such chip or line, somebody has it, or the chip cannot do what the options ask.</exception>
    public static BenchLine Output(IDriverContext context, OutputOptions options) =>
        new(context, options, new LineSettings { Drive = options.Drive, Bias = options.Bias }, output: true);

    /// <summary>Opens an output and leaves it as it is: active where it was left active, else inactive. Nothing clicks.</summary>
    /// <exception cref="BenchFaultException">As for an output; or the chip's driver cannot tell what a line is before it changes it.</exception>
    public static BenchLine KeptOutput(IDriverContext context, OutputOptions options) =>
        new(context, options, new LineSettings { Drive = options.Drive, Bias = options.Bias }, output: true, keep: true);

    /// <summary>Opens an input.</summary>
    /// <exception cref="BenchFaultException">As for an output; or the debounce time is out of its range.</exception>
    public static BenchLine Input(IDriverContext context, InputOptions options) =>
        options.Debounce < TimeSpan.Zero || options.Debounce > TimeSpan.FromMinutes(1)
            ? throw new BenchFaultException(FaultKind.Configuration, context.Place, "debounce is out of range", "Write 0s to 1m")
            : new(context, options, new LineSettings { Bias = options.Bias, Debounce = options.Debounce }, output: false);

    /// <summary>As messages name it.</summary>
    public override string ToString() => $"line {_options.Line} of chip '{_options.Chip}'";

    /// <summary>Writes without checking.</summary>
    public void Write(bool active) =>
        Guard("written", () =>
        {
            _controller.Write(_offset, Level(active));
            return true;
        });

    /// <summary>What the line itself says, read from the chip.</summary>
    public bool Read() => Guard("read", () => _controller.Read(_offset) == Level(true));

    /// <summary>Writes and reads back: some drivers swallow a failing write, and a released open drain can be held by another.</summary>
    /// <exception cref="BenchFaultException">Kind Gpio: the line did not follow.</exception>
    public void Set(bool active)
    {
        Write(active);
        Confirm(active);
    }

    /// <summary>Reads back what was written.</summary>
    /// <exception cref="BenchFaultException">Kind Gpio: the line did not follow.</exception>
    public void Confirm(bool active)
    {
        if (Read() != active)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, _context.Place, $"{this} did not go {(Level(active) == PinValue.High ? "high" : "low")}",
                "Look for a short on the line, a second driver of it or, with openDrain and openSource, a missing pull resistor");
        }
    }

    /// <summary>
    /// Watches the edges, told with their run time (the kernel's stamp where the chip gives one, else the time of the call), the new state
    /// and how many edges were lost just before.
    /// </summary>
    /// <returns>Dispose it to stop.</returns>
    public IDisposable Watch(Action<TimeSpan, bool, uint> edge)
    {
        if (Offer<ILineEdges>() is { } stamped)
        {
            return Guard("watched", () => stamped.Watch(
                _offset, seen => edge(_context.Clock.At(seen.MonotonicNanoseconds), seen.Rising != _options.ActiveLow, seen.Lost)));
        }

        void OnChanged(object sender, PinValueChangedEventArgs change) =>
            edge(_context.Clock.Elapsed, change.ChangeType == PinEventTypes.Rising != _options.ActiveLow, 0);
        return Guard("watched", () =>
        {
            _controller.RegisterCallbackForPinValueChangedEvent(_offset, PinEventTypes.Rising | PinEventTypes.Falling, OnChanged);
            return new Stop(() => _controller.UnregisterCallbackForPinValueChangedEvent(_offset, OnChanged));
        });
    }

    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            Guard("closed", () =>
            {
                _controller.ClosePin(_offset);
                return true;
            });
        }
    }

    private GpioPin OpenAsItIs(Action prepare)
    {
        GpioPin pin = _controller.OpenPin(_offset);
        bool driven;
        try
        {
            // An input keeps nothing on: its level is the pull's. Reading comes before the mode is set, or it would be too late.
            driven = _controller.GetPinMode(_offset) == PinMode.Output && _controller.Read(_offset) == Level(true);
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, _context.Place, $"{this} is to keep its level, and its chip's driver cannot tell that level before it changes it: {failure.Message.TrimEnd('.')}",
                "Use a 'driver: cdev' chip, or leave out keepPower", failure);
        }

        if (driven)
        {
            // Without a level: the driver takes the one that the line has.
            _controller.SetPinMode(_offset, PinMode.Output);
            return pin;
        }

        _controller.ClosePin(_offset);
        prepare();
        return _controller.OpenPin(_offset, PinMode.Output, Level(false));
    }

    private PinValue Level(bool active) => active != _options.ActiveLow ? PinValue.High : PinValue.Low;

    private PinMode InputMode() =>
        _options.Bias switch { LineBias.Up => PinMode.InputPullUp, LineBias.Down => PinMode.InputPullDown, _ => PinMode.Input };

    private int Find(ILineSettings? chip)
    {
        if (_options.Line.Name is not { } name)
        {
            return _options.Line.Offset;
        }

        IReadOnlyList<int> hits = chip is null ? [] : Guard("looked for", () => chip.Find(name));
        return hits.Count == 1 ? hits[0] : throw new BenchFaultException(
            FaultKind.Configuration, _context.Place,
            hits.Count == 0 ? $"chip '{_options.Chip}' has no line '{name}'" : $"{hits.Count} lines of chip '{_options.Chip}' have the name '{name}'",
            chip is null ? "This chip knows no names: give the line's offset" : "Give the line's offset ('gpioinfo' shows offsets and names)");
    }

    private void Prepare(ILineSettings? chip, LineSettings settings, bool output)
    {
        try
        {
            if (chip is not null)
            {
                chip.Prepare(_offset, settings);
                return;
            }

            // Pull-ups and pull-downs of inputs are in the pin mode and need no settings.
            bool bias = settings.Bias == LineBias.Off || (output && settings.Bias != LineBias.AsIs);
            if (bias || settings.Drive != LineDrive.PushPull || settings.Debounce != TimeSpan.Zero)
            {
                throw new NotSupportedException($"it has no {(bias ? "such bias" : settings.Debounce != TimeSpan.Zero ? "debounce" : "such drive")}");
            }
        }
        catch (NotSupportedException refusal)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, _context.Place, $"chip '{_options.Chip}' cannot give {this} these options: {refusal.Message.TrimEnd('.')}",
                "Leave the option out, or use a line of a 'driver: cdev' chip", refusal);
        }
    }

    private T? Offer<T>()
        where T : class
    {
        try
        {
            return _context.Resource<T>(_options.Chip);
        }
        catch (BenchFaultException)
        {
            // The chip exists (its controller was had first): it merely lacks this ability.
            return null;
        }
    }

    private T Guard<T>(string doing, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, _context.Place, $"{this} cannot be {doing}: {failure.Message.TrimEnd('.')}",
                "Check that the line exists, that nothing else uses it ('gpioinfo' shows both), and that the chip is still there", failure);
        }
    }

    private sealed class Stop(Action stop) : IDisposable
    {
        public void Dispose() => stop();
    }
}

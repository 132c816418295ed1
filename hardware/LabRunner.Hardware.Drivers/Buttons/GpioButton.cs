// Inventory:
//   button: { driver: gpio, chip: pi, line: 24 }                                         # an optocoupler across the plug's button
//   button: { driver: gpio, chip: pi, line: 24, drive: relay, operate: 5ms, release: 2ms }   # a reed relay; its data sheet's times
//   button: { driver: gpio, chip: pi, line: 24, drive: openDrain }                       # the line itself on the button's pin: no mains slot
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Gpio;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Buttons;

/// <summary>What the line drives.</summary>
public enum ButtonDrive
{
    /// <summary>An optocoupler: driven both ways.</summary>
    Opto,

    /// <summary>A relay or solenoid: driven both ways, and slow.</summary>
    Relay,

    /// <summary>The button's pin itself: low is pushed, let go is high impedance. Joins the grounds of bench and DUT.</summary>
    OpenDrain,
}

/// <summary>Options of <see cref="GpioButton"/>.</summary>
public sealed record GpioButtonOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>Offset of the line on its chip.</summary>
    [Description("Offset of the line on its chip (on a Raspberry Pi: the BCM number).")]
    [Range(0, 1023)]
    public required int Line { get; init; }

    /// <summary>True: a low level pushes. Default false; not with open drain, where low always pushes.</summary>
    [Description("True where a low level pushes. Default false; without meaning for openDrain.")]
    public bool ActiveLow { get; init; }

    /// <summary>What the line drives. Default opto.</summary>
    [Description("What the line drives: opto, relay or openDrain. Default opto.")]
    public ButtonDrive Drive { get; init; }

    /// <summary>From the line's edge to the closed contact, run time. Default 0.</summary>
    [Description("Time from the line's edge to the closed contact (a relay's operate time). Default 0s.")]
    public TimeSpan Operate { get; init; }

    /// <summary>From the line's edge to the open contact, run time. Default 0.</summary>
    [Description("Time from the line's edge to the open contact (a relay's release time). Default 0s.")]
    public TimeSpan Release { get; init; }
}

/// <summary>A button actuator on one GPIO line. Opened let go; let go again at disposal.</summary>
[Driver(Contracts.Button, "gpio")]
public sealed class GpioButton : IButton
{
    private readonly GpioButtonOptions _options;
    private readonly IDriverContext _context;
    private readonly OutputLine? _line;
    private readonly GpioController _controller;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, the line cannot be had, or a time is below 0.</exception>
    public GpioButton(GpioButtonOptions options, IDriverContext context)
    {
        if (options.Operate < TimeSpan.Zero || options.Release < TimeSpan.Zero)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "operate or release is below 0", "Write them like 5ms");
        }

        (_options, _context) = (options, context);
        _controller = context.Resource<GpioController>(options.Chip);
        if (options.Drive == ButtonDrive.OpenDrain)
        {
            LineFault.OpenInput(context, options.Chip, options.Line, LinePull.None);
        }
        else
        {
            _line = new OutputLine(context, options.Chip, options.Line, options.ActiveLow);
        }
    }

    /// <inheritdoc/>
    public async Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan before = _context.Clock.Elapsed;
        if (_line is not null)
        {
            _line.Write(pressed);
        }
        else
        {
            Pull(pressed);
        }

        TimeSpan after = _context.Clock.Elapsed;
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) != pressed)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, _context.Place, $"line {_options.Line} of chip '{_options.Chip}' did not go {(Level(pressed) ? "high" : "low")}",
                "Look for a short on the line or a second driver of it");
        }

        TimeSpan delay = pressed ? _options.Operate : _options.Release;
        if (delay > TimeSpan.Zero)
        {
            await Time.ExactDelay.WaitAsync(delay, _context.Clock, CancellationToken.None).ConfigureAwait(false);
        }

        return new ButtonEdge(before + ((after - before) / 2) + delay, pressed, (after - before) / 2);
    }

    /// <inheritdoc/>
    public Task<bool?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<bool?>(_line is not null
            ? _line.Read()
            : LineFault.Guard(_context, _options.Chip, _options.Line, "read", () => _controller.GetPinMode(_options.Line) == PinMode.Output && _controller.Read(_options.Line) == PinValue.Low));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            if (_line is not null)
            {
                using (_line)
                {
                    _line.Write(false);
                }
            }
            else
            {
                LineFault.Guard(_context, _options.Chip, _options.Line, "closed", () =>
                {
                    _controller.ClosePin(_options.Line);
                    return true;
                });
            }
        }

        return ValueTask.CompletedTask;
    }

    private bool Level(bool pressed) => pressed != (_options.ActiveLow || _options.Drive == ButtonDrive.OpenDrain);

    // Closed in between, the line floats, which is "let go"; opened low in one step, it never drives high.
    private void Pull(bool pressed) =>
        LineFault.Guard(_context, _options.Chip, _options.Line, pressed ? "pulled low" : "let go", () =>
        {
            _controller.ClosePin(_options.Line);
            return pressed ? _controller.OpenPin(_options.Line, PinMode.Output, PinValue.Low) : _controller.OpenPin(_options.Line, PinMode.Input);
        });
}

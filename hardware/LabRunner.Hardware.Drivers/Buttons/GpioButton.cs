// Inventory:
//   button: { driver: gpio, chip: pi, line: GPIO24 }                                             # an optocoupler across the plug's button
//   button: { driver: gpio, chip: pi, line: GPIO24, drive: relay, operate: 5ms, release: 2ms }   # a reed relay; its data sheet's times
//   button: { driver: gpio, chip: pi, line: GPIO24, drive: openDrain }                           # the line itself on the button's pin: a mains slot must say isolated
using System.ComponentModel;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;

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
public sealed record GpioButtonOptions : LineOptions, IJoinsGrounds
{
    /// <inheritdoc/>
    string? IJoinsGrounds.Joined => Drive == ButtonDrive.OpenDrain ? "drive: openDrain" : null;

    /// <summary>What the line drives. Default opto. With open drain, low always pushes, whatever activeLow says.</summary>
    [Description("What the line drives: opto, relay or openDrain (low always pushes). Default opto.")]
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
    private readonly BenchLine _line;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, the line cannot be had or has no open drain, or a time is below 0.</exception>
    public GpioButton(GpioButtonOptions options, IDriverContext context)
    {
        if (options.Operate < TimeSpan.Zero || options.Release < TimeSpan.Zero)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "operate or release is below 0", "Write them like 5ms");
        }

        (_options, _context) = (options, context);
        bool drain = options.Drive == ButtonDrive.OpenDrain;
        _line = BenchLine.Output(context, new OutputOptions
        {
            Chip = options.Chip,
            Line = options.Line,
            ActiveLow = drain || options.ActiveLow,
            Bias = options.Bias,
            Drive = drain ? LineDrive.OpenDrain : LineDrive.PushPull,
        });
    }

    /// <inheritdoc/>
    public async Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan before = _context.Clock.Elapsed;
        _line.Write(pressed);
        TimeSpan after = _context.Clock.Elapsed;
        _line.Confirm(pressed);
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
        return Task.FromResult<bool?>(_line.Read());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            using (_line)
            {
                _line.Write(false);
            }
        }

        return ValueTask.CompletedTask;
    }
}

// Inventory:
//   button: { driver: servo, chip: pwm, channel: 0, rest: 1100, press: 1450, travel: 150ms }
// A hobby servo whose horn pushes the plug's button: pulses of 500 to 2500 µs on a 20 ms period. Isolated by nature. rest and press are found
// by hand; travel is its data sheet's time for that angle, rounded up.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Pwm;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Buttons;

/// <summary>Options of <see cref="ServoButton"/>.</summary>
public sealed record ServoButtonOptions
{
    /// <summary>Name of the PWM chip under resources.</summary>
    [Description("Name of the pwm resource.")]
    public required string Chip { get; init; }

    /// <summary>Channel of the chip.</summary>
    [Description("Channel of the chip.")]
    [Range(0, 1023)]
    public required int Channel { get; init; }

    /// <summary>Pulse at rest, µs.</summary>
    [Description("Pulse width at rest, microseconds.")]
    [Range(500, 2500)]
    public required int Rest { get; init; }

    /// <summary>Pulse while pushing, µs.</summary>
    [Description("Pulse width while pushing, microseconds.")]
    [Range(500, 2500)]
    public required int Press { get; init; }

    /// <summary>Longest time from rest to push and back, run time. Default 200 ms.</summary>
    [Description("Longest time from rest to push and back. Default 200ms.")]
    public TimeSpan Travel { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>
/// A button pushed by a servo. Built at rest; at rest again at disposal. A movement's edge lies within its travel, which is what its
/// uncertainty says: presses shorter than twice the travel cannot be made.
/// </summary>
[Driver(Contracts.Button, "servo")]
public sealed class ServoButton : IButton
{
    private readonly ServoButtonOptions _options;
    private readonly IDriverContext _context;
    private readonly PwmChannel _channel;
    private readonly IServoPulse _pulse;
    private bool _pressed;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip or channel, or rest and press are one width.</exception>
    public ServoButton(ServoButtonOptions options, IDriverContext context)
    {
        if (options.Rest == options.Press || options.Travel < TimeSpan.Zero)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "rest and press are one pulse width, or travel is below 0", "Find both by hand, then write them in microseconds");
        }

        (_options, _context) = (options, context);
        _channel = context.Resource<IPwmChip>(options.Chip).Open(options.Channel);
        _pulse = ServoPulses.For(_channel);
        _pulse.Set(options.Rest);
    }

    /// <inheritdoc/>
    public async Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan before = _context.Clock.Elapsed;
        if (pressed == _pressed)
        {
            return new ButtonEdge(before, pressed, TimeSpan.Zero);
        }

        int wanted = pressed ? _options.Press : _options.Rest;
        _pulse.Set(wanted);
        _pressed = pressed;

        // Not cancellable: the horn moves once it is told.
        await Time.ExactDelay.WaitAsync(_options.Travel, _context.Clock, CancellationToken.None).ConfigureAwait(false);
        if (_pulse.Microseconds is { } read && Math.Abs(read - wanted) > 5)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, _context.Place, $"channel {_options.Channel} of '{_options.Chip}' emits {read} µs instead of {wanted} µs", "Look for a second user of the channel");
        }

        TimeSpan half = (_context.Clock.Elapsed - before) / 2;
        return new ButtonEdge(before + half, pressed, half);
    }

    /// <inheritdoc/>
    public Task<bool?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int? read = _pulse.Microseconds;
        return Task.FromResult(read is { } width ? Math.Abs(width - _options.Press) < Math.Abs(width - _options.Rest) : (bool?)null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            using (_channel)
            {
                _pulse.Set(_options.Rest);
            }
        }

        return ValueTask.CompletedTask;
    }
}

// Inventory:
//   power: { driver: gpio, chip: pi, line: GPIO17 }     # or line: 17; activeLow: true, drive: openDrain, minOff: 2s, settle: 20ms
// A relay, contactor or MOSFET on a GPIO line. The line must be pulled to "off" by a resistor: a chip's lines float until they are opened.
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="GpioPower"/>.</summary>
public sealed record GpioPowerOptions : OutputOptions
{
    /// <summary>Shortest time off before the next on, run time. Default 0.</summary>
    [Description("Shortest time off before the next on. Default 0s.")]
    public TimeSpan MinOff { get; init; } = TimeSpan.Zero;

    /// <summary>Time between writing and reading back, run time. Default 10 ms.</summary>
    [Description("Time between writing the line and reading it back. Default 10ms.")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(10);
}

/// <summary>
/// A supply behind one GPIO line. Opening it switches off. Disposing closes the line and does not switch: whether a slot keeps its power is
/// the bench's decision.
/// </summary>
[Driver(Contracts.Power, "gpio")]
public sealed class GpioPower : IPowerSwitch
{
    private readonly GpioPowerOptions _options;
    private readonly IDriverContext _context;
    private readonly BenchLine _line;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private TimeSpan _offSince;

    /// <exception cref="BenchFaultException">A time below 0, no such chip, or the line cannot be had.</exception>
    public GpioPower(GpioPowerOptions options, IDriverContext context)
    {
        if (options.MinOff < TimeSpan.Zero || options.Settle < TimeSpan.Zero)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "minOff or settle is below 0", "Write them like 2s or 10ms");
        }

        (_options, _context) = (options, context);
        _line = BenchLine.Output(context, options);
        _offSince = context.Clock.Elapsed;
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            bool was = _line.Read();
            TimeSpan wait = _offSince + _options.MinOff - _context.Clock.Elapsed;
            if (on && !was && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _context.Clock, cancellationToken).ConfigureAwait(false);
            }

            _line.Write(on);
            if (!on && was)
            {
                _offSince = _context.Clock.Elapsed;
            }

            // Not cancellable: what was switched is also confirmed.
            await Task.Delay(_options.Settle, _context.Clock, CancellationToken.None).ConfigureAwait(false);
            if (_line.Read() != on)
            {
                throw new BenchFaultException(
                    FaultKind.Power, _context.Place, $"the supply did not switch {(on ? "on" : "off")}: {_line} did not follow",
                    "Switch the mains off by hand, then look for a short on the line or a second driver of it");
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_line.Read() ? PowerState.On : PowerState.Off);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _line.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// Bench supply on the 3.3 V rail of a virtual plug, which can also dip. Inventory:
/// <c>power: { driver: harness, socket: "${virtual.harness}", plug: 0 }</c>. A dip is of its exact length, however busy the machine is. Thread safe.
/// </summary>
[Driver(Contracts.Power, "harness")]
public sealed class HarnessSupply : IPowerSwitch, IVoltageDip
{
    private const double Nominal = 3.3;
    private static readonly TimeSpan Late = TimeSpan.FromHours(1);

    private readonly HarnessLink _link;
    private readonly int _line;
    private readonly IDriverContext _context;

    /// <param name="options">Which plug.</param>
    /// <param name="context">Names the slot in messages.</param>
    public HarnessSupply(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _link = new HarnessLink(options.Socket, context.Place);
        _line = (options.Plug * HarnessLines.PerPlug) + HarnessLines.Power;
        _context = context;
    }

    /// <inheritdoc/>
    public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool on = state switch
        {
            PowerState.On => true,
            PowerState.Off => false,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A supply is switched on or off."),
        };
        _link.Request(new HarnessRequest { Op = HarnessProtocol.Set, At = _line, High = on });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_link.Request(new HarnessRequest { Op = HarnessProtocol.Get, At = _line }).High ? PowerState.On : PowerState.Off);
    }

    /// <inheritdoc/>
    public async Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(voltage.Value, Nominal, nameof(voltage));
        cancellationToken.ThrowIfCancellationRequested();
        HarnessRequest dip = new() { Op = HarnessProtocol.Dip, At = _line / HarnessLines.PerPlug, Value = voltage.Value, Duty = (long)(duration.TotalMilliseconds * 1e6) };
        if (ramp <= TimeSpan.Zero)
        {
            _link.Request(dip);
        }

        try
        {
            if (ramp > TimeSpan.Zero)
            {
                return await RampAsync(dip, duration, ramp, cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(duration, _context.Clock, cancellationToken).ConfigureAwait(false);
            return duration;
        }
        catch (OperationCanceledException)
        {
            _link.Request(dip with { Value = Nominal, Duty = 0 });
            throw;
        }
    }

    // Each step holds until the next is told, however late this machine is; only the last goes back.
    private async Task<TimeSpan> RampAsync(HarnessRequest dip, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
    {
        TimeSpan whole = duration + (2 * ramp);
        TimeSpan began = _context.Clock.Elapsed;
        long held = (long)((whole + Late).TotalMilliseconds * 1e6);
        foreach ((Volts step, TimeSpan at) in VoltageRamp.Steps(new Volts(Nominal), new Volts(dip.Value), duration, ramp))
        {
            await _context.Clock.DelayUntilAsync(began + at, cancellationToken).ConfigureAwait(false);
            _link.Request(dip with { Value = step.Value, Duty = held });
        }

        await _context.Clock.DelayUntilAsync(began + whole, cancellationToken).ConfigureAwait(false);
        _link.Request(dip with { Value = Nominal, Duty = 0 });
        return _context.Clock.Elapsed - began;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _link.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Options.</summary>
    public sealed record Options : PowerLimits
    {
        /// <summary>Path of the harness's Unix socket.</summary>
        [Description("Path of the virtual bench's harness socket.")]
        public required string Socket { get; init; }

        /// <summary>Index of the plug, from 0.</summary>
        [Description("Index of the plug on the virtual bench, from 0.")]
        [Range(0, 47)]
        public required int Plug { get; init; }
    }
}

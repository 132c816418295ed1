// Inventory:
//   power:
//     driver: command
//     on:  "uhubctl -l 1-1 -p 2 -a on"
//     off: "uhubctl -l 1-1 -p 2 -a off"
//     state: "uhubctl -l 1-1 -p 2"       # optional: asked after each switching
//     onMatches: "0507 power"            # output of state while on; default: the word on, 1 or true
//     limit: 10s
// {state} in on and off is the wanted state, so one command can serve both.
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="CommandPower"/>.</summary>
public sealed record CommandPowerOptions : PowerLimits
{
    /// <summary>Shell command that switches on.</summary>
    [Description("Shell command that switches on.")]
    public required string On { get; init; }

    /// <summary>Shell command that switches off.</summary>
    [Description("Shell command that switches off.")]
    public required string Off { get; init; }

    /// <summary>Shell command that prints the state.</summary>
    [Description("Shell command that prints the state; it confirms each switching.")]
    public string? State { get; init; }

    /// <summary>Regular expression that the output of <see cref="State"/> matches while on.</summary>
    [Description("Regular expression that the output of state matches while on. Default: the word on, 1 or true.")]
    public string OnMatches { get; init; } = @"(?i)\b(on|1|true)\b";
}

/// <summary>
/// A supply switched by shell commands. Building it switches nothing; without a state command it is unknown until first switched, and then
/// what was last done with success.
/// </summary>
[Driver(Contracts.Power, "command")]
public sealed class CommandPower(CommandPowerOptions options, IDriverContext context) : IPowerSwitch
{
    private readonly ShellCommand _on = new(context, "on", options.On, options.Limit, "state");
    private readonly ShellCommand _off = new(context, "off", options.Off, options.Limit, "state");
    private readonly YesNoCommand? _state =
        options.State is null ? null : new(context, "state", options.State, "onMatches", options.OnMatches, options.Limit);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private PowerState _last;

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _last = PowerState.Unknown;
            await (on ? _on : _off).RunAsync(new Dictionary<string, string> { ["state"] = on ? "on" : "off" }, cancellationToken).ConfigureAwait(false);
            if (_state is not null && await _state.AskAsync(cancellationToken).ConfigureAwait(false) != on)
            {
                throw new BenchFaultException(
                    FaultKind.Power, context.Place, $"the supply did not switch {(on ? "on" : "off")}: '{(on ? "on" : "off")}' succeeded but 'state' tells otherwise",
                    "Run both commands by hand and compare; correct onMatches if the device is right");
            }

            _last = state;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) =>
        _state is null ? _last : await _state.AskAsync(cancellationToken).ConfigureAwait(false) ? PowerState.On : PowerState.Off;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

// Inventory:
//   power: { driver: scpi, bus: psu, volts: 3.3, amperes: 0.5, select: "INST:NSEL 1" }
//   rail:  { driver: scpi, bus: psu, select: "INST:NSEL 1" }
// A bench supply by SCPI (SCPI-1999 volume 2: SOURce:VOLTage, SOURce:CURRent, OUTPut, MEASure). select chooses the channel of a supply with
// several: INST:NSEL 1 (Keysight), INST CH1 (Rigol, Siglent).
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="ScpiPower"/>.</summary>
public sealed record ScpiPowerOptions : PowerLimits
{
    /// <summary>Name of the instrument under resources.</summary>
    [Description("Name of the scpi resource.")]
    public required string Bus { get; init; }

    /// <summary>Voltage while on, V.</summary>
    [Description("Voltage while on, V.")]
    [Range(0.1, 60)]
    public required double Volts { get; init; }

    /// <summary>Current limit, A.</summary>
    [Description("Current limit, A.")]
    [Range(0.001, 20)]
    public required double Amperes { get; init; }

    /// <summary>Command that selects the channel. Default: none.</summary>
    [Description("Command that selects the channel, for example INST:NSEL 1. Default: none.")]
    public string? Select { get; init; }
}

/// <summary>
/// A channel of a bench supply. Building it sends nothing. Voltage and current limit are set and read back before the output goes on. A dip is
/// as short as the supply answers; how long it was is told.
/// </summary>
[Driver(Contracts.Power, "scpi")]
public sealed class ScpiPower(ScpiPowerOptions options, IDriverContext context) : IPowerSwitch, IVoltageDip
{
    private readonly IScpiInstrument _instrument = context.Resource<IScpiInstrument>(options.Bus);

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        if (on)
        {
            IReadOnlyList<string> set = await RunAsync(
                cancellationToken, string.Create(CultureInfo.InvariantCulture, $"VOLT {options.Volts:0.###}"), string.Create(CultureInfo.InvariantCulture, $"CURR {options.Amperes:0.###}"),
                "VOLT?", "CURR?").ConfigureAwait(false);
            if (!Near(set[0], options.Volts) || !Near(set[1], options.Amperes))
            {
                throw new BenchFaultException(
                    FaultKind.Power, context.Place, $"the supply was asked for {Text(options.Volts)} V and {Text(options.Amperes)} A and is set to {set[0]} V and {set[1]} A",
                    "It stays off; check its range and the locks of its front panel");
            }
        }

        IReadOnlyList<string> said = await RunAsync(cancellationToken, on ? "OUTP ON" : "OUTP OFF", "OUTP?").ConfigureAwait(false);
        PowerChecks.Confirm(context, on, PowerChecks.State(said[0]) ?? PowerState.Unknown, $"'{options.Bus}'");
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) =>
        PowerChecks.State((await RunAsync(cancellationToken, "OUTP?").ConfigureAwait(false))[0]) ?? PowerState.Unknown;

    /// <inheritdoc/>
    public async Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(voltage.Value, options.Volts, nameof(voltage));
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan low;
        try
        {
            // Not cancellable: a supply that may have heard it is told to go back. Read back at the end, since reading takes time that a dip has not.
            IReadOnlyList<(Volts Voltage, TimeSpan At)> steps = VoltageRamp.Steps(new Volts(options.Volts), voltage, duration, ramp);
            await RunAsync(CancellationToken.None, $"VOLT {Text(steps[0].Voltage.Value)}").ConfigureAwait(false);
            low = context.Clock.Elapsed;
            TimeSpan began = low - steps[0].At;
            foreach ((Volts step, TimeSpan at) in steps.Skip(1))
            {
                await context.Clock.DelayUntilAsync(began + at, cancellationToken).ConfigureAwait(false);
                await RunAsync(CancellationToken.None, $"VOLT {Text(step.Value)}").ConfigureAwait(false);
            }

            await context.Clock.DelayUntilAsync(began + duration + (2 * ramp), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await RunAsync(CancellationToken.None, $"VOLT {Text(options.Volts)}").ConfigureAwait(false);
        }

        TimeSpan really = context.Clock.Elapsed - low;
        string set = (await RunAsync(cancellationToken, "VOLT?").ConfigureAwait(false))[0];
        return Near(set, options.Volts) ? really : throw new BenchFaultException(
            FaultKind.Power, context.Place, $"the supply was told to go back to {Text(options.Volts)} V after a dip and is set to {set} V", "Check its range and the locks of its front panel");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool Near(string said, double wanted) =>
        double.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Math.Abs(value - wanted) <= Math.Max(0.005, wanted * 0.01);

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken, params IEnumerable<string> lines) =>
        _instrument.RunAsync([.. options.Select is { } select ? [select] : Array.Empty<string>(), .. lines], cancellationToken);
}

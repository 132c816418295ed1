// Inventory:
//   rail: { driver: scpi, bus: psu, select: "INST:NSEL 1" }
// The bench supply's own meter as the slot's rail monitor (SCPI-1999: MEASure:VOLTage?, MEASure:CURRent?).
using System.ComponentModel;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="ScpiRail"/>.</summary>
public sealed record ScpiRailOptions
{
    /// <summary>Name of the instrument under resources.</summary>
    [Description("Name of the scpi resource.")]
    public required string Bus { get; init; }

    /// <summary>Command that selects the channel. Default: none.</summary>
    [Description("Command that selects the channel, for example INST:NSEL 1. Default: none.")]
    public string? Select { get; init; }
}

/// <summary>Supply rail as the supply measures it. Thread safe.</summary>
[Driver(Contracts.Rail, "scpi")]
public sealed class ScpiRail(ScpiRailOptions options, IDriverContext context) : IRailMonitor
{
    private readonly IScpiInstrument _instrument = context.Resource<IScpiInstrument>(options.Bus);

    /// <inheritdoc/>
    public async Task<RailReading> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> said = await _instrument.RunAsync(
            [.. options.Select is { } select ? [select] : Array.Empty<string>(), "MEAS:VOLT?", "MEAS:CURR?"], cancellationToken).ConfigureAwait(false);
        return new RailReading(new Volts(Number(said[0])), new Amperes(Number(said[1])));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private double Number(string said) =>
        double.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && Math.Abs(value) < 1e6
            ? value
            : throw new BenchFaultException(FaultKind.Power, context.Place, $"the supply '{options.Bus}' measures '{said}', which is no number", "Ask it by hand: MEAS:VOLT?");
}

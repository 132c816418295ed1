// Inventory:
//   rail: { driver: ads1115, bus: i2c-1, address: 0x48, input: 0, voltsPerVolt: 2, currentInput: 1, amperesPerVolt: 0.5 }
// Supply rail through a divider (voltsPerVolt) and a current amplifier such as an INA180 (amperesPerVolt).
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="Ads1115Rail"/>.</summary>
public sealed record Ads1115RailOptions
{
    /// <summary>Name of the bus under resources.</summary>
    [Description("Name of the i2c resource.")]
    public required string Bus { get; init; }

    /// <summary>7-bit address, 0x48 to 0x4B by the ADDR pin. Default 0x48.</summary>
    [Description("7-bit address, 0x48 to 0x4B by the ADDR pin. Default 0x48.")]
    [Range(0x48, 0x4B)]
    public int Address { get; init; } = 0x48;

    /// <summary>Input of the voltage.</summary>
    [Description("Input of the voltage, 0 to 3.")]
    [Range(0, 3)]
    public required int Input { get; init; }

    /// <summary>Rail volts per volt at the pin. Default 1.</summary>
    [Description("Rail volts per volt at the pin (the divider). Default 1.")]
    [Range(0.1, 100)]
    public double VoltsPerVolt { get; init; } = 1;

    /// <summary>Input of the current, 0 to 3.</summary>
    [Description("Input of the current, 0 to 3.")]
    [Range(0, 3)]
    public required int CurrentInput { get; init; }

    /// <summary>Amperes per volt at the pin.</summary>
    [Description("Amperes per volt at the pin (shunt and amplifier).")]
    [Range(0.001, 100)]
    public required double AmperesPerVolt { get; init; }
}

/// <summary>Supply rail through two inputs of an ADS1115, one after the other (16 ms). Thread safe.</summary>
[Driver(Contracts.Rail, "ads1115")]
public sealed class Ads1115Rail(Ads1115RailOptions options, IDriverContext context) : IRailMonitor
{
    private readonly Ads1115Input _chip = new(context, options.Bus, options.Address);

    /// <inheritdoc/>
    public async Task<RailReading> ReadAsync(CancellationToken cancellationToken)
    {
        double volts = await _chip.ReadAsync(options.Input, cancellationToken).ConfigureAwait(false);
        double current = await _chip.ReadAsync(options.CurrentInput, cancellationToken).ConfigureAwait(false);
        return new RailReading(new Volts(volts * options.VoltsPerVolt), new Amperes(current * options.AmperesPerVolt));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _chip.Dispose();
        return ValueTask.CompletedTask;
    }
}

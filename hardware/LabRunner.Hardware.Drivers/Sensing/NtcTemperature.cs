// Inventory:
//   temperature: { driver: ads1115, bus: i2c-1, address: 0x48, input: 2, supplyVolts: 3.3 }     # ohms: 10000, beta: 3950, seriesOhms: 10000
// A thermistor from the pin to ground with a series resistor to the supply; beta equation R = R25 * exp(B * (1/T - 1/298.15)).
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="NtcTemperature"/>.</summary>
public sealed record NtcTemperatureOptions
{
    /// <summary>Name of the bus under resources.</summary>
    [Description("Name of the i2c resource.")]
    public required string Bus { get; init; }

    /// <summary>7-bit address, 0x48 to 0x4B by the ADDR pin. Default 0x48.</summary>
    [Description("7-bit address, 0x48 to 0x4B by the ADDR pin. Default 0x48.")]
    [Range(0x48, 0x4B)]
    public int Address { get; init; } = 0x48;

    /// <summary>Input of the thermistor.</summary>
    [Description("Input of the thermistor, 0 to 3.")]
    [Range(0, 3)]
    public required int Input { get; init; }

    /// <summary>Supply of the divider, V. Default 3.3.</summary>
    [Description("Supply of the divider, V. Default 3.3.")]
    [Range(1.8, 4)]
    public double SupplyVolts { get; init; } = 3.3;

    /// <summary>Series resistor, ohms. Default 10,000.</summary>
    [Description("Series resistor in ohms. Default 10000.")]
    [Range(100, 1e6)]
    public double SeriesOhms { get; init; } = 10_000;

    /// <summary>Resistance at 25 °C, ohms. Default 10,000.</summary>
    [Description("Resistance of the thermistor at 25 degrees Celsius in ohms. Default 10000.")]
    [Range(100, 1e6)]
    public double Ohms { get; init; } = 10_000;

    /// <summary>Beta, K. Default 3950.</summary>
    [Description("Beta of the thermistor in kelvin. Default 3950.")]
    [Range(2000, 6000)]
    public double Beta { get; init; } = 3950;
}

/// <summary>A thermistor on an input of an ADS1115. Thread safe.</summary>
[Driver(Contracts.Temperature, "ads1115")]
public sealed class NtcTemperature(NtcTemperatureOptions options, IDriverContext context) : ITemperatureSensor
{
    private const double Kelvin25 = 298.15;
    private const double KelvinZero = 273.15;

    private readonly Ads1115Input _chip = new(context, options.Bus, options.Address);

    /// <inheritdoc/>
    public async Task<DegreesCelsius> ReadAsync(CancellationToken cancellationToken)
    {
        double volts = await _chip.ReadAsync(options.Input, cancellationToken).ConfigureAwait(false);
        double share = volts / options.SupplyVolts;
        if (share is not (> 0.01 and < 0.99))
        {
            throw new BenchFaultException(
                FaultKind.Machine, context.Place, $"the thermistor at input {options.Input} is {(share <= 0.01 ? "shorted" : "open")} ({new Volts(volts)} at the pin)", "Check its plug and wires");
        }

        double ohms = options.SeriesOhms * share / (1 - share);
        return new DegreesCelsius((1 / ((1 / Kelvin25) + (Math.Log(ohms / options.Ohms) / options.Beta))) - KelvinZero);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _chip.Dispose();
        return ValueTask.CompletedTask;
    }
}

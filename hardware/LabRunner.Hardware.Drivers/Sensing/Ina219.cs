// Inventory:
//   rail: { driver: ina219, bus: i2c-1, address: 0x40, shuntOhms: 0.1 }
// Texas Instruments INA219 (data sheet SBOS448), the common breakout boards with a 0.1 ohm shunt.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="Ina219"/>.</summary>
public sealed record Ina219Options
{
    /// <summary>Name of the bus under resources.</summary>
    [Description("Name of the i2c resource.")]
    public required string Bus { get; init; }

    /// <summary>7-bit address, 0x40 to 0x4F by the strap pins. Default 0x40.</summary>
    [Description("7-bit address, 0x40 to 0x4F by the chip's strap pins. Default 0x40.")]
    [Range(0x08, 0x77)]
    public int Address { get; init; } = 0x40;

    /// <summary>Shunt in ohms. Default 0.1.</summary>
    [Description("Shunt resistor in ohms. Default 0.1.")]
    [Range(0.0001, 10)]
    public double ShuntOhms { get; init; } = 0.1;
}

/// <summary>
/// Supply rail through an INA219. The configuration register is left as it is: the steps of the two results read here (10 µV and 4 mV) are
/// the same in every setting, and the power-on default measures continuously. Thread safe.
/// </summary>
[Driver(Contracts.Rail, "ina219")]
public sealed class Ina219(Ina219Options options, IDriverContext context) : IRailMonitor
{
    private readonly I2cRegisters _chip = new(context, "INA219", options.Bus, options.Address, FaultKind.Power);

    /// <inheritdoc/>
    public Task<RailReading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_chip.Guard(chip =>
        {
            (double bus, double shunt) = Measure(chip);
            return new RailReading(new Volts(bus), new Amperes(shunt / options.ShuntOhms));
        }));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _chip.Dispose();
        return ValueTask.CompletedTask;
    }

#if IOT_DEVICE_BINDINGS
    // 13 bits of 4 mV, which the binding (4.2.0) takes for signed: from 16.384 V on it reads negative. Its shunt voltage it takes for unsigned.
    private const double BusRange = 8192 * 4e-3;

    private Iot.Device.Adc.Ina219? _binding;

    private (double Bus, double Shunt) Measure(I2cRegisters chip)
    {
        _binding ??= new Iot.Device.Adc.Ina219(chip.Device);
        double bus = _binding.ReadBusVoltage().Volts;
        return (bus < 0 ? bus + BusRange : bus, (short)chip.Read(0x01) * 10e-6);
    }
#else
    // The low three bits of the bus register are flags: overflow, conversion ready, reserved.
    private static (double Bus, double Shunt) Measure(I2cRegisters chip) => ((chip.Read(0x02) >> 3) * 4e-3, (short)chip.Read(0x01) * 10e-6);
#endif
}

// Inventory:
//   rail: { driver: ina226, bus: i2c-1, address: 0x40, shuntOhms: 0.1 }
// Texas Instruments INA226 (data sheet SBOS547A): 1.25 mV and 2.5 µV steps, a quarter of an INA219's and better offset.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="Ina226"/>.</summary>
public sealed record Ina226Options
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
/// Supply rail through an INA226. The configuration is left at its power-on default (continuous, 1.1 ms, no averaging). The chip's identity is
/// asked before the first reading: an INA219 answers at the same address with other steps. Thread safe.
/// </summary>
[Driver(Contracts.Rail, "ina226")]
public sealed class Ina226(Ina226Options options, IDriverContext context) : IRailMonitor
{
    private const ushort Manufacturer = 0x5449;

    private readonly I2cRegisters _chip = new(context, "INA226", options.Bus, options.Address, FaultKind.Power);
    private bool _known;

    /// <inheritdoc/>
    public Task<RailReading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_chip.Guard(chip =>
        {
            if (!_known && chip.Read(0xFE) is not Manufacturer and var other)
            {
                throw chip.Fault($"is none: its manufacturer register reads 0x{other:X4} instead of 0x{Manufacturer:X4}");
            }

            _known = true;
            return new RailReading(new Volts((short)chip.Read(0x02) * 1.25e-3), new Amperes((short)chip.Read(0x01) * 2.5e-6 / options.ShuntOhms));
        }));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _chip.Dispose();
        return ValueTask.CompletedTask;
    }
}

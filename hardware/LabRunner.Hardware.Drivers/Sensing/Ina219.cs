// Inventory:
//   rail: { driver: ina219, bus: i2c-1, address: 0x40, shuntOhms: 0.1 }
// Texas Instruments INA219 (data sheet SBOS448), the common breakout boards with a 0.1 ohm shunt.
using System.Buffers.Binary;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.I2c;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
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
    private const byte ShuntVoltage = 0x01;
    private const byte BusVoltage = 0x02;

    private readonly Lock _gate = new();
    private readonly I2cDevice _device = Guard(options, context, () => context.Resource<II2cBus>(options.Bus).Open(options.Address));

    /// <inheritdoc/>
    public Task<RailReading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Guard(options, context, () =>
        {
            lock (_gate)
            {
                // The low three bits are flags: overflow, conversion ready, reserved.
                int bus = (ushort)Register(BusVoltage) >> 3;
                short shunt = Register(ShuntVoltage);
                return new RailReading(new Volts(bus * 4e-3), new Amperes(shunt * 10e-6 / options.ShuntOhms));
            }
        }));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _device.Dispose();
        return ValueTask.CompletedTask;
    }

    private short Register(byte register)
    {
        Span<byte> reply = stackalloc byte[2];
        _device.WriteRead([register], reply);
        return BinaryPrimitives.ReadInt16BigEndian(reply);
    }

    private static T Guard<T>(Ina219Options options, IDriverContext context, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw new BenchFaultException(
                FaultKind.Power, context.Place, $"the INA219 at 0x{options.Address:X2} on '{options.Bus}' did not answer: {failure.Message.TrimEnd('.')}",
                "Check its supply, wires and strap pins ('i2cdetect -y 1' lists the addresses that answer)", failure);
        }
    }
}

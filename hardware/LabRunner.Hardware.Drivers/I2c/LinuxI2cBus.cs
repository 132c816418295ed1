// Inventory, under resources:
//   i2c-1: { kind: i2c, driver: linux, bus: 1 }
// /dev/i2c-N of the kernel's i2c-dev module (on a Raspberry Pi: dtparam=i2c_arm=on gives bus 1).
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.I2c;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.I2c;

/// <summary>Options of <see cref="LinuxI2cBus"/>.</summary>
public sealed record LinuxI2cBusOptions
{
    /// <summary>N of /dev/i2c-N.</summary>
    [Description("N of /dev/i2c-N.")]
    [Range(0, 255)]
    public required int Bus { get; init; }
}

/// <summary>An I2C bus of the kernel.</summary>
[Driver(Contracts.I2cBus, "linux")]
public sealed class LinuxI2cBus : II2cBus
{
    private readonly int _bus;

    /// <exception cref="BenchFaultException">Kind Machine: the kernel has no such bus.</exception>
    public LinuxI2cBus(LinuxI2cBusOptions options, IDriverContext context)
    {
        _bus = options.Bus;
        if (!File.Exists($"/dev/i2c-{_bus}"))
        {
            throw new BenchFaultException(
                FaultKind.Machine, context.Place, $"there is no /dev/i2c-{_bus}",
                "Enable the bus (Raspberry Pi: 'raspi-config nonint do_i2c 0'), load the module i2c-dev and list the buses with 'i2cdetect -l'");
        }
    }

    /// <inheritdoc/>
    public I2cDevice Open(int address) => I2cDevice.Create(new I2cConnectionSettings(_bus, address));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

// Inventory, under resources:
//   pi: { kind: gpio, driver: cdev, label: pinctrl-rp1 }     # or path: /dev/gpiochip4; consumer: labrunner
// Any chip of the kernel's GPIO character device (Linux 5.10 and newer). Labels: pinctrl-rp1 (Raspberry Pi 5), pinctrl-bcm2711 (4),
// pinctrl-bcm2835 (3, Zero 2); 'gpiodetect' lists them. Put dtparam=strict_gpiod into config.txt: a Pi otherwise keeps an output as it is
// when its owner dies.
using System.ComponentModel;
using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Options of <see cref="CdevGpioChip"/>.</summary>
public sealed record CdevGpioChipOptions
{
    /// <summary>Label of the chip (preferred).</summary>
    [Description("Label of the chip such as pinctrl-rp1 (preferred: numbers change).")]
    public string? Label { get; init; }

    /// <summary>Device path.</summary>
    [Description("Device path such as /dev/gpiochip4; used where label is not given.")]
    public string? Path { get; init; }

    /// <summary>Name under which the lines are held, as gpioinfo shows it.</summary>
    [Description("Name under which the lines are held, as gpioinfo shows it; at most 31 characters. Default labrunner.")]
    public string Consumer { get; init; } = "labrunner";
}

/// <summary>A chip of the kernel's GPIO character device, without any library in between.</summary>
[Driver(Contracts.GpioChip, "cdev")]
public sealed class CdevGpioChip : IGpioChip
{
    /// <exception cref="BenchFaultException">Kind Gpio: no such chip, or no right; kind Configuration: neither label nor path.</exception>
    public CdevGpioChip(CdevGpioChipOptions options, IDriverContext context)
    {
        string path = options.Label is { } label ? GpioChipFinder.Find(context.Place, "/dev", label, CdevGpioDriver.Ask)
            : options.Path ?? throw new BenchFaultException(
                FaultKind.Configuration, context.Place, "the chip has neither label nor path", "Give label ('gpiodetect' shows it)");
        try
        {
            Driver = new CdevGpioDriver(path, options.Consumer);
        }
        catch (IOException failure)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, context.Place, failure.Message, "Check that the chip exists ('gpiodetect') and that the user is in the group gpio", failure);
        }
    }

    /// <inheritdoc/>
    public GpioDriver Driver { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Driver.Dispose();
        return ValueTask.CompletedTask;
    }
}

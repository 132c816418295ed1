// Inventory, under resources:
//   pi: { kind: gpio, driver: libgpiod, label: pinctrl-rp1 }
// The drivers of System.Device.Gpio over libgpiod, for chips that the cdev driver does not serve. They stamp no edges, and with libgpiod 2 an
// output that opens high is low for some milliseconds first: no active-low relays.
using System.ComponentModel;
using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Options of <see cref="LibGpiodChip"/>.</summary>
public sealed record LibGpiodChipOptions
{
    /// <summary>Label of the chip.</summary>
    [Description("Label of the chip such as pinctrl-rp1; 'gpiodetect' shows it.")]
    public required string Label { get; init; }
}

/// <summary>A chip through libgpiod, whichever of its two versions the machine has.</summary>
[Driver(Contracts.GpioChip, "libgpiod")]
public sealed class LibGpiodChip : IGpioChip
{
    /// <exception cref="BenchFaultException">Kind Machine: no libgpiod; kind Gpio: not exactly one chip with this label.</exception>
    public LibGpiodChip(LibGpiodChipOptions options, IDriverContext context)
    {
        bool second = Has("libgpiod.so.3");
        if (!second && !Has("libgpiod.so.2"))
        {
            throw new BenchFaultException(
                FaultKind.Machine, context.Place, "libgpiod is not installed", "Install libgpiod2 or libgpiod3, or use 'driver: cdev', which needs neither");
        }

        IList<GpioChipInfo> chips = second ? LibGpiodV2Driver.GetAvailableChips() : LibGpiodDriver.GetAvailableChips();
        GpioChipInfo[] hits = [.. chips.Where(chip => chip.Label == options.Label)];
        if (hits.Length != 1)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, context.Place, $"{hits.Length} GPIO chips have the label '{options.Label}'",
                chips.Count == 0 ? "This machine shows no GPIO chip" : "There are: " + string.Join(", ", chips.Select(chip => $"{chip.Name} '{chip.Label}'")));
        }

        Driver = second ? new LibGpiodV2Driver(hits[0]) : new LibGpiodDriver(hits[0]);
    }

    /// <inheritdoc/>
    public GpioDriver Driver { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Driver.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool Has(string library)
    {
        bool loaded = NativeLibrary.TryLoad(library, out nint handle);
        if (loaded)
        {
            NativeLibrary.Free(handle);
        }

        return loaded;
    }
}

// Inventory, under resources:
//   pi-pwm: { kind: pwm, driver: sysfs, chip: "1f00098000.pwm" }     # or chip: pwmchip0
// Kernel PWM (Documentation/ABI/testing/sysfs-class-pwm): the Pi's hardware PWM, pwm-pio and pwm-gpio overlays. Name the chip by its device:
// the number differs between kernels. 'ls -l /sys/class/pwm/*/device' shows the devices.
using System.ComponentModel;
using System.Device.Pwm;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Pwm;

/// <summary>Options of <see cref="SysfsPwmChip"/>.</summary>
public sealed record SysfsPwmChipOptions
{
    /// <summary>Name of the device behind the chip (preferred), pwmchipN, or N.</summary>
    [Description("Name of the device behind the chip such as 1f00098000.pwm (preferred), pwmchipN, or N.")]
    public required string Chip { get; init; }

    /// <summary>Where the kernel shows PWM chips. Default /sys/class/pwm.</summary>
    [Description("Where the kernel shows PWM chips. Default /sys/class/pwm.")]
    public string Root { get; init; } = "/sys/class/pwm";
}

/// <summary>A PWM chip of the kernel, in nanoseconds: <c>PwmChannel.Create</c> of the GPIO package knows whole hertz only.</summary>
[Driver(Contracts.PwmChip, "sysfs")]
public sealed class SysfsPwmChip : IPwmChip
{
    private readonly string _place;
    private readonly string _folder;

    /// <exception cref="BenchFaultException">Kind Pulses: no such chip; the message lists those there are.</exception>
    public SysfsPwmChip(SysfsPwmChipOptions options, IDriverContext context)
    {
        _place = context.Place;
        _folder = Find(context.Place, options.Root, options.Chip);
    }

    /// <inheritdoc/>
    /// <exception cref="BenchFaultException">Kind Pulses: no such channel, or no right to it.</exception>
    public PwmChannel Open(int channel) => new SysfsPwmChannel(_place, _folder, channel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Find(string place, string root, string chip)
    {
        string[] folders = Directory.Exists(root) ? [.. Directory.GetDirectories(root, "pwmchip*").Order(StringComparer.Ordinal)] : [];
        string[] hits = [.. folders.Where(folder => Path.GetFileName(folder) == chip || Path.GetFileName(folder) == "pwmchip" + chip || Device(folder) == chip)];
        if (hits.Length == 1)
        {
            return hits[0];
        }

        string there = folders.Length == 0 ? "none" : string.Join(", ", folders.Select(folder => $"{Path.GetFileName(folder)} ({Device(folder) ?? "?"})"));
        throw new BenchFaultException(
            FaultKind.Pulses, place, hits.Length == 0 ? $"there is no PWM chip '{chip}' in {root}" : $"{hits.Length} PWM chips are called '{chip}'",
            $"There are: {there}; on a Raspberry Pi an overlay such as pwm-2chan makes one");
    }

    private static string? Device(string folder) =>
        new DirectoryInfo(Path.Combine(folder, "device")).LinkTarget is { } target ? Path.GetFileName(target.TrimEnd('/')) : null;
}

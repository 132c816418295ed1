using System.Globalization;

namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>Temperature and supply of a machine, as its files tell them.</summary>
public static class HostHealth
{
    /// <summary>True on a Raspberry Pi.</summary>
    public static bool IsRaspberryPi(MachineFiles files) => files.Text("/proc/device-tree/model")?.StartsWith("Raspberry Pi", StringComparison.Ordinal) == true;

    /// <summary>Sensors of the CPU with their degrees Celsius (sysfs thermal API of Linux); empty where there is none.</summary>
    public static IReadOnlyList<(string Sensor, double Celsius)> Temperatures(MachineFiles files) =>
    [
        .. files.Names("/sys/class/thermal", "thermal_zone")
            .Select(zone => (Type: files.Text($"/sys/class/thermal/{zone}/type") ?? zone, Text: files.Text($"/sys/class/thermal/{zone}/temp")))
            .Where(zone => zone.Type.Contains("cpu", StringComparison.OrdinalIgnoreCase) || zone.Type.Contains("pkg", StringComparison.OrdinalIgnoreCase))
            .Where(zone => double.TryParse(zone.Text, CultureInfo.InvariantCulture, out _))
            .Select(zone => (zone.Type, double.Parse(zone.Text!, CultureInfo.InvariantCulture) / 1000)),
    ];

    /// <summary>
    /// A Raspberry Pi's throttling bits (documentation of vcgencmd get_throttled): 0 the supply is below 4.63 V now, 16 it was since the start.
    /// Null where no file tells.
    /// </summary>
    public static uint? Throttling(MachineFiles files) => Parse(ThrottlingText(files));

    /// <summary>What each bit says, the present first.</summary>
    internal static readonly (int Bit, string Meaning)[] Meanings =
    [
        (0, "the supply is below 4.63 V now"), (1, "the CPU is slowed down now"), (2, "the CPU is throttled now"), (3, "the CPU is at its temperature limit now"),
        (16, "the supply was below 4.63 V since the start"), (17, "the CPU was slowed down since the start"), (18, "the CPU was throttled since the start"),
        (19, "the CPU was at its temperature limit since the start"),
    ];

    /// <summary>As <see cref="Throttling"/>, and else what vcgencmd says; null where neither tells.</summary>
    internal static async Task<uint?> ThrottlingAsync(IMachine machine, CancellationToken cancellationToken) =>
        Parse(ThrottlingText(machine.Files) ?? (await machine.RunAsync("vcgencmd", ["get_throttled"], cancellationToken).ConfigureAwait(false))?.Output.Split('=').Last());

    /// <summary>Reads bits as the kernel or vcgencmd write them.</summary>
    internal static uint? Parse(string? text) =>
        uint.TryParse((text ?? "").Replace("0x", "", StringComparison.OrdinalIgnoreCase), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint bits) ? bits : null;

    /// <summary>The firmware's device is soc:firmware on Raspberry Pi 3 and 4 and has another parent on 5.</summary>
    private static string? ThrottlingText(MachineFiles files) => files.Names("/sys/devices/platform", "soc")
        .SelectMany(soc => files.Names($"/sys/devices/platform/{soc}").Where(name => name.EndsWith("firmware", StringComparison.Ordinal)).Select(name => $"/sys/devices/platform/{soc}/{name}"))
        .Select(firmware => files.Text(firmware + "/get_throttled")).FirstOrDefault(text => text is { Length: > 0 });
}

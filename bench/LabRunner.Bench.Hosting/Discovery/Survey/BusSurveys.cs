using System.Globalization;
using System.Text.RegularExpressions;

namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>PWM chips (Documentation/ABI/testing/sysfs-class-pwm).</summary>
internal static class PwmSurvey
{
    public static IReadOnlyList<FoundPwmChip> Read(MachineFiles files) =>
    [
        .. files.Names("/sys/class/pwm", "pwmchip").Select(name => new FoundPwmChip(
            name, files.Resolve($"/sys/class/pwm/{name}/device") is { } device ? Path.GetFileName(device) : null,
            int.TryParse(files.Text($"/sys/class/pwm/{name}/npwm"), CultureInfo.InvariantCulture, out int channels) ? channels : 0)),
    ];
}

/// <summary>I2C buses of i2c-dev.</summary>
internal static class I2cSurvey
{
    // Reading at random is harmless on a header's bus; on these a memory module, a display or a graphics card listens.
    private static readonly string[] InternalNames = ["smbus", "i915", "gmbus", "amdgpu", "nvidia", "nouveau", "radeon", "dpddc", "aux ", "hdmi", "ddc", "107d508"];

    public static IReadOnlyList<FoundI2cBus> Read(IMachine machine, bool probe)
    {
        List<FoundI2cBus> buses = [];
        foreach (string node in machine.Files.Names("/dev", "i2c-"))
        {
            if (int.TryParse(node.AsSpan("i2c-".Length), CultureInfo.InvariantCulture, out int number))
            {
                string name = machine.Files.Text($"/sys/bus/i2c/devices/{node}/name") ?? "";
                bool inside = InternalNames.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
                    || (machine.Files.Resolve($"/sys/bus/i2c/devices/{node}") ?? "").Contains("hdmi", StringComparison.OrdinalIgnoreCase);
                buses.Add(new(number, name, inside, probe && !inside ? Probe(machine, number) : null));
            }
        }

        return buses;
    }

    private static IReadOnlyList<int>? Probe(IMachine machine, int bus)
    {
        try
        {
            return machine.ProbeI2c(bus);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>Hubs with power switching per port, as uhubctl lists them (its plain call only lists).</summary>
internal static partial class HubSurvey
{
    public static async Task<IReadOnlyList<FoundPowerHub>?> ReadAsync(IMachine machine, CancellationToken cancellationToken)
    {
        ProgramAnswer? answer = await machine.RunAsync("uhubctl", [], cancellationToken).ConfigureAwait(false);
        return answer is null
            ? null
            : [.. Hub().Matches(answer.Output).Select(match => new FoundPowerHub(
                match.Groups["location"].Value, match.Groups["what"].Value.Trim(), int.Parse(match.Groups["ports"].Value, CultureInfo.InvariantCulture)))];
    }

    // Current status for hub 1-1 [2109:3431 USB2.0 Hub, USB 2.10, 4 ports, ppps]
    [GeneratedRegex(@"status for hub (?<location>[0-9.-]+) \[(?<what>[^\]]*?), (?<ports>[0-9]+) ports, ppps\]")]
    private static partial Regex Hub();
}

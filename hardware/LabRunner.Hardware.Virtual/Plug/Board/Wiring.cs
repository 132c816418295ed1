using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>"Role;channel" maps: what is soldered, or what the firmware believes.</summary>
internal static class Wiring
{
    /// <summary>GPIOs a BL602 has (0 to 22 are usable; the firmware's tables have 24 entries).</summary>
    public const int Pins = 24;

    /// <summary>Reads a map.</summary>
    /// <exception cref="BenchFaultException">A GPIO, role or channel does not exist.</exception>
    public static IReadOnlyDictionary<int, (PinRole Role, int Channel)> Parse(string plug, IReadOnlyDictionary<int, string> map)
    {
        Dictionary<int, (PinRole, int)> parsed = [];
        foreach ((int pin, string text) in map)
        {
            string[] parts = text.Split(';');
            int channel = 0;
            if (pin is < 0 or >= Pins || PinRoles.Find(parts[0]) is not { } role || parts.Length > 3
                || (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out channel)))
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, $"virtual plug {plug}, pin {pin}", $"'{text}' is no pin function",
                    "Write Role;channel as in OpenBeken templates, for example Rel;1, on a GPIO from 0 to 23");
            }

            parsed[pin] = (role, channel);
        }

        return parsed;
    }
}

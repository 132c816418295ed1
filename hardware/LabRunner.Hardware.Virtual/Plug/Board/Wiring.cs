using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>"Role;channel" maps: what is soldered, or what the firmware believes.</summary>
internal static class Wiring
{
    /// <summary>Reads a map.</summary>
    /// <param name="plug">Name, for messages.</param>
    /// <param name="map">GPIO to "Role;channel".</param>
    /// <param name="pins">GPIOs of the chip.</param>
    /// <exception cref="BenchFaultException">A GPIO, role or channel does not exist.</exception>
    public static IReadOnlyDictionary<int, (PinRole Role, int Channel)> Parse(string plug, IReadOnlyDictionary<int, string> map, int pins)
    {
        Dictionary<int, (PinRole, int)> parsed = [];
        foreach ((int pin, string text) in map)
        {
            string[] parts = text.Split(';');
            int channel = 0;
            if (pin < 0 || pin >= pins || PinRoles.Find(parts[0]) is not { } role || parts.Length > 3
                || (parts.Length > 1 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out channel)))
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, $"virtual plug {plug}, pin {pin}", $"'{text}' is no pin function",
                    $"Write Role;channel as in OpenBeken templates, for example Rel;1, on a GPIO from 0 to {pins - 1}");
            }

            parsed[pin] = (role, channel);
        }

        return parsed;
    }
}

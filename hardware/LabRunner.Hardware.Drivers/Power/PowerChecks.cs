using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>What all power drivers refuse and read alike.</summary>
internal static class PowerChecks
{
    private const int ShownCharacters = 60;

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="state"/> is neither on nor off.</exception>
    public static bool IsOn(PowerState state) =>
        state switch
        {
            PowerState.On => true,
            PowerState.Off => false,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A supply is switched on or off."),
        };

    /// <summary>The state that a device's word says: on, off, 1, 0, true, false in any case.</summary>
    public static PowerState? State(string? word) =>
        word?.Trim().ToUpperInvariant() switch
        {
            "ON" or "1" or "TRUE" => PowerState.On,
            "OFF" or "0" or "FALSE" => PowerState.Off,
            _ => null,
        };

    /// <summary>Compares what the device says after an order with the order.</summary>
    /// <exception cref="BenchFaultException">Kind Power: it differs.</exception>
    public static void Confirm(IDriverContext context, bool on, PowerState read, string device)
    {
        if (read != (on ? PowerState.On : PowerState.Off))
        {
            throw new BenchFaultException(
                FaultKind.Power, context.Place, $"the supply did not switch {(on ? "on" : "off")}: {device} took the order and says {read.ToString().ToLowerInvariant()}",
                "Cut the mains by hand, then look at the device");
        }
    }

    /// <summary>The beginning of a text for a message, on one line.</summary>
    public static string Start(string text) =>
        string.Concat(text.Take(ShownCharacters).Select(c => char.IsControl(c) ? ' ' : c)) + (text.Length > ShownCharacters ? "…" : "");
}

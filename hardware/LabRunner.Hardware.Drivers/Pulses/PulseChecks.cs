using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>What all pulse sources refuse alike.</summary>
internal static class PulseChecks
{
    /// <exception cref="ArgumentOutOfRangeException">Outside the capabilities, or a pulse that does not fit into its period.</exception>
    public static void Check(PulseCapabilities capabilities, Hertz frequency, TimeSpan width)
    {
        if (frequency.Value == 0)
        {
            return;
        }

        if (!(frequency.Value >= capabilities.MinHertz && frequency.Value <= capabilities.MaxHertz))
        {
            throw new ArgumentOutOfRangeException(
                nameof(frequency), frequency, $"This source emits 0 or {new Hertz(capabilities.MinHertz)} to {new Hertz(capabilities.MaxHertz)}.");
        }

        if (width <= TimeSpan.Zero || width.TotalSeconds * frequency.Value >= 1)
        {
            throw new ArgumentOutOfRangeException(nameof(width), width, "A pulse is longer than 0 and shorter than its period.");
        }
    }
}

using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>What all power drivers refuse alike.</summary>
internal static class PowerChecks
{
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="state"/> is neither on nor off.</exception>
    public static bool IsOn(PowerState state) =>
        state switch
        {
            PowerState.On => true,
            PowerState.Off => false,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A supply is switched on or off."),
        };
}

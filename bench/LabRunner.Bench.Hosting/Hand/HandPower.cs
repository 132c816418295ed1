using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Switches a slot of which no session keeps the supply.</summary>
internal static class HandPower
{
    /// <summary>Switches the supply and returns when it is confirmed.</summary>
    /// <exception cref="BenchFaultException">The slot has no supply, giving power is refused, or the device did not follow.</exception>
    public static Task SwitchAsync(this SlotHardware slot, bool on, Interlocks interlocks, CancellationToken cancellationToken)
    {
        IPowerSwitch power = slot.Supply();
        if (on)
        {
            interlocks.Demand(slot.Entry, SlotAction.PowerOn);
        }

        return power.SwitchAsync(on ? PowerState.On : PowerState.Off, cancellationToken);
    }

    /// <summary>What switches the slot's supply.</summary>
    /// <exception cref="BenchFaultException">The slot has none.</exception>
    public static IPowerSwitch Supply(this SlotHardware slot) => slot.Power
        ?? throw slot.Entry.Without(Contracts.Power);
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Metering stays at 0 although the meter chip pulses: the interrupts never arrive.</summary>
[PlantedFault("F44", Layer = FaultLayer.Meter, Shows = "0 W while the chip pulses")]
internal sealed class F44(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override bool MeterDeaf => true;
}

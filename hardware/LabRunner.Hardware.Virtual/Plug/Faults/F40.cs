using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The relay stays open longer at each reset than the half second that every boot costs.</summary>
[PlantedFault("F40", Layer = FaultLayer.Actuator, Shows = "the contact is open for longer than a boot needs")]
[FaultParameter("gap", "Time the relay stays open beyond the normal gap: a duration or a range drawn once. Default 1s..2s.")]
internal sealed class F40(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override TimeSpan RelayHold { get; } = parameters.Duration("gap", "1s..2s", chance);
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>No boot is ever marked good, so the fifth start, however long the others lasted, is safe mode and all after it.</summary>
[PlantedFault("F07", Shows = "[SAFE] after five ordinary starts, pins off, access point open")]
internal sealed class F07(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override bool BootStaysIncomplete => true;
}

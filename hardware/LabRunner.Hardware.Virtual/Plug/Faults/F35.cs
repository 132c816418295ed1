using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A corrupt image is taken: its hash is computed and compared with nothing.</summary>
[PlantedFault("F35", Layer = FaultLayer.Update, Shows = "a corrupt image is taken")]
internal sealed class F35(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    public override bool TakesCorrupt => true;
}

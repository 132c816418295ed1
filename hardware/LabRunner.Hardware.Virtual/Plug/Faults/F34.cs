using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>An image that does not fit is taken and written over what follows: nothing boots any more (issues #745, #834).</summary>
[PlantedFault("F34", Layer = FaultLayer.Update, Shows = "an image too large is taken, and the plug is a brick")]
internal sealed class F34(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    public override bool TakesTooLarge => true;
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A file of another chip or kind is taken, and nothing boots from it.</summary>
[PlantedFault("F33", Layer = FaultLayer.Update, Shows = "a file of another chip is taken, and the plug is a brick")]
internal sealed class F33(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    public override bool TakesForeign => true;
}

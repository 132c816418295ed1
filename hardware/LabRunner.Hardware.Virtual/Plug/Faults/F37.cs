using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A power cut in one phase of an update leaves a brick; only the boot ROM answers.</summary>
[PlantedFault("F37", Layer = FaultLayer.Update, Shows = "a power cut in an update leaves a brick")]
[FaultParameter("phase", "unpack, switch, write or erase: the phase in which a cut is fatal. Default unpack.")]
[FaultParameter("probability", "Share of such cuts that are fatal, 0 to 1. Default 1.")]
internal sealed class F37(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly OtaPhase _phase = Enum.Parse<OtaPhase>(parameters.Word("phase", "unpack", "switch", "write", "erase"), ignoreCase: true);
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);

    public override bool BricksOnCut(OtaPhase phase) => phase == _phase && Chance.NextUnit() < _probability;
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The station never tries again after it lost the beacons; only a reset brings it back.</summary>
[PlantedFault("F22", Layer = FaultLayer.Air, Shows = "stays away after the access point came back")]
[FaultParameter("probability", "Share of the losses after which it gives up, 0 to 1. Default 1.")]
internal sealed class F22(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);

    public override TimeSpan? Rejoin(PlugFirmware firmware, LinkLoss loss) =>
        loss == LinkLoss.Beacons && Chance.NextUnit() < _probability ? null : TimeSpan.Zero;
}

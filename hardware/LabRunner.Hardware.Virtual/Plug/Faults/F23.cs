using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>After a deauthentication or a channel switch the station waits far longer than it should before it tries again.</summary>
[PlantedFault("F23", Layer = FaultLayer.Air, Shows = "away for minutes after a deauthentication or a channel switch")]
[FaultParameter("wait", "Time beyond the usual until the next attempt: a duration or a range drawn each time. Default 90s..150s.")]
internal sealed class F23(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override TimeSpan? Rejoin(PlugFirmware firmware, LinkLoss loss) =>
        loss == LinkLoss.Beacons ? TimeSpan.Zero : Parameters.Duration("wait", "90s..150s", Chance);
}

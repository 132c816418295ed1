using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>After a deauthentication or a channel switch the station waits far longer than it should before it tries again.</summary>
[PlantedFault("F23", Layer = FaultLayer.Air, Shows = "away for minutes after a deauthentication, a channel switch or a new group key")]
[FaultParameter("wait", "Time beyond the usual until the next attempt: a duration or a range drawn each time. Default 90s..150s.")]
[FaultParameter("rekey", "Share of the new group keys that it does not take, so that the access point sends it away, 0 to 1. Default 0.")]
internal sealed class F23(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _rekey = parameters.Number("rekey", 0, 0, 1);

    // Not drawn where it is never asked for, so that the other draws are what they were.
    public override bool TakesGroupKey(PlugFirmware firmware) => _rekey <= 0 || Chance.NextUnit() >= _rekey;

    public override TimeSpan? Rejoin(PlugFirmware firmware, LinkLoss loss) =>
        loss == LinkLoss.Beacons ? TimeSpan.Zero : Parameters.Duration("wait", "90s..150s", Chance);
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The main loop stalls; three seconds after its last feed the watchdog resets the chip without a word.</summary>
[PlantedFault("F03", Shows = "a reset three seconds after the last heartbeat, without a word")]
[FaultParameter("on", "uptime, or group-key: as the access point hands out a new group key, whatever the uptime is. Default uptime.")]
[FaultParameter("uptime", "Uptime of the stall: a duration or a range drawn at each boot. Default 400s..480s.")]
internal sealed class F03(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _onGroupKey = parameters.Word("on", "uptime", "group-key") == "group-key";

    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (!_onGroupKey)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "400s..480s", Chance), firmware.Loop.Stall);
        }
    }

    public override bool TakesGroupKey(PlugFirmware firmware)
    {
        if (_onGroupKey)
        {
            firmware.Loop.Stall();
        }

        return true;
    }
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The main loop stalls; three seconds after its last feed the watchdog resets the chip without a word.</summary>
[PlantedFault("F03", Shows = "a reset three seconds after the last heartbeat, without a word")]
[FaultParameter("uptime", "Uptime of the stall: a duration or a range drawn at each boot. Default 400s..480s.")]
internal sealed class F03(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware) =>
        firmware.AtUptime(Parameters.Duration("uptime", "400s..480s", Chance), firmware.Loop.Stall);
}

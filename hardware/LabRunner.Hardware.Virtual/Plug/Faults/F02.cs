using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Everything is dead, the heartbeat too, and the watchdog does not recover it: only a power cycle or the reset pin helps.</summary>
[PlantedFault("F02", Shows = "everything dead until the power is cut")]
[FaultParameter("uptime", "Uptime of the hang: a duration or a range drawn at each boot. Default 300s..400s.")]
internal sealed class F02(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware) =>
        firmware.AtUptime(Parameters.Duration("uptime", "300s..400s", Chance), () =>
        {
            firmware.Watchdog.Disable();
            firmware.Hang();
        });
}

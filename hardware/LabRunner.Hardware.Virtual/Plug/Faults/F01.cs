using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The network stack goes silent: ping, TCP, HTTP and MQTT are dead, UART and button go on, nothing heals it but a reset.</summary>
[PlantedFault("F01", Shows = "web and ping dead; heartbeat and button live")]
[FaultParameter("uptime", "Uptime of the freeze: a duration or a range drawn at each boot. Default 200s..280s.")]
internal sealed class F01(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware) =>
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), firmware.Wifi.Freeze);
}

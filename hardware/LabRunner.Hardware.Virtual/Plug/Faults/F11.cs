using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The stack stops answering ping some time after each boot; HTTP, MQTT and UART go on.</summary>
[PlantedFault("F11", Shows = "ping dead from about 70 s after boot, all else alive")]
[FaultParameter("uptime", "Uptime from which ping is dead: a duration or a range drawn at each boot. Default 65s..75s.")]
internal sealed class F11(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware) => firmware.AtUptime(
        Parameters.Duration("uptime", "65s..75s", Chance), () => firmware.Plug.SetService(PlugService.Echo, false));
}

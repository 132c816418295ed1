using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Opening one page stalls the main loop; the watchdog resets.</summary>
[PlantedFault("F57", Shows = "watchdog reboot after one page was opened")]
[FaultParameter("page", "Path of the page. Default /cfg_generic.")]
internal sealed class F57(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _page = parameters.Text("page") ?? "/cfg_generic";

    public override void OnRequest(PlugFirmware firmware, HttpRequest request)
    {
        if (request.Path == _page)
        {
            firmware.Loop.Stall();
        }
    }
}

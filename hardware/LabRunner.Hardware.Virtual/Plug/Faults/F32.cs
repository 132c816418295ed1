using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>After a client left an upload, the spinning thread takes more with it than by the firmware's own code.</summary>
[PlantedFault("F32", Layer = FaultLayer.Update, Shows = "web dead, or a reset, after an upload was given up")]
[FaultParameter("mode", "web: no new connection is served until a reset; loop: the main loop starves and the watchdog resets the chip. Default web.")]
internal sealed class F32(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "web", "loop");

    public override void OnAbandoned(PlugFirmware firmware)
    {
        if (_mode == "web")
        {
            firmware.Http.Stop();
        }
        else
        {
            firmware.Loop.Stall();
        }
    }
}

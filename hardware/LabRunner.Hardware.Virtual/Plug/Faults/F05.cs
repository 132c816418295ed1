using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A boot hangs after pins and drivers, before the watchdog is armed: nothing recovers it but a new start.</summary>
[PlantedFault("F05", Shows = "banner, then silence: no heartbeat, no reset")]
[FaultParameter("every", "Each how many boots one hangs, 1 to 1000; the first boot never does. Default 3.")]
internal sealed class F05(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _every = (int)parameters.Number("every", 3, 1, 1000);
    private int _boots;

    public override void OnPinsSetUp(PlugFirmware firmware)
    {
        if (_boots++ > 0 && _boots % _every == 0)
        {
            firmware.Hang();
        }
    }
}

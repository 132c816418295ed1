using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>With PowerSave on, the stack freezes after a time; with it off, never.</summary>
[PlantedFault("F58", Shows = "network dead some time after PowerSave 1")]
[FaultParameter("after", "Time after PowerSave 1: a duration or a range. Default 110m..130m.")]
internal sealed class F58(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (firmware.Loop.PowerSave)
        {
            // The startup command ran before.
            Plan(firmware);
        }
    }

    public override bool OnCommand(PlugFirmware firmware, string name, string arguments)
    {
        if (name.Equals("PowerSave", StringComparison.OrdinalIgnoreCase) && arguments.Trim() != "0")
        {
            Plan(firmware);
        }

        return false;
    }

    private void Plan(PlugFirmware firmware) => firmware.Scope.After(Parameters.Duration("after", "110m..130m", Chance), () =>
    {
        if (firmware.Loop.PowerSave)
        {
            firmware.Wifi.Freeze();
        }
    });
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A long console line (a backlog) overflows the stack of the task that runs it; the hook prints its line and loops until the watchdog bites.</summary>
[PlantedFault("F19", Shows = "the line Stack Overflow checked, then the watchdog")]
[FaultParameter("length", "Characters of a command line that are too many, 20 to 1000. Default 200.")]
[FaultParameter("uptime", "Uptime at which it happens by itself: a duration or a range. Default: never.")]
internal sealed class F19(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _length = (int)parameters.Number("length", 200, 20, 1000);

    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (Parameters.Text("uptime") is not null)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "1h", Chance), () => Overflow(firmware));
        }
    }

    public override bool OnCommand(PlugFirmware firmware, string name, string arguments)
    {
        bool overflows = name.Length + 1 + arguments.Length > _length;
        if (overflows)
        {
            Overflow(firmware);
        }

        return overflows;
    }

    private static void Overflow(PlugFirmware firmware)
    {
        firmware.Log.Raw("Stack Overflow checked\r\n");
        firmware.Hang();
    }
}

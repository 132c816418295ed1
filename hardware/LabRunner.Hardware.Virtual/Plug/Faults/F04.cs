using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>CPU exception: dump on the UART (code 5, mcause 38000005, mepc 2308b834), then the watchdog resets the chip.</summary>
[PlantedFault("F04", Shows = "a dump, then the reset")]
[FaultParameter("uptime", "Uptime of the exception: a duration or a range drawn at each boot. Default 300s..400s.")]
internal sealed class F04(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    public override void OnAppStarted(PlugFirmware firmware) =>
        firmware.AtUptime(Parameters.Duration("uptime", "300s..400s", Chance), () => firmware.Crash(CrashKind.LoadAccessFault));
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Every boot with meter pins dies of an exception. Before it is marked good (5 s) that ends in safe mode, later it never ends.</summary>
[PlantedFault("F06", Shows = "a dump and a banner again and again")]
[FaultParameter("from", "First boot that dies, counted from the first start, 1 to 1000000. Default 2.")]
[FaultParameter("uptime", "Uptime of the exception: a duration or a range drawn at each boot; before-watchdog needs none. Default 2s..4s.")]
[FaultParameter("point", "running: at the uptime; before-watchdog: while drivers start, so that nothing resets it. Default running.")]
internal sealed class F06(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _from = (int)parameters.Number("from", 2, 1, 1_000_000);
    private readonly bool _early = parameters.Word("point", "running", "before-watchdog") == "before-watchdog";
    private int _boots;

    public override void OnPinsSetUp(PlugFirmware firmware)
    {
        if (++_boots >= _from && _early && firmware.Meter.Running)
        {
            firmware.Crash(CrashKind.IllegalInstruction);
        }
    }

    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (_boots >= _from && firmware.Meter.Running)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "2s..4s", Chance), () => firmware.Crash(CrashKind.IllegalInstruction));
        }
    }
}

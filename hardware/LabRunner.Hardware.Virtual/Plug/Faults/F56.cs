using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The chip's temperature is waited for without an end; the watchdog resets. Stock builds say nothing before, a tracing build says where it was.</summary>
[PlantedFault("F56", Shows = "watchdog reboot; the last line of a tracing build reads the temperature")]
[FaultParameter("uptime", "Uptime of the wait: a duration or a range drawn at each boot. Default 400s..480s.")]
[FaultParameter("trace", "on or off: a build that prints a line before each step. Default on.")]
internal sealed class F56(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _traces = parameters.Word("trace", "on", "off") == "on";

    public override void OnAppStarted(PlugFirmware firmware) =>
        firmware.AtUptime(Parameters.Duration("uptime", "400s..480s", Chance), () =>
        {
            if (_traces)
            {
                // The wording of the tracing builds of PR #1322 is not recorded: this one is the model's own.
                firmware.Log.Info("MAIN", "trace: reading chip temperature (TSEN)");
            }

            firmware.Loop.Stall();
        });
}

using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Without pulses on CF1 the reading is no number, and publishing it ends in an exception.</summary>
[PlantedFault("F20", Layer = FaultLayer.Meter, Shows = "a dump at the first publish without voltage pulses")]
[FaultParameter("uptime", "Uptime from which CF1 is silent by itself: a duration or a range drawn at each boot. Default: only when nothing feeds it.")]
internal sealed class F20(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private bool _silent;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _silent = false;
        if (Parameters.Text("uptime") is not null)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "1h", Chance), () => _silent = true);
        }
    }

    public override long Counted(PlugFirmware firmware, PulseChannel channel, long pulses) =>
        _silent && channel != PulseChannel.Cf ? 0 : pulses;

    public override void OnEnergyPublish(PlugFirmware firmware)
    {
        if (firmware.Mqtt.IsConnected && firmware.Meter.Volts == 0)
        {
            firmware.Crash(CrashKind.StoreAccessFault);
        }
    }
}

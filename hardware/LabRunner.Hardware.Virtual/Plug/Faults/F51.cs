using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// Pulses are missed while requests are served or an update is written, or all the time, the more of them there are; or a busy main loop makes
/// readings too large, since their windows are longer.
/// </summary>
[PlantedFault("F51", Layer = FaultLayer.Meter, Shows = "readings too low while the plug is busy, or the lower the larger the load, or too large while its main loop is late")]
[FaultParameter("mode", "busy: a share of each window in which the plug is busy; rate: each pulse hides those that come too soon after it; window: the count is multiplied by the window's length instead of divided by it. Default busy.")]
[FaultParameter("share", "busy: share of the pulses missed in a busy window, 0 to 1. Default 0.2.")]
[FaultParameter("dead", "rate: time after a pulse in which no other is seen, 1 to 400 us. Default 40.")]
internal sealed class F51(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "busy", "rate", "window");
    private readonly double _deadSeconds = parameters.Number("dead", 40, 1, 400) / 1e6;
    private readonly double _share = parameters.Number("share", 0.2, 0, 1);
    private bool _busy;

    public override bool MeterWindowSwapped => _mode == "window";

    public override void OnRequest(PlugFirmware firmware, HttpRequest request) => _busy = true;

    public override long Counted(PlugFirmware firmware, PulseChannel channel, long pulses)
    {
        if (_mode == "window")
        {
            return pulses;
        }

        if (_mode == "rate")
        {
            // A counter that is blind after each pulse: windows are a second, so pulses are hertz.
            return (long)(pulses / (1 + (pulses * _deadSeconds)));
        }

        bool busy = _busy || firmware.Ota.InProgress || !firmware.Wifi.Connected;
        if (channel == PulseChannel.Cf)
        {
            // CF is the last counted in a window.
            _busy = false;
        }

        return busy ? (long)(pulses * (1 - _share)) : pulses;
    }
}

using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// Pulses are missed while requests are served or an update is written, or all the time, the more of them there are, or ever more of them while a
/// heavy load warms the plug; or a busy main loop makes readings too large, since their windows are longer.
/// </summary>
[PlantedFault("F51", Layer = FaultLayer.Meter, Shows = "readings too low while the plug is busy, or the lower the larger the load, or too large while its main loop is late")]
[FaultParameter("mode", "busy: a share of each window in which the plug is busy; rate: each pulse hides those that come too soon after it; warm: a share of the pulses that grows and falls with the heat of the load; window: the count is multiplied by the window's length instead of divided by it. Default busy.")]
[FaultParameter("share", "busy: share of the pulses missed in a busy window, 0 to 1. Default 0.2.")]
[FaultParameter("dead", "rate: time after a pulse in which no other is seen, 1 to 400 us. Default 40.")]
[FaultParameter("most", "warm: share missed once 3 kW have warmed it through, 0 to 0.1; the heat goes with the square of the load. Default 0.015.")]
[FaultParameter("warms", "warm: time constant of warming and cooling: a duration. Default 20s.")]
internal sealed class F51(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private const double WarmWatts = 3000;

    private readonly string _mode = parameters.Word("mode", "busy", "rate", "warm", "window");
    private readonly double _most = parameters.Number("most", 0.015, 0, 0.1);
    private readonly double _warmsSeconds = parameters.Duration("warms", "20s", chance).TotalSeconds;
    private readonly double _deadSeconds = parameters.Number("dead", 40, 1, 400) / 1e6;
    private readonly double _share = parameters.Number("share", 0.2, 0, 1);
    private bool _busy;
    private double _warmth;
    private double _partOfAPulse;

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

        if (_mode == "warm")
        {
            return channel == PulseChannel.Cf ? Warm(pulses, firmware.Config.WattsPerHertz) : pulses;
        }

        bool busy = _busy || firmware.Ota.InProgress || !firmware.Wifi.Connected;
        if (channel == PulseChannel.Cf)
        {
            // CF is the last counted in a window.
            _busy = false;
        }

        return busy ? (long)(pulses * (1 - _share)) : pulses;
    }

    // Windows are a second. What is no whole pulse yet is kept, or small loads would lose a pulse in each window.
    private long Warm(long pulses, double wattsPerHertz)
    {
        double heat = Math.Pow(pulses * wattsPerHertz / WarmWatts, 2);
        _warmth += (heat - _warmth) * (1 - Math.Exp(-1 / _warmsSeconds));
        double counted = (pulses * (1 - (_most * _warmth))) + _partOfAPulse;
        _partOfAPulse = counted - Math.Floor(counted);
        return (long)counted;
    }
}

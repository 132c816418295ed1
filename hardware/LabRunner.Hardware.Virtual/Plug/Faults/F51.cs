using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Pulses are missed while requests are served or an update is written.</summary>
[PlantedFault("F51", Layer = FaultLayer.Meter, Shows = "readings too low while the plug is busy")]
[FaultParameter("share", "Share of the pulses missed in a busy window, 0 to 1. Default 0.2.")]
internal sealed class F51(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _share = parameters.Number("share", 0.2, 0, 1);
    private bool _busy;

    public override void OnRequest(PlugFirmware firmware, HttpRequest request) => _busy = true;

    public override long Counted(PlugFirmware firmware, PulseChannel channel, long pulses)
    {
        bool busy = _busy || firmware.Ota.InProgress || !firmware.Wifi.Connected;
        if (channel == PulseChannel.Cf)
        {
            // CF is the last counted in a window.
            _busy = false;
        }

        return busy ? (long)(pulses * (1 - _share)) : pulses;
    }
}

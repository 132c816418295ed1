using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The station never tries again after it lost the beacons, or a signal that was too weak for it; only a reset brings it back.</summary>
[PlantedFault("F22", Layer = FaultLayer.Air, Shows = "stays away after the access point came back, or after a weak signal")]
[FaultParameter("probability", "Share of the losses after which it gives up, 0 to 1. Default 1.")]
[FaultParameter("weak", "Signal in dBm below which it loses the access point and gives up, -100 to -40; 0: none. Default 0.")]
internal sealed class F22(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);
    private readonly double _weak = parameters.Number("weak", 0, -100, 0);
    private bool _tooWeak;

    public override void OnAppStarted(PlugFirmware firmware) => _tooWeak = false;

    public override void OnEverySecond(PlugFirmware firmware)
    {
        if (_weak < 0 && firmware.Wifi.Connected && firmware.Wifi.Rssi < _weak)
        {
            _tooWeak = true;
            firmware.Plug.Air.Deauthenticate(firmware.Plug.Mac);
        }
    }

    public override TimeSpan? Rejoin(PlugFirmware firmware, LinkLoss loss) =>
        _tooWeak || (loss == LinkLoss.Beacons && Chance.NextUnit() < _probability) ? null : TimeSpan.Zero;
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The radio is poor for a while: weak signal, packets lost at random, answers late. Plant it on the sentinel too when the air is to blame.</summary>
[PlantedFault("F55", Layer = FaultLayer.Air, Shows = "weak signal, lost pings and late answers, no failure of the firmware")]
[FaultParameter("uptime", "Uptime at which it begins: a duration or a range drawn at each boot. Default 200s..280s.")]
[FaultParameter("lasts", "How long. Default 120s..240s.")]
[FaultParameter("loss", "Share of the packets lost, 0 to 0.99. Default 0.7.")]
[FaultParameter("rssi", "Signal in dBm, -95 to -60. Default -86.")]
internal sealed class F55(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _loss = parameters.Number("loss", 0.7, 0, 0.99);
    private readonly int _rssi = (int)parameters.Number("rssi", -86, -95, -60);
    private bool _poor;

    public override int? Rssi => _poor ? _rssi : null;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _poor = false;
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () =>
        {
            _poor = true;
            firmware.Plug.SetLoss(_loss);
            firmware.Scope.After(Parameters.Duration("lasts", "120s..240s", Chance), () =>
            {
                _poor = false;
                firmware.Plug.SetLoss(0);
            });
        });
    }
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A lost broker connection is never made again, or each new one leaks memory.</summary>
[PlantedFault("F26", Layer = FaultLayer.Broker, Shows = "MQTT dead after the broker was away, all else alive")]
[FaultParameter("mode", "dead: no more attempts; leak: memory lost with each connect. Default dead.")]
[FaultParameter("uptime", "dead: uptime at which the connection falls silent by itself, a duration or a range. Default: only when the broker goes.")]
[FaultParameter("bytes", "leak: bytes a connect, 0 to 20000. Default 1500.")]
internal sealed class F26(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _dead = parameters.Word("mode", "dead", "leak") == "dead";
    private readonly int _bytes = (int)parameters.Number("bytes", 1500, 0, 20_000);
    private bool _was;

    public override bool MqttReconnects => !(_dead && _was);

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _was = false;
        if (_dead && Parameters.Text("uptime") is not null)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "1h", Chance), () => firmware.Plug.SetService(PlugService.Mqtt, false));
        }
    }

    public override void OnMqttConnected(PlugFirmware firmware)
    {
        if (!_dead && _was)
        {
            firmware.Heap.Leak(_bytes);
        }

        _was = true;
    }
}

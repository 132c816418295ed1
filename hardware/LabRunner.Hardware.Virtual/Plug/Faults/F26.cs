using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A lost broker connection is never made again, each new one leaks memory, or many messages at once are too much.</summary>
[PlantedFault("F26", Layer = FaultLayer.Broker, Shows = "MQTT dead after the broker was away, all else alive; or a reset by many messages")]
[FaultParameter("mode", "dead: no more attempts; leak: memory lost with each connect; flood: many messages within a second hang it. Default dead.")]
[FaultParameter("uptime", "dead: uptime at which the connection falls silent by itself, a duration or a range. Default: only when the broker goes.")]
[FaultParameter("messages", "flood: messages within a second that are too many, 2 to 1000. Default 10.")]
[FaultParameter("bytes", "leak: bytes a connect, 0 to 20000. Default 1500.")]
internal sealed class F26(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "dead", "leak", "flood");
    private readonly int _messages = (int)parameters.Number("messages", 10, 2, 1000);
    private readonly Queue<TimeSpan> _came = new();
    private readonly int _bytes = (int)parameters.Number("bytes", 1500, 0, 20_000);
    private bool _was;

    public override bool MqttReconnects => !(_mode == "dead" && _was);

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _was = false;
        _came.Clear();
        if (_mode == "dead" && Parameters.Text("uptime") is not null)
        {
            firmware.AtUptime(Parameters.Duration("uptime", "1h", Chance), () => firmware.Plug.SetService(PlugService.Mqtt, false));
        }
    }

    public override void OnMqttConnected(PlugFirmware firmware)
    {
        if (_mode == "leak" && _was)
        {
            firmware.Heap.Leak(_bytes);
        }

        _was = true;
    }

    public override void OnMqttMessage(PlugFirmware firmware)
    {
        _came.Enqueue(firmware.Scope.Now);
        while (firmware.Scope.Now - _came.Peek() > TimeSpan.FromSeconds(1))
        {
            _came.Dequeue();
        }

        if (_mode == "flood" && _came.Count >= _messages)
        {
            firmware.Hang();
        }
    }
}

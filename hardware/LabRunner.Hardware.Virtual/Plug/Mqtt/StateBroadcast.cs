using LabRunner.Hardware.Virtual.Plug.Console;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Mqtt;

/// <summary>
/// Publishes the whole state, so many items a second: after a connect, on request, and under flag 2 again and again; under flag 30 also
/// the Tasmota telemetry.
/// </summary>
internal sealed class StateBroadcast(PlugFirmware firmware, MqttFace mqtt)
{
    private int _item;
    private bool _running;
    private int _nextIn;
    private int _teleState;
    private int _teleSensor;

    /// <summary>mqtt_broadcastInterval, seconds; effective with flag 2.</summary>
    public int IntervalSeconds { get; set; } = 60;

    public int ItemsPerSecond { get; set; } = 1;

    /// <summary>TasTeleInterval: seconds for SENSOR and STATE, effective with flag 30.</summary>
    public (int Sensor, int State) TeleSeconds { get; set; } = (3, 120);

    public void PublishAll()
    {
        _running = true;
        _item = 0;
    }

    public void Stop() => _running = false;

    public void EverySecond()
    {
        Telemetry();
        if (_running)
        {
            PublishItems();
        }
        else if (firmware.Config.HasFlag(2) && --_nextIn <= 0)
        {
            _nextIn = IntervalSeconds;
            PublishAll();
        }
    }

    private void Telemetry()
    {
        if (!firmware.Config.HasFlag(30))
        {
            return;
        }

        string client = firmware.Config.MqttClient;
        if (++_teleSensor >= TeleSeconds.Sensor)
        {
            _teleSensor = 0;
            mqtt.Publish($"tele/{client}/SENSOR", TasmotaJson.SensorBody(firmware), 0, false);
        }

        if (++_teleState >= TeleSeconds.State)
        {
            _teleState = 0;
            mqtt.Publish($"tele/{client}/STATE", TasmotaJson.StateBody(firmware), 0, false);
        }
    }

    private void PublishItems()
    {
        List<(string Topic, Func<string> Value)> own = SelfState.Items(firmware);
        for (int sent = 0; sent < ItemsPerSecond && _running; _item++)
        {
            int channel = _item - own.Count;
            if (channel < 0)
            {
                mqtt.Publish($"{firmware.Config.MqttClient}/{own[_item].Topic}", own[_item].Value(), 1, firmware.Config.HasFlag(7));
                sent++;
            }
            else if (channel >= PlugConfig.ChannelCount)
            {
                _running = false;
            }
            else if (firmware.Channels.InUse(channel))
            {
                mqtt.PublishChannel(channel);
                sent++;
            }
        }
    }
}

using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Console;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Mqtt;

/// <summary>
/// MQTT of the firmware (new_mqtt.c): connects 3 s after Wi-Fi is up and then about every 16 s, publishes its own state one item a second
/// after each connect (flag 10), and follows its set topics.
/// </summary>
internal sealed class MqttFace(PlugFirmware firmware)
{
    private const int LoopsWithDisconnected = 15;
    private const int KeepaliveSeconds = 100;

    private int _loops = LoopsWithDisconnected - 2;
    private bool _connecting;
    private int _reconnectIn;
    private StateBroadcast? _broadcast;
    private int _silentSeconds;

    public bool IsConnected { get; private set; }

    /// <summary>Connect attempts of this boot.</summary>
    public int ConnectEvents { get; private set; }

    public int Published { get; private set; }

    public int MessagesReceived { get; private set; }

    public int Errors { get; private set; }

    /// <summary>Whole-state and telemetry publishing, one part of the second's work.</summary>
    public StateBroadcast State => _broadcast ??= new StateBroadcast(firmware, this);

    private bool MayConnect => firmware.Faults.All(f => f.MqttReconnects);

    private string Client => firmware.Config.MqttClient;

    private bool Alive => !firmware.Scope.Ended && firmware.Plug.AnswersMqtt;

    /// <summary>Topics changed: reconnects in about five seconds.</summary>
    public void TopicsChanged() => _reconnectIn = 5;

    public void EverySecond()
    {
        if (firmware.SafeMode || !firmware.Wifi.Connected || firmware.Config.MqttHost.Length == 0)
        {
            _loops = LoopsWithDisconnected - 2;
            return;
        }

        if (!Alive)
        {
            NoticeSilence();
            return;
        }

        if (_reconnectIn > 0 && --_reconnectIn == 0 && IsConnected)
        {
            firmware.Log.Info("MQTT", "MQTT will now do a forced reconnect");
            Disconnect();
            _loops = LoopsWithDisconnected - 2;
        }

        if (!IsConnected)
        {
            TryConnect();
            return;
        }

        if (firmware.Ota.InProgress)
        {
            firmware.Log.Info("MQTT", "OTA started MQTT will be closed");
            Disconnect();
            return;
        }

        State.EverySecond();
    }

    public void Connected()
    {
        if (!_connecting || !Alive)
        {
            return;
        }

        _connecting = false;
        IsConnected = true;
        firmware.Log.Info("MQTT", "mqtt_connection_cb: Successfully connected");
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnMqttConnected(firmware);
        }

        Publish(Client + "/connected", "online", 2, true);
        if (firmware.Config.HasFlag(10))
        {
            State.PublishAll();
        }
    }

    public void Refused()
    {
        _connecting = false;
        Errors++;
    }

    public void Lost()
    {
        if (firmware.Scope.Ended || firmware.Wifi.Silent)
        {
            return;
        }

        if (IsConnected)
        {
            firmware.Log.Info("MQTT", "mqtt_connection_cb: Disconnected, reason: 256");
        }

        IsConnected = false;
        _connecting = false;
        State.Stop();
    }

    public void Received(string topic, string payload)
    {
        if (!Alive || !IsConnected)
        {
            return;
        }

        MessagesReceived++;
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnMqttMessage(firmware);
        }

        if (firmware.Scope.Ended)
        {
            return;
        }

        string[] parts = topic.Split('/');
        if (parts.Length == 3 && parts[0] is "cmnd" && (parts[1] == Client || parts[1] == firmware.Config.MqttGroup))
        {
            firmware.Commands.ExecuteTasmota(parts[2], payload);
        }
        else if (parts.Length == 3 && (parts[0] == Client || parts[0] == firmware.Config.MqttGroup)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int channel))
        {
            if (parts[2] == "set")
            {
                SetChannel(channel, payload);
            }
            else if (parts[2] == "get" && payload.Length == 0)
            {
                PublishChannel(channel);
            }
        }
    }

    public void ChannelChanged(int channel, int value)
    {
        if (firmware.Channels.InUse(channel))
        {
            PublishChannel(channel);
        }
    }

    /// <summary>Publishes client/name/get, without /get under flag 50.</summary>
    public void PublishGet(string name, string payload, int qos)
    {
        bool retain = firmware.Config.HasFlag(7);
        Publish($"{Client}/{name}{(firmware.Config.HasFlag(50) ? "" : "/get")}", payload, qos, retain);
    }

    public void Publish(string topic, string payload, int qos, bool retain)
    {
        if (!IsConnected || !Alive)
        {
            return;
        }

        Published++;
        firmware.Plug.Outside.MqttPublish(firmware.Scope.Now, topic, payload, qos, retain);
    }

    public void Disconnect()
    {
        if (IsConnected && Alive)
        {
            // lwIP's client closes orderly, so the broker keeps the will to itself.
            firmware.Plug.Outside.MqttDisconnect(firmware.Scope.Now);
        }

        IsConnected = false;
        _connecting = false;
        State.Stop();
    }

    // The socket never hears anything: the client gives up after one and a half keepalives, and its attempts get no answer.
    private void NoticeSilence()
    {
        if (IsConnected && ++_silentSeconds > KeepaliveSeconds * 3 / 2)
        {
            firmware.Log.Info("MQTT", "mqtt_connection_cb: Disconnected, reason: 258");
            IsConnected = false;
            State.Stop();
        }
        else if (!IsConnected && MayConnect && ++_loops > LoopsWithDisconnected)
        {
            _loops = 0;
            ConnectEvents++;
        }
    }

    private void TryConnect()
    {
        if (firmware.Ota.InProgress || !MayConnect || ++_loops <= LoopsWithDisconnected)
        {
            return;
        }

        _loops = 0;
        ConnectEvents++;
        _connecting = true;
        PlugConfig config = firmware.Config;
        firmware.Log.Info("MQTT", string.Create(
            CultureInfo.InvariantCulture, $"mqtt_userName {config.MqttUser}, mqtt_pass {config.MqttPassword}, mqtt_clientID {Client}, mqtt_host {config.MqttHost}:{config.MqttPort}"));
        firmware.Plug.Outside.MqttConnect(
            firmware.Scope.Now, Client,
            [$"{Client}/+/set", $"{Client}/+/get", $"cmnd/{Client}/+", $"{config.MqttGroup}/+/set", $"cmnd/{config.MqttGroup}/+", "homeassistant/+"]);
    }

    private void SetChannel(int channel, string payload)
    {
        switch (payload.Trim().ToUpperInvariant())
        {
            case "TOGGLE":
                firmware.Channels.Toggle(channel);
                break;
            case "ON":
                firmware.Channels.Set(channel, 1);
                break;
            case "OFF":
                firmware.Channels.Set(channel, 0);
                break;
            default:
                // atoi: anything that is no number is 0.
                _ = int.TryParse(payload, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
                firmware.Channels.Set(channel, value);
                break;
        }
    }

    public void PublishChannel(int channel)
    {
        bool retain = firmware.Config.HasFlag(7) || (firmware.Config.HasFlag(21) && firmware.Channels.IsRelay(channel));
        string name = channel.ToString(CultureInfo.InvariantCulture);
        Publish(
            $"{Client}/{name}{(firmware.Config.HasFlag(50) ? "" : "/get")}",
            firmware.Channels.Get(channel).ToString(CultureInfo.InvariantCulture), 1, retain);
    }
}

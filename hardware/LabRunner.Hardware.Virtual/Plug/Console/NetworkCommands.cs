using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>MQTT and Wi-Fi settings, publishing (cmd_main.c, new_mqtt.c).</summary>
internal static class NetworkCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("MqttHost", a => Setting(firmware, a, t => firmware.Config.MqttHost = t));
        table.Register("MqttUser", a => Setting(firmware, a, t => firmware.Config.MqttUser = t));
        table.Register("MqttPassword", a => Setting(firmware, a, t => firmware.Config.MqttPassword = t));
        table.Register("MqttClient", a => Setting(firmware, a, t => firmware.Config.MqttClient = t));
        table.Register("MqttGroup", a => Setting(firmware, a, t => firmware.Config.MqttGroup = t));
        table.Register("SSID1", a => Setting(firmware, a, t => firmware.Config.Ssid = t));
        table.Register("Password1", a => Setting(firmware, a, t => firmware.Config.WifiPassword = t));
        table.Register("publish", a => Publish(firmware, a));
        table.Register("publishInt", a => Publish(firmware, a));
        table.Register("publishFloat", a => Publish(firmware, a));
        table.Register("publishAll", _ => All(firmware));
        table.Register("publishChannels", _ => All(firmware));
        table.Register("mqtt_broadcastInterval", a => Number(a, n => firmware.Mqtt.State.IntervalSeconds = Math.Max(n, 1)));
        table.Register("mqtt_broadcastItemsPerSec", a => Number(a, n => firmware.Mqtt.State.ItemsPerSecond = Math.Max(n, 1)));
        table.Register("TasTeleInterval", a =>
        {
            if (a.Count < 2)
            {
                return CommandResult.NotEnoughArguments;
            }

            firmware.Mqtt.State.TeleSeconds = (Math.Max(a.Integer(0), 1), Math.Max(a.Integer(1), 1));
            return CommandResult.Ok;
        });
    }

    private static CommandResult All(PlugFirmware firmware)
    {
        firmware.Mqtt.State.PublishAll();
        return CommandResult.Ok;
    }

    private static CommandResult Number(CommandArguments arguments, Action<int> set)
    {
        if (arguments.Count < 1)
        {
            return CommandResult.NotEnoughArguments;
        }

        set(arguments.Integer(0));
        return CommandResult.Ok;
    }

    private static CommandResult Setting(PlugFirmware firmware, CommandArguments arguments, Action<string> set)
    {
        if (arguments.Count < 1)
        {
            return CommandResult.NotEnoughArguments;
        }

        set(arguments[0]);
        firmware.MarkConfigChanged();
        firmware.Mqtt.TopicsChanged();
        return CommandResult.Ok;
    }

    private static CommandResult Publish(PlugFirmware firmware, CommandArguments arguments)
    {
        if (arguments.Count < 2)
        {
            return CommandResult.NotEnoughArguments;
        }

        firmware.Mqtt.PublishGet(arguments[0], arguments.From(1), qos: 1);
        return CommandResult.Ok;
    }
}

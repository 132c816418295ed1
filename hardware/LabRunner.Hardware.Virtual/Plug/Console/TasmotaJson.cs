using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>
/// Tasmota-like JSON (json_interface.c). Some fields are real, others are constants that never change: RestartReason, BootCount,
/// SaveCount, MqttCount, LinkCount, Downtime, LoadAvg, TelePeriod, gateway, and all of StatusMEM.
/// </summary>
internal static class TasmotaJson
{
    /// <summary>The reply to a command: "{}" for whatever has no JSON of its own, unknown commands too.</summary>
    public static string For(PlugFirmware firmware, string name, string argument)
    {
        string word = name.ToUpperInvariant();
        if (word.StartsWith("POWER", StringComparison.Ordinal))
        {
            return "{" + PowerFields(firmware) + "}";
        }

        return word switch
        {
            "STATE" => StateBody(firmware),
            "SENSOR" => SensorBody(firmware),
            "STATUS" => Status(firmware, argument.Trim()),
            "SETCHANNEL" or "GETCHANNEL" or "ADDCHANNEL" => Channel(firmware, argument),
            "MQTTCLIENT" => Pair("MQTTClient", firmware.Config.MqttClient),
            "MQTTHOST" => Pair("MQTTHost", firmware.Config.MqttHost),
            "MQTTUSER" => Pair("MQTTUser", firmware.Config.MqttUser),
            "MQTTPASSWORD" => Pair("MqttPassword", "****"),
            "SSID1" => Pair("SSID1", firmware.Config.Ssid),
            "FLAGS" => Pair("Flags", firmware.Config.Flags.ToString(CultureInfo.InvariantCulture)),
            "SHORTNAME" => Pair("ShortName", firmware.Config.ShortName),
            "FRIENDLYNAME" => Pair("FriendlyName", firmware.Config.DeviceName),
            _ => "{}",
        };
    }

    /// <summary>StatusSTS without its name.</summary>
    public static string StateBody(PlugFirmware firmware)
    {
        TimeSpan up = TimeSpan.FromSeconds(firmware.UptimeSeconds);
        int rssi = firmware.Wifi.Rssi;
        string sleep = firmware.Loop.PowerSave ? "\"SleepMode\":\"Dynamic\",\"Sleep\":10" : "\"SleepMode\":\"None\",\"Sleep\":0";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"Time\":\"{DeviceTime(firmware)}\",\"Uptime\":\"{up.Days}T{up.Hours:00}:{up.Minutes:00}:{up.Seconds:00}\",\"UptimeSec\":{firmware.UptimeSeconds},\"Heap\":{firmware.Heap.Free / 1024},{sleep},\"LoadAvg\":99,\"MqttCount\":23,{PowerFields(firmware)},\"Wifi\":{{\"AP\":1,\"SSId\":\"{firmware.Config.Ssid}\",\"BSSId\":\"{firmware.Wifi.Bssid}\",\"Channel\":6,\"Mode\":\"11n\",\"RSSI\":{(rssi + 100) * 2},\"Signal\":{rssi},\"LinkCount\":21,\"Downtime\":\"0T06:13:34\"}}}}");
    }

    /// <summary>StatusSNS without its name.</summary>
    public static string SensorBody(PlugFirmware firmware)
    {
        StringBuilder json = new();
        json.Append("{\"Time\":\"").Append(DeviceTime(firmware)).Append('"');
        if (firmware.Meter.Running)
        {
            MeterDriver m = firmware.Meter;
            json.Append(CultureInfo.InvariantCulture, $",\"ENERGY\":{{\"Power\": {m.Watts:F6},\"ApparentPower\": {m.ApparentPower:F6},\"ReactivePower\": {m.ReactivePower:F6}");
            json.Append(CultureInfo.InvariantCulture, $",\"Factor\":{m.PowerFactor:F6},\"Voltage\":{m.Volts:F6},\"Current\":{m.Amperes:F6},\"Frequency\":{0.0:F6}");
            json.Append(CultureInfo.InvariantCulture, $",\"ConsumptionTotal\":{m.TotalWattHours:F6},\"Yesterday\": {0.0:F6},\"ConsumptionLastHour\":{m.Statistics.LastHourWattHours:F6}}}");
        }

        json.Append(CultureInfo.InvariantCulture, $",\"{(firmware.Config.ShortName)}\":{{\"Temperature\": {firmware.Loop.ChipTemperature:F1}}},\"TempUnit\":\"C\"}}");
        return json.ToString();
    }

    private static string Status(PlugFirmware firmware, string number) => number switch
    {
        "2" => "{" + Firmware(firmware) + "}",
        "4" => "{" + Memory + "}",
        "5" => "{" + Network(firmware) + "}",
        "6" => "{" + Mqtt(firmware) + "}",
        "7" => "{" + Times(firmware) + "}",
        "8" or "10" => "{\"StatusSNS\":" + SensorBody(firmware) + "}",
        "11" => "{\"StatusSTS\":" + StateBody(firmware) + "}",
        _ => "{" + string.Join(',', Head(firmware), Firmware(firmware), Logging(firmware), Memory, Network(firmware), Mqtt(firmware),
            Times(firmware), "\"StatusSNS\":" + SensorBody(firmware), "\"StatusSTS\":" + StateBody(firmware)) + "}",
    };

    private static string Head(PlugFirmware firmware)
    {
        int mask = 0;
        int[] relays = [.. firmware.Channels.Relays()];
        int first = relays.Contains(0) ? 0 : 1;
        foreach (int channel in relays.Where(c => firmware.Channels.Get(c) != 0))
        {
            mask |= 1 << (channel - first);
        }

        string names = relays.Length == 0
            ? $"\"{firmware.Config.DeviceName}\""
            : string.Join(',', relays.Select(c => string.Create(CultureInfo.InvariantCulture, $"\"{firmware.Config.ShortName}_{c + 1 - first}\"")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\"Status\":{{\"Module\":0,\"DeviceName\":\"{firmware.Config.ShortName}\",\"FriendlyName\":[{names}],\"Topic\":\"{firmware.Config.MqttClient}\",\"ButtonTopic\":\"0\",\"Power\":{mask},\"PowerOnState\":3,\"LedState\":1,\"LedMask\":\"FFFF\",\"SaveData\":1,\"SaveState\":1,\"SwitchTopic\":\"0\",\"SwitchMode\":[0,0,0,0,0,0,0,0],\"ButtonRetain\":0,\"SwitchRetain\":0,\"SensorRetain\":0,\"PowerRetain\":0,\"InfoRetain\":0,\"StateRetain\":0}},\"StatusPRM\":{{\"Baudrate\":115200,\"SerialConfig\":\"8N1\",\"GroupTopic\":\"\",\"OtaUrl\":\"https://github.com/openshwprojects/OpenBK7231T_App/releases/latest\",\"RestartReason\":\"HardwareWatchdog\",\"Uptime\":{firmware.UptimeSeconds},\"StartupUTC\":\"{DeviceTime(firmware)}\",\"Sleep\":50,\"CfgHolder\":4617,\"BootCount\":22,\"BCResetTime\":\"2022-01-27T16:10:56\",\"SaveCount\":1235,\"SaveAddress\":\"F9000\"}}");
    }

    private static string Firmware(PlugFirmware firmware) =>
        $"\"StatusFWR\":{{\"Version\":\"{firmware.Plug.Chip.FirmwareName}_{firmware.Version}\",\"BuildDateTime\":\"Jul 24 2026 08:31:05\",\"Boot\":7,\"Core\":\"0.0\",\"SDK\":\"obk\",\"CpuFrequency\":80,\"Hardware\":\"{firmware.Plug.Chip.Name}\",\"CR\":\"465/699\"}}";

    private static string Logging(PlugFirmware firmware) =>
        $"\"StatusLOG\":{{\"SerialLog\":2,\"WebLog\":2,\"MqttLog\":0,\"SysLog\":0,\"LogHost\":\"\",\"LogPort\":514,\"SSId1\":\"{firmware.Config.Ssid}\",\"SSId2\":\"\",\"TelePeriod\":300,\"Resolution\":\"558180C0\",\"SetOption\":[\"000A8009\",\"2805C80001000600003C5A0A000000000000\",\"00000280\",\"00006008\",\"00004000\"]}}";

    private const string Memory =
        "\"StatusMEM\":{\"ProgramSize\":616,\"Free\":384,\"Heap\":25,\"ProgramFlashSize\":1024,\"FlashSize\":2048,\"FlashChipId\":\"1540A1\",\"FlashFrequency\":40,\"FlashMode\":3,\"Features\":[\"00000809\"],\"Drivers\":\"1,2,3,4,5,6,7,8,9,10,12,16,18,19,20,21,22,24,26,27,29,30,35,37,45\",\"Sensors\":\"1,2,3,4,5,6\"}";

    private static string Network(PlugFirmware firmware) =>
        $"\"StatusNET\":{{\"Hostname\":\"{firmware.Config.ShortName}\",\"IPAddress\":\"{firmware.Wifi.Ip}\",\"Gateway\":\"192.168.0.1\",\"Subnetmask\":\"255.255.255.0\",\"DNSServer1\":\"192.168.0.1\",\"DNSServer2\":\"0.0.0.0\",\"Mac\":\"{firmware.MacWithColons}\",\"Webserver\":2,\"HTTP_API\":1,\"WifiConfig\":4,\"WifiPower\":17.0}}";

    private static string Mqtt(PlugFirmware firmware) => string.Create(
        CultureInfo.InvariantCulture,
        $"\"StatusMQT\":{{\"MqttHost\":\"{firmware.Config.MqttHost}\",\"MqttPort\":{firmware.Config.MqttPort},\"MqttClientMask\":\"core-mosquitto\",\"MqttClient\":\"{firmware.Config.MqttClient}\",\"MqttUser\":\"{firmware.Config.MqttUser}\",\"MqttCount\":23,\"MAX_PACKET_SIZE\":1200,\"KEEPALIVE\":30,\"SOCKET_TIMEOUT\":4}}");

    private static string Times(PlugFirmware firmware) =>
        $"\"StatusTIM\":{{\"UTC\":\"{DeviceTime(firmware)}\",\"Local\":\"{DeviceTime(firmware)}\",\"StartDST\":\"2022-03-27T02:00:00\",\"EndDST\":\"2022-10-30T03:00:00\",\"Timezone\":\"+01:00\",\"Sunrise\":\"07:50\",\"Sunset\":\"17:17\"}}";

    private static string PowerFields(PlugFirmware firmware)
    {
        int[] relays = [.. firmware.Channels.Relays()];
        // Safe mode has no pins: the command does not exist, yet this still says OFF.
        if (relays.Length == 0)
        {
            return "\"POWER\":\"ON\"";
        }

        if (relays.Length == 1)
        {
            return $"\"POWER\":\"{Word(firmware.Channels.Get(relays[0]))}\"";
        }

        int offset = relays[0] == 0 ? 1 : 0;
        return string.Join(',', relays.Select(c => string.Create(
            CultureInfo.InvariantCulture, $"\"POWER{c + offset}\":\"{Word(firmware.Channels.Get(c))}\"")));
    }

    private static string Word(int value) => value != 0 ? "ON" : "OFF";

    private static string Pair(string name, string value) => $"{{\"{name}\":\"{value}\"}}";

    private static string Channel(PlugFirmware firmware, string argument)
    {
        _ = int.TryParse(argument.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int channel);
        return firmware.Channels.Get(channel).ToString(CultureInfo.InvariantCulture);
    }

    // Without NTP the device's clock starts at 1970.
    private static string DeviceTime(PlugFirmware firmware) =>
        new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(firmware.UptimeSeconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
}

using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Mqtt;

/// <summary>What the device tells about itself over MQTT, in the order it tells it (PUBLISHITEM_SELF_…).</summary>
internal static class SelfState
{
    public static List<(string Topic, Func<string> Value)> Items(PlugFirmware firmware) =>
    [
        ("host", () => firmware.Config.ShortName),
        ("build", () => firmware.BuildText),
        ("mac", () => firmware.MacWithColons),
        ("temp", () => firmware.Loop.ChipTemperature.ToString("F2", CultureInfo.InvariantCulture)),
        ("ssid", () => firmware.Config.Ssid),
        ("datetime", () => firmware.Clock.Now.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)),
        ("sockets", () => firmware.Http.Sockets.ToString(CultureInfo.InvariantCulture)),
        ("rssi", () => firmware.Wifi.Rssi.ToString(CultureInfo.InvariantCulture)),
        ("uptime", () => firmware.UptimeSeconds.ToString(CultureInfo.InvariantCulture)),
        ("freeheap", () => firmware.Heap.Free.ToString(CultureInfo.InvariantCulture)),
        ("ip", () => firmware.Wifi.Ip),
    ];
}

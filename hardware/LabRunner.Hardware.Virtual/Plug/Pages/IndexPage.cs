using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/index: actions, then div#state. /index?state=1 gives the inside of div#state alone and takes no action.</summary>
internal static class IndexPage
{
    public static HttpReply Show(PlugFirmware firmware, HttpRequest request)
    {
        if (request.Query("state") is not null)
        {
            return HttpReply.Html(State(firmware));
        }

        StringBuilder body = new("<div id=\"changed\">");
        body.Append(Act(firmware, request)).Append("</div><div id=\"state\">").Append(State(firmware)).Append("</div>");
        body.Append(Html.Action("cfg", "Config"));
        body.Append("<form action=\"/index\"><input type=\"hidden\" name=\"restart\" value=\"1\">"
            + "<input class=\"bred\" type=\"submit\" value=\"Restart\" onclick=\"return confirm('Are you sure to restart module?')\"></form>");
        if (firmware.SafeMode)
        {
            body.Append("<form action=\"/index\"><input type=\"hidden\" name=\"unsafe\" value=\"1\">"
                + "<input class=\"bred\" type=\"submit\" value=\"Exit safe mode\" onclick=\"return confirm('Are you sure to try exit safe mode?')\"></form>");
        }

        body.Append("<form action=\"/app\" target=\"_blank\"><input type=\"submit\" value=\"Launch Web Application\"/></form>");
        body.Append(Html.Action("about", "About"));
        return Html.Page(firmware, null, body.ToString(), "<a href=\"/index\">Refresh</a>");
    }

    private static string Act(PlugFirmware firmware, HttpRequest request)
    {
        StringBuilder told = new();
        foreach ((string name, string value) in request.Pairs())
        {
            _ = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
            switch (name)
            {
                case "tgl":
                    told.Append(CultureInfo.InvariantCulture, $"<h3>Toggled Channel {number}!</h3>");
                    firmware.Channels.Toggle(number);
                    break;
                case "on":
                    told.Append(CultureInfo.InvariantCulture, $"<h3>Enabled Channel {number}!</h3>");
                    firmware.Channels.Set(number, 255);
                    break;
                case "off":
                    told.Append(CultureInfo.InvariantCulture, $"<h3>Disabled Channel {number}!</h3>");
                    firmware.Channels.Set(number, 0);
                    break;
                case "set":
                    _ = int.TryParse(request.Query("setIndex"), NumberStyles.None, CultureInfo.InvariantCulture, out int index);
                    told.Append(CultureInfo.InvariantCulture, $"<h3>Changed channel Channel {index} to {number}!</h3>");
                    firmware.Channels.Set(index, number);
                    break;
                case "restart":
                    told.Append("<h5> Module will restart soon</h5>");
                    firmware.Loop.ResetIn = 3;
                    break;
                case "unsafe" when firmware.SafeMode:
                    told.Append("<h5> Will try to do unsafe init in few seconds</h5>");
                    firmware.Loop.UnsafeInitSoon();
                    break;
                default:
                    break;
            }
        }

        return told.ToString();
    }

    private static string State(PlugFirmware firmware)
    {
        StringBuilder html = new();
        int[] relays = [.. firmware.Channels.Relays()];
        if (!firmware.Config.HasFlag(49))
        {
            html.Append("<table>");
            foreach (int channel in relays)
            {
                html.Append(channel <= 1 ? "<tr>" : "");
                html.Append(firmware.Channels.Get(channel) != 0 ? "<td class='on'>ON</td>" : "<td class='off'>OFF</td>");
            }

            html.Append("</table>");
        }

        html.Append("<table>");
        foreach (int channel in relays)
        {
            string colour = firmware.Channels.Get(channel) != 0 ? "bgrn" : "bred";
            html.Append(channel <= 1 ? "<tr>" : "");
            html.Append(CultureInfo.InvariantCulture, $"<td><form action=\"index\"><input type=\"hidden\" name=\"tgl\" value=\"{channel}\">");
            html.Append(CultureInfo.InvariantCulture, $"<input class=\"{colour}\" type=\"submit\" value=\"Toggle Channel {channel}\"/></form></td>");
        }

        html.Append("</table><table></table>");
        if (firmware.Meter.Running)
        {
            if (firmware.Meter.HasData)
            {
                EnergyTable.Append(html, firmware);
            }
        }

        // In the order of drv_main.c.
        (string Name, bool Runs)[] known =
            [("NTP", firmware.Clock.Running), ("BL0937", firmware.Meter.Running), ("MDNS", firmware.Loop.ServiceDiscovery), ("SSDP", firmware.Loop.Discovery)];
        string[] drivers = [.. known.Where(d => d.Runs).Select(d => d.Name)];
        string named = drivers.Length == 0 ? "" : $" ({string.Join(", ", drivers)})";
        html.Append(CultureInfo.InvariantCulture, $"<h5>{drivers.Length} drivers active{named}, total: 22</h5>");
        AppendFacts(html, firmware);
        return html.ToString();
    }

    private static void AppendFacts(StringBuilder html, PlugFirmware firmware)
    {
        IEnumerable<string> channels = firmware.Pins.Ready
            ? Enumerable.Range(0, PlugConfig.ChannelCount).Where(firmware.Channels.InUse)
                .Select(c => string.Create(CultureInfo.InvariantCulture, $"Channel {c} = {firmware.Channels.Get(c):F2}"))
            : [];
        if (firmware.Repeats.Count > 0)
        {
            channels = channels.Append(string.Create(CultureInfo.InvariantCulture, $"{firmware.Repeats.Count} repeating events"));
        }

        html.Append("<h5>").AppendJoin(", ", channels).Append("</h5>");
        html.Append(CultureInfo.InvariantCulture, $"<h5>Cfg size: {PlugConfig.SizeOnDevice}, change counter: {firmware.Config.ChangeCounter}, ota counter: {firmware.Config.OtaCounter}, incomplete boots: {firmware.BootFailures}</h5>");
        html.Append(CultureInfo.InvariantCulture, $"<h5>Chip temperature: {firmware.Loop.ChipTemperature:F1}°C</h5>");
        if (firmware.Wifi.Connected)
        {
            int rssi = firmware.Wifi.Rssi;
            html.Append(CultureInfo.InvariantCulture, $"<h5>Wifi RSSI: {(rssi >= -50 ? "Excellent" : "Good")} ({rssi}dBm)</h5>");
        }

        if (firmware.Plug.Config.TellsResetReason)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h5>Reboot reason: {ResetReasons.Name(firmware.ResetReason)}</h5>");
        }

        if (firmware.SafeMode)
        {
            html.Append("<h5 class='safe'>You are in safe mode (AP mode) because full reboot failed several times. "
                + "Pins, relays, etc are disabled.</h5>");
        }
        else if (firmware.Config.MqttHost.Length == 0)
        {
            html.Append("<h5>MQTT State: not configured<br>");
        }
        else
        {
            string state = firmware.Mqtt.IsConnected ? "<span style=\"color:green\">connected</span>" : "<span style=\"color:yellow\">disconnected</span>";
            html.Append(CultureInfo.InvariantCulture, $"<h5>MQTT State: {state} RES: 0(ERR_OK)<br>MQTT ErrMsg: <br>MQTT Stats: CONN: {firmware.Mqtt.ConnectEvents} PUB: {firmware.Mqtt.Published} RECV: {firmware.Mqtt.MessagesReceived} ERR: {firmware.Mqtt.Errors} </h5>");
        }

        if (firmware.Ota.InProgress)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h5>OTA In Progress. Downloaded: {firmware.Ota.Downloaded} B Flashed: {Math.Max(firmware.Ota.Downloaded - 512, 0)} B</h5>");
        }
    }
}

using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cfg, /cfg_generic, /cfg_mqtt with its set page, /about.</summary>
internal static class ConfigPages
{
    private const int Flags = 53;

    public static HttpReply Menu(PlugFirmware firmware) => Html.Page(
        firmware, "Config",
        string.Concat(
            Html.Action("cfg_pins", "Configure Module"), Html.Action("cfg_generic", "Configure General/Flags"),
            Html.Action("cfg_startup", "Configure Startup"), Html.Action("cfg_wifi", "Configure WiFi"), Html.Action("cfg_ip", "Configure IP"),
            Html.Action("cfg_mqtt", "Configure MQTT"), Html.Action("cfg_name", "Configure Names"),
            Html.Action("cfg_mac", "Change MAC"), Html.Action("cfg_ping", "Ping Watchdog (network lost restarter)"),
            Html.Action("cfg_webapp", "Configure WebApp"), Html.Action("ha_cfg", "Home Assistant Configuration"),
            Html.Action("ota", "OTA (update software by WiFi)"), Html.Action("cmd_tool", "Execute Custom Command"),
            Html.Action("startup_command", "Change Startup Command Text")),
        Html.ReturnToMain);

    public static HttpReply About(PlugFirmware firmware) => Html.Page(
        firmware, "About", $"<h2>Virtual {firmware.Plug.Chip.Name} plug with OpenBeken-like firmware</h2>", Html.ReturnToMain);

    public static HttpReply Generic(PlugFirmware firmware, HttpRequest request)
    {
        StringBuilder body = new();
        if (int.TryParse(request.Query("boot_ok_delay"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int delay))
        {
            firmware.Config.BootOkSeconds = Math.Max(delay, 1);
            firmware.MarkConfigChanged();
            body.Append(CultureInfo.InvariantCulture, $"<h5>Setting boot OK delay to {firmware.Config.BootOkSeconds}<h5>");
        }

        if (request.Query("setFlags") is not null)
        {
            // A browser does not send unchecked boxes: what is missing is cleared.
            for (int flag = 0; flag < Flags; flag++)
            {
                string name = "flag" + flag.ToString(CultureInfo.InvariantCulture);
                firmware.Config.SetFlag(flag, request.Query(name) is { } value && value != "0");
            }

            firmware.MarkConfigChanged();
        }

        firmware.Loop.SaveNow();
        body.Append(CultureInfo.InvariantCulture, $"<h4>Flags (Current value={firmware.Config.Flags})</h4><form action=\"/cfg_generic\">");
        for (int flag = 0; flag < Flags; flag++)
        {
            string check = firmware.Config.HasFlag(flag) ? " checked" : "";
            body.Append(CultureInfo.InvariantCulture, $"<div><input type=\"checkbox\" name=\"flag{flag}\" id=\"flag{flag}\" value=\"1\"{check}><label for=\"flag{flag}\">Flag {flag}</label></div>");
        }

        body.Append("<input type=\"hidden\" id=\"setFlags\" name=\"setFlags\" value=\"1\"><br><input type=\"submit\" value=\"Submit\"/></form>");
        body.Append(Html.NumberField("Uptime in seconds required to mark boot as OK", "boot_ok_delay", firmware.Config.BootOkSeconds, "<form action=\"/cfg_generic\">"));
        body.Append("<br><input type=\"submit\" value=\"Save\"/></form>");
        return Html.Page(firmware, "Generic config", body.ToString());
    }

    public static HttpReply Mqtt(PlugFirmware firmware)
    {
        PlugConfig config = firmware.Config;
        string client = Html.Escape(config.MqttClient);
        string body = string.Concat(
            $"<h2>Use this to connect to your MQTT</h2><h4>To disable MQTT, clear the host field.</h4><h4>Command topic: cmnd/{client}/[Command]</h4><h4>Publish data topic: {client}/[Channel]/get</h4><h4>Receive data topic:  {client}/[Channel]/set</h4>",
            Html.TextField("Host", "host", config.MqttHost, "<form action=\"/cfg_mqtt_set\">"),
            Html.NumberField("Port", "port", config.MqttPort, "<br>"),
            Html.TextField("Client Topic (Base Topic)", "client", config.MqttClient, "<br><br>"),
            Html.TextField("Group Topic (Secondary Topic to only receive cmnds)", "group", config.MqttGroup, "<br>"),
            Html.TextField("User", "user", config.MqttUser, "<br>"),
            Html.TextField("Password", "password", config.MqttPassword, "<br>", "password"),
            "<br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure? Please check MQTT data twice?')\"></form> ");
        return Html.Page(firmware, "MQTT", body);
    }

    public static HttpReply MqttSet(PlugFirmware firmware, HttpRequest request)
    {
        PlugConfig config = firmware.Config;
        config.MqttHost = request.Query("host") ?? config.MqttHost;
        config.MqttPort = int.TryParse(request.Query("port"), NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : config.MqttPort;
        config.MqttClient = request.Query("client") ?? config.MqttClient;
        config.MqttGroup = request.Query("group") ?? config.MqttGroup;
        config.MqttUser = request.Query("user") ?? config.MqttUser;
        config.MqttPassword = request.Query("password") ?? config.MqttPassword;
        firmware.MarkConfigChanged();
        firmware.Loop.SaveSoon();
        firmware.Mqtt.TopicsChanged();
        return Html.Page(firmware, "Saving MQTT", "<p>MQTT mode set!</p>");
    }
}

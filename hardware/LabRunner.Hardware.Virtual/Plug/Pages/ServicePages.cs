using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cfg_mac, /cfg_ping, /cfg_webapp with its set page, /ha_cfg with /ha_discovery (http_fns.c), and /app (rest_interface.c).</summary>
internal static class ServicePages
{
    private const int MacDigits = 12;

    // Synchronous, and the answer is shown: as the firmware's own script does.
    private const string DiscoveryScript =
        "<script type='text/javascript'>function send_ha_disc(){var ask=new XMLHttpRequest();"
        + "ask.open('GET','/ha_discovery?prefix='+document.getElementById('ha_disc_topic').value,false);"
        + "ask.onload=()=>{if(ask.status==200)alert(ask.responseText);};ask.onerror=()=>{alert('Error invoking ha_discovery');};ask.send();}</script>";

    /// <summary>Another MAC address is kept and shown. It is not used: by which one a virtual plug is known is the bench's affair.</summary>
    public static HttpReply Mac(PlugFirmware firmware, HttpRequest request)
    {
        string told = "";
        if (request.Query("mac") is { Length: >= MacDigits } mac && mac[..MacDigits].All(char.IsAsciiHexDigit))
        {
            firmware.Config.OtherMac = mac[..MacDigits].ToUpperInvariant();
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
            told = "<h4>New MAC set!</h4>";
        }

        return Html.Page(firmware, "Set MAC address", string.Concat(
            told, "<h2>Here you can change MAC address.</h2>",
            Html.TextField("MAC", "mac", firmware.Config.OtherMac ?? firmware.Plug.Flash.MacText, "<form action=\"/cfg_mac\">"),
            "<br><br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure? Please check MAC hex string twice?')\"></form>"));
    }

    /// <summary>What it sets is kept and shown: the watchdog itself is not compiled on a BL602 (ENABLE_PING_WATCHDOG).</summary>
    public static HttpReply Ping(PlugFirmware firmware, HttpRequest request)
    {
        PlugConfig config = firmware.Config;
        string told = "";
        if (request.Query("host") is { } host)
        {
            config.PingHost = host;
            told += "<h4>New ping host set!</h4>";
        }

        if (request.Query("disconnectTime") is { } text)
        {
            config.PingSeconds = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seconds) ? seconds : 0;
            told += "<h4>New ping disconnectTime set!</h4>";
        }

        if (request.Query("clear") is not null)
        {
            (config.PingHost, config.PingSeconds) = ("", 0);
            told += "<h4>Ping watchdog disabled!</h4>";
        }

        if (told.Length > 0)
        {
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
            told += "<h4>Changes will be applied after restarting</h4>";
        }

        return Html.Page(firmware, "Set Watchdog", string.Concat(
            "<h3>Ping watchdog (backup reconnect mechanism)</h3><p>Pings a host about once a second and reconnects to WiFi if it does not respond for the specified number of seconds.</p>", told,
            "<form action=\"/cfg_ping\"><input type=\"hidden\" id=\"clear\" name=\"clear\" value=\"1\"><input type=\"submit\" value=\"Disable ping watchdog!\"></form>",
            "<h2>Use this to enable pinger</h2>", Html.TextField("Host", "host", config.PingHost, "<form action=\"/cfg_ping\">"),
            Html.NumberField("Take action after this number of seconds with no reply", "disconnectTime", config.PingSeconds, "<br>"),
            "<br><br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure?')\"></form>"));
    }

    public static HttpReply WebApp(PlugFirmware firmware) => Html.Page(firmware, "Set Webapp", string.Concat(
        Html.TextField("URL of the Webapp", "url", firmware.Config.WebRoot, "<form action=\"/cfg_webapp_set\">"),
        "<br><input type=\"submit\" value=\"Submit\"><br><input class=\"bgrn\" type=\"submit\" value=\"Reset to default\" ",
        $"onclick=\"if(!confirm('Reset WebApp URL to default?'))return false;document.getElementById('url').value='{PlugConfig.DefaultWebRoot}';return true;\"></form>"));

    public static HttpReply WebAppSet(PlugFirmware firmware, HttpRequest request)
    {
        string told = "Webapp url not set because you didn't specify the argument.";
        if (request.Query("url") is { } url)
        {
            firmware.Config.WebRoot = url;
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
            told = $"Webapp url set to {Html.Escape(url)}";
        }

        return Html.Page(firmware, "Saving Webapp", told + "<br>");
    }

    public static HttpReply HomeAssistant(PlugFirmware firmware)
    {
        HttpReply page = Html.Page(firmware, "Home Assistant Setup", string.Concat(
            "<h4>Home Assistant Cfg</h4>", $"<h4>Note that your short device name is: {Html.Escape(firmware.Config.ShortName)}</h4>",
            "<br/><div><label for=\"ha_disc_topic\">Discovery topic:</label><input id=\"ha_disc_topic\" value=\"homeassistant\">",
            "<button onclick=\"send_ha_disc();\">Start Home Assistant Discovery</button>&nbsp;",
            "<form action=\"cfg_mqtt\" class='disp-inline'><button type=\"submit\">Configure MQTT</button></form></div><br/>"));
        return page with { Body = page.Body + DiscoveryScript };
    }

    /// <summary>Says what the firmware says. The messages for Home Assistant themselves are not published.</summary>
    public static HttpReply Discovery(PlugFirmware firmware) => HttpReply.Text(firmware.Mqtt.IsConnected ? "MQTT discovery queued." : "MQTT not running.");

    /// <summary>A shell that loads its program from the configured root.</summary>
    public static HttpReply App(PlugFirmware firmware) => HttpReply.Html(
        $"<!DOCTYPE html><html><head><title>{Html.Escape(firmware.Config.DeviceName)}</title><link rel=\"icon\" href=\"data:,\"><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1,user-scalable=no\"><meta name=\"robots\" content=\"none\">"
        + $"<script>var root='{firmware.Config.WebRoot}',device='http://'+location.host;</script><script src='{firmware.Config.WebRoot}/startup.js'></script></head><body></body></html>");
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cfg_wifi with its set page, /cfg_ip, /cfg_name (http_fns.c).</summary>
internal static class NetworkPages
{
    private const int ResetSeconds = 3;

    public static HttpReply Wifi(PlugFirmware firmware, HttpRequest request)
    {
        PlugConfig config = firmware.Config;
        string found = request.Query("scan") is null ? "" : "LabRunner, Channel:6, Signal -52<br>";
        return Html.Page(firmware, "Set Wifi", string.Concat(
            "<h2>Check networks reachable by module</h2>This takes a few seconds<br>", found,
            "<form action=\"/cfg_wifi\"><input type=\"hidden\" id=\"scan\" name=\"scan\" value=\"1\"><input type=\"submit\" value=\"Scan local networks!\"></form>",
            "<h2>Use this to disconnect from your WiFi</h2><form action=\"/cfg_wifi_set\"><input type=\"hidden\" id=\"open\" name=\"open\" value=\"1\">",
            "<input type=\"submit\" value=\"Convert to open access wifi\" onclick=\"return confirm('Are you sure to convert module to open access wifi?')\"></form>",
            "<h2>Use this to connect to your WiFi</h2>",
            Html.TextField("SSID", "ssid", config.Ssid, "<form action=\"/cfg_wifi_set\">"),
            Html.TextField("Password", "pass", config.WifiPassword, "<br>", "password"),
            "<br><br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure? Please double-check SSID and password.')\"></form>"));
    }

    /// <summary>Saved by the timer, then a reset: the new network is joined by the next boot.</summary>
    public static HttpReply WifiSet(PlugFirmware firmware, HttpRequest request)
    {
        bool open = request.Query("open") is not null;
        firmware.Config.Ssid = open ? "" : request.Query("ssid") ?? firmware.Config.Ssid;
        firmware.Config.WifiPassword = open ? "" : request.Query("pass") ?? firmware.Config.WifiPassword;
        firmware.MarkConfigChanged();
        firmware.Loop.SaveSoon();
        firmware.Loop.ResetIn = ResetSeconds;
        return Html.Page(firmware, "Saving Wifi", $"WiFi mode set: {(open ? "open access point" : "connect to WLAN")}.Please wait for module to reset...<br><a href=\"cfg_wifi\">Return to WiFi settings</a><br>");
    }

    /// <summary>A fixed address is kept and shown. It is not used: where a virtual plug answers is the bench's affair.</summary>
    public static HttpReply Ip(PlugFirmware firmware, HttpRequest request)
    {
        string[] names = ["IP", "mask", "dns", "gate"];
        string[] addresses = firmware.Config.FixedAddresses;
        bool changed = false;
        for (int i = 0; i < names.Length; i++)
        {
            if (request.Query(names[i]) is { } text)
            {
                addresses[i] = IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() : "0.0.0.0";
                changed = true;
            }
        }

        if (changed)
        {
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
        }

        StringBuilder body = new("<h2>Here you can set static IP or DHCP</h2><h4>This setting applies only to WiFi client mode.</h4>"
            + "<h4>You must restart manually for changes to take place.</h4><h4>DHCP is used while IP is 0.0.0.0.</h4>");
        for (int i = 0; i < names.Length; i++)
        {
            body.Append(Html.TextField(names[i].ToUpper(CultureInfo.InvariantCulture), names[i], addresses[i], i == 0 ? "<form action=\"/cfg_ip\">" : "<br>"));
        }

        body.Append("<br><br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure?')\"></form>");
        return Html.Page(firmware, "IP", body.ToString());
    }

    /// <summary>Saves at once; blanks of the short name become underscores.</summary>
    public static HttpReply Names(PlugFirmware firmware, HttpRequest request)
    {
        PlugConfig config = firmware.Config;
        string blanks = "";
        if (request.Query("shortName") is { } shortName)
        {
            config.ShortName = shortName.Replace(' ', '_');
            blanks = config.ShortName == shortName ? "" : "<h2>You cannot have whitespaces in short name!</h2>";
            firmware.MarkConfigChanged();
        }

        if (request.Query("name") is { } name)
        {
            config.DeviceName = name;
            firmware.MarkConfigChanged();
        }

        firmware.Loop.SaveNow();
        return Html.Page(firmware, "Set name", string.Concat(
            "<h2>Change device names for display</h2>", blanks, "<h2>Use this to change device names</h2>",
            Html.TextField("ShortName", "shortName", config.ShortName, "<form action=\"/cfg_name\">"),
            Html.TextField("Full Name", "name", config.DeviceName, "<br>"),
            "<br><br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure? Short name might be used by Home Assistant.')\"></form>"));
    }
}

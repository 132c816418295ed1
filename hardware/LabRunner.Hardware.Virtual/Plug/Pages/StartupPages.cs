using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cfg_startup and /startup_command.</summary>
internal static class StartupPages
{
    public static HttpReply Values(PlugFirmware firmware, HttpRequest request)
    {
        StringBuilder body = new("<h4>Here you can set pin start values</h4><ul><li>For relays, use 1 or 0</li>"
            + "<li>To 'remember last power state', use -1 as a special value</li></ul>");
        if (int.TryParse(request.Query("idx"), NumberStyles.None, CultureInfo.InvariantCulture, out int channel)
            && channel < PlugConfig.ChannelCount
            && int.TryParse(request.Query("value"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
        {
            firmware.Config.StartValues[channel] = value;
            if (value == -1 && channel < FlashVars.RetainedChannels)
            {
                firmware.Plug.Flash.Vars.Retained[channel] = firmware.Channels.Get(channel);
            }

            body.Append(CultureInfo.InvariantCulture, $"<h5>Setting channel {channel} start value to {value}<h5>");
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
        }

        body.Append("<h4>New start values</h4>");
        foreach (int used in Enumerable.Range(0, PlugConfig.ChannelCount).Where(firmware.Channels.InUse))
        {
            body.Append(CultureInfo.InvariantCulture, $"<form action='/cfg_startup' class='indent'><input type=\"hidden\" id=\"idx\" name=\"idx\" value=\"{used}\"/>");
            body.Append(Html.NumberField(string.Create(CultureInfo.InvariantCulture, $"Channel {used}"), "value", firmware.Config.StartValues[used], ""));
            body.Append("<input type=\"submit\" value=\"Save\"/></form><br/>");
        }

        return Html.Page(firmware, "Config startup", body.ToString());
    }

    public static HttpReply Command(PlugFirmware firmware, HttpRequest request)
    {
        StringBuilder body = new("<h4>Set/Change/Clear startup command line</h4><p>The startup commands are run at device startup. "
            + "Use backlog cmd1; cmd2; cmd3; etc to enter multiple commands</p>");
        if (request.Query("startup_cmd") is not null)
        {
            firmware.Config.StartupCommand = request.Query("data") ?? "";
            firmware.MarkConfigChanged();
            firmware.Loop.SaveNow();
            body.Append("<h3>Command changed!</h3>");
        }

        body.Append("<form action=\"/startup_command\"><label for='data'>Startup command</label><br><textarea id='data' name='data' rows='15' cols='40'>");
        body.Append(Html.Escape(firmware.Config.StartupCommand));
        body.Append("</textarea><br><input type='hidden' name='startup_cmd' value='1'><br><input type=\"submit\" value=\"Submit\"/></form>");
        return Html.Page(firmware, "Set startup command", body.ToString());
    }
}

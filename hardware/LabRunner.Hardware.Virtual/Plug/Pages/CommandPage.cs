using System.Text;
using LabRunner.Hardware.Virtual.Plug.Console;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/cm, the Tasmota-like command address, and /cmd_tool, the page with a command line.</summary>
internal static class CommandPage
{
    // The first buffer of http_fn_cm: a longer command is executed there and then once more by the helper that follows.
    private const int ShortCommand = 123;

    public static HttpReply Tasmota(PlugFirmware firmware, HttpRequest request)
    {
        string? line = request.Query("cmnd") ?? (request.Method == "GET" ? null : HttpRequest.Form(request.BodyText, "cmnd"));
        if (line is null)
        {
            return HttpReply.Json("{}");
        }

        firmware.Commands.LastText = null;
        if (line.Length > ShortCommand)
        {
            firmware.Commands.Execute(line);
        }

        firmware.Commands.Execute(line);
        string trimmed = line.Trim();
        int space = trimmed.IndexOf(' ', StringComparison.Ordinal);
        string name = space < 0 ? trimmed : trimmed[..space];
        string argument = space < 0 ? "" : trimmed[(space + 1)..];
        return name.Equals("echo", StringComparison.OrdinalIgnoreCase)
            ? HttpReply.Text(argument)
            : HttpReply.Json(TasmotaJson.For(firmware, name, argument));
    }

    public static HttpReply Tool(PlugFirmware firmware, HttpRequest request)
    {
        StringBuilder body = new("<h4>Command Tool</h4>This is a basic command line. <br>");
        string line = request.Query("cmd") ?? "";
        if (line.Length > 0)
        {
            List<string> lines = [];
            firmware.Log.Capture = lines;
            CommandResult result = firmware.Commands.Execute(line);
            firmware.Log.Capture = null;
            body.Append("<br>").AppendJoin("<br>", lines.Select(Html.Escape)).Append("<h3>").Append(CommandTexts.Of(result)).Append("</h3><br>");
        }

        body.Append(Html.TextField("Command", "cmd", line, "<form action=\"/cmd_tool\">")).Append("<br><input type=\"submit\" value=\"Submit\"/></form>");
        return Html.Page(firmware, "Command tool", body.ToString());
    }
}

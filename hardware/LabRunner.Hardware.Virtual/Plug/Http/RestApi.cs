using System.Globalization;
using System.Text.Json;
using LabRunner.Hardware.Virtual.Plug.Console;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Http;

/// <summary>/api/… (rest_interface.c). Absent in safe mode.</summary>
internal sealed class RestApi(PlugFirmware firmware)
{
    private const string LevelNames = "[\"NONE\",\"ERROR\",\"WARN\",\"INFO\",\"DEBUG\",\"EXTRADEBUG\"]";

    private static readonly string FeatureNames = "[" + string.Join(',', PlugLog.FeatureNames.Select(n => $"\"{n}\"")) + "]";

    public HttpReply Handle(HttpRequest request)
    {
        string path = request.Path["/api/".Length..];
        return (request.Method, path) switch
        {
            ("GET", "info") => Info(),
            ("GET", "pins") => Pins(),
            ("POST", "pins") => PostPins(request),
            ("GET", "channels") => Channels(),
            ("POST", "channels") => PostChannels(request),
            ("GET", "channelTypes") => HttpReply.Json("{\"typenames\":[\"Default\"],\"types\":[" + string.Join(',', Enumerable.Repeat("0", PlugConfig.ChannelCount)) + "]}"),
            ("POST", "cmnd") => Command(request),
            ("POST", "reboot") => Reboot(),
            ("GET", "logconfig") => HttpReply.Json(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"level\":{firmware.Log.Level},\"features\":{firmware.Log.Features},\"levelnames\":{LevelNames},\"featurenames\":{FeatureNames}}}")),
            ("POST", "logconfig") => PostLogConfig(request),
            ("GET", "seriallog1" or "seriallog0") => new HttpReply(200, "application/json", "serial log setting taken"),
            _ => HttpReply.Html($"<!DOCTYPE html><html><body>{request.Method} of {request.Url}<br></body></html>"),
        };
    }

    private HttpReply Info()
    {
        PlugConfig config = firmware.Config;
        return HttpReply.Json(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"uptime_s\":{firmware.UptimeSeconds},\"build\":\"{firmware.BuildText}\",\"ip\":\"{firmware.Wifi.Ip}\",\"mac\":\"{firmware.MacWithColons}\",\"flags\":\"{config.Flags}\",\"mqtthost\":\"{config.MqttHost}:{config.MqttPort}\",\"mqtttopic\":\"{config.MqttClient}\",\"chipset\":\"{firmware.Plug.Chip.Name}\",\"webapp\":\"{config.WebRoot}\",\"shortName\":\"{config.ShortName}\",\"startcmd\":{JsonSerializer.Serialize(config.StartupCommand)},\"supportsSSDP\":0,\"supportsClientDeviceDB\":true}}"));
    }

    private HttpReply Pins()
    {
        string names = string.Join(',', PinRoles.Names.Select(n => $"\"{n}\""));
        string roles = string.Join(',', firmware.Config.Roles.Select(r => ((int)r).ToString(CultureInfo.InvariantCulture)));
        string channels = string.Join(',', firmware.Config.Channels);
        string second = firmware.Config.Channels2.Any(c => c != 0) ? $",\"channels2\":[{string.Join(',', firmware.Config.Channels2)}]" : "";
        string states = string.Join(',', firmware.Pins.Levels.Select(l => l == true ? 1 : 0));
        return HttpReply.Json($"{{\"rolenames\":[{names}],\"roles\":[{roles}],\"channels\":[{channels}]{second},\"states\":[{states}]}}");
    }

    private HttpReply Channels() => HttpReply.Json("{" + string.Join(',', Enumerable.Range(0, firmware.Config.Roles.Length)
        .Where(p => firmware.Config.Roles[p] != PinRole.None)
        .Select(p => firmware.Config.Channels[p])
        .Select(c => string.Create(CultureInfo.InvariantCulture, $"\"{c}\":{firmware.Channels.Get(c)}"))) + "}");

    private HttpReply PostPins(HttpRequest request)
    {
        if (Parse(request) is not { ValueKind: JsonValueKind.Object } root)
        {
            return HttpReply.Rest(400, "Object expected");
        }

        int[]? roles = Numbers(root, "roles");
        int[]? channels = Numbers(root, "channels");
        for (int pin = 0; pin < Math.Min(roles?.Length ?? 0, firmware.Config.Roles.Length); pin++)
        {
            firmware.Config.Roles[pin] = roles![pin] >= 0 && roles[pin] < PinRoles.Names.Count ? (PinRole)roles[pin] : PinRole.None;
        }

        for (int pin = 0; pin < Math.Min(channels?.Length ?? 0, firmware.Config.Channels.Length); pin++)
        {
            firmware.Config.Channels[pin] = channels![pin];
        }

        if (Number(root, "deviceFlag") is { } number and >= 0 and <= 10)
        {
            firmware.Config.SetFlag((int)number, true);
        }

        string? command = root.TryGetProperty("deviceCommand", out JsonElement text) ? text.ToString() : null;
        if (command is not null)
        {
            firmware.Config.StartupCommand = command;
        }

        firmware.MarkConfigChanged();
        firmware.Loop.SaveSoon();
        firmware.Pins.Refresh();
        if (command is { Length: > 0 })
        {
            firmware.Commands.Execute(command);
        }

        return HttpReply.Rest(200, "OK");
    }

    private HttpReply PostChannels(HttpRequest request)
    {
        if (Parse(request) is not { ValueKind: JsonValueKind.Array } root)
        {
            return HttpReply.Rest(400, "Array expected");
        }

        int channel = 0;
        foreach (JsonElement value in root.EnumerateArray())
        {
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number))
            {
                firmware.Channels.Set(channel, number);
            }

            channel++;
        }

        return HttpReply.Rest(200, "OK");
    }

    private HttpReply PostLogConfig(HttpRequest request)
    {
        if (Parse(request) is not { ValueKind: JsonValueKind.Object } root)
        {
            return HttpReply.Rest(400, "Object expected");
        }

        if (Number(root, "level") is { } level)
        {
            firmware.Log.Level = (int)level;
        }

        if (Number(root, "features") is { } mask)
        {
            firmware.Log.Features = unchecked((uint)mask);
        }

        return HttpReply.Text("");
    }

    private HttpReply Command(HttpRequest request)
    {
        string line = request.BodyText;
        firmware.Commands.LastText = null;
        CommandResult result = firmware.Commands.Execute(line);
        switch (result)
        {
            case CommandResult.Ok:
                int space = line.Trim().IndexOf(' ', StringComparison.Ordinal);
                string name = space < 0 ? line.Trim() : line.Trim()[..space];
                string text = firmware.Commands.LastText ?? TasmotaJson.For(firmware, name, space < 0 ? "" : line.Trim()[(space + 1)..]);
                return HttpReply.Json($"{{\"success\":200,\"msg\":\"OK\",\"res\":{text}}}");
            case CommandResult.UnknownCommand:
                return HttpReply.Json("{\"error\":501,\"msg\":\"Unknown command\",\"res\":{}}", 501);
            default:
                return HttpReply.Json($"{{\"error\":400,\"msg\":\"{CommandTexts.Of(result)}\",\"res\":{{}}}}", 400);
        }
    }

    private HttpReply Reboot()
    {
        firmware.Loop.ResetIn = 3;
        return HttpReply.Json("{\"reboot\":3}");
    }

    private static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : null;

    private static int[]? Numbers(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement array) && array.ValueKind == JsonValueKind.Array
            ? [.. array.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int n) ? n : 0)]
            : null;

    // Only what came with the first segment counts: a body that follows is never read, so it does not parse.
    private static JsonElement? Parse(HttpRequest request)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(request.Body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

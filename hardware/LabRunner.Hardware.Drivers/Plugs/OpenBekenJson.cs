using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>Reads the firmware's JSON. Whatever the text: a result or a <see cref="PlugUnreachableException"/>.</summary>
internal static partial class OpenBekenJson
{
    /// <summary>/api/info.</summary>
    public static PlugInfo Info(string json) =>
        Read(json, "/api/info", root => new PlugInfo(
            Long(root, "uptime_s") ?? throw Missing("/api/info", "uptime_s"),
            Text(root, "build") ?? throw Missing("/api/info", "build"),
            Text(root, "ip") ?? "", Text(root, "mac") ?? "", Text(root, "mqtthost") ?? "", Text(root, "mqtttopic") ?? "", Text(root, "chipset") ?? "",
            Text(root, "shortName") ?? "", Text(root, "startcmd") ?? "") { Flags = Text(root, "flags") ?? "" });

    /// <summary>Status 0: the fields that are real (json_interface.c), none of the constants.</summary>
    public static PlugStatus Status(string json) =>
        Read(json, "Status 0", root =>
        {
            JsonElement state = Object(root, "StatusSTS") ?? throw Missing("Status 0", "StatusSTS");
            JsonElement? energy = Object(Object(root, "StatusSNS"), "ENERGY");
            return new PlugStatus(
                Long(state, "UptimeSec") ?? throw Missing("Status 0", "StatusSTS.UptimeSec"),
                (int)Math.Clamp(Long(state, "Heap") ?? throw Missing("Status 0", "StatusSTS.Heap"), int.MinValue, int.MaxValue),
                (int)Math.Clamp(Long(Object(state, "Wifi"), "Signal") ?? throw Missing("Status 0", "StatusSTS.Wifi.Signal"), int.MinValue, int.MaxValue),
                (Text(state, "POWER") ?? Text(state, "POWER1")) switch { "ON" => true, "OFF" => false, _ => null },
                Text(Object(root, "StatusFWR"), "Version") ?? throw Missing("Status 0", "StatusFWR.Version"),
                Number(energy, "Voltage"), Number(energy, "Current"), Number(energy, "Power"), Number(energy, "ConsumptionTotal"));
        });

    /// <summary>/api/pins.</summary>
    public static PlugPins Pins(string json) => Read(json, "/api/pins", root => new PlugPins(Integers(root, "roles"), Integers(root, "channels")));

    /// <summary>/api/channels: one entry per pin, so the same channel may come several times; the last one counts.</summary>
    public static IReadOnlyDictionary<int, int> Channels(string json) =>
        Read(json, "/api/channels", root =>
        {
            Dictionary<int, int> channels = [];
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (int.TryParse(property.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int channel)
                    && property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int value))
                {
                    channels[channel] = value;
                }
            }

            return channels;
        });

    /// <summary>True where the text is an object with this key: telling a real answer from the "Not found" page, which is also 200.</summary>
    public static bool HasKey(string json, string key)
    {
        try
        {
            return Read(json, key, root => root.TryGetProperty(key, out _));
        }
        catch (PlugUnreachableException)
        {
            return false;
        }
    }

    private static T Read<T>(string json, string what, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = Document(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : throw new PlugUnreachableException($"{what} answered no JSON object: {Start(json)}");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with half a surrogate pair.
            throw new PlugUnreachableException($"{what} answered no JSON: {Start(json)}", failure);
        }
    }

    private static JsonDocument Document(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // printf("%f") of a value that is none writes a word that JSON does not know.
            return JsonDocument.Parse(NotANumber().Replace(json, "${before}null"));
        }
    }

    private static string Start(string text) =>
        text.Length == 0 ? "nothing" : "'" + string.Concat(text.Take(60).Select(c => char.IsControl(c) ? ' ' : c)) + (text.Length > 60 ? "…'" : "'");

    private static PlugUnreachableException Missing(string what, string key) => new($"{what} answered without {key}");

    private static JsonElement? Object(JsonElement? parent, string key) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(key, out JsonElement child) && child.ValueKind == JsonValueKind.Object ? child : null;

    private static JsonElement? Value(JsonElement? parent, string key) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(key, out JsonElement child) ? child : null;

    private static string? Text(JsonElement? parent, string key) => Value(parent, key) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static double? Number(JsonElement? parent, string key) =>
        Value(parent, key) switch
        {
            { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out double value) && double.IsFinite(value) => value,
            { ValueKind: JsonValueKind.String } text when double.TryParse(text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value) => value,
            _ => null,
        };

    private static long? Long(JsonElement? parent, string key) =>
        Number(parent, key) is { } value && Math.Abs(value) < 9e15 ? (long)value : null;

    private static int[] Integers(JsonElement root, string key)
    {
        if (Value(root, key) is not { ValueKind: JsonValueKind.Array } array)
        {
            throw Missing("/api/pins", key);
        }

        return [.. array.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int value)
            ? value
            : throw new PlugUnreachableException($"/api/pins answered a {key} entry that is no whole number"))];
    }

    [GeneratedRegex(@"(?<before>[:,\[]\s{0,8})-?(nan|inf|infinity)\b(\([^)]{0,40}\))?", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NotANumber();
}

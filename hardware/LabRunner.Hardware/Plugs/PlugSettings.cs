using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LabRunner.Hardware.Plugs;

/// <summary>What an update must not change, as the device's interfaces tell it. Immutable.</summary>
/// <param name="Facts">Name and value, in a fixed order.</param>
public sealed record PlugSettings(IReadOnlyList<(string Name, string Value)> Facts)
{
    /// <summary>Page of the start values.</summary>
    public const string StartValuesPath = "/cfg_startup";

    /// <summary>Page of the flags and of FullBootTime.</summary>
    internal const string FlagsPath = "/cfg_generic";

    /// <summary>Its field of FullBootTime.</summary>
    internal const string FullBootTimeField = "boot_ok_delay";

    private const int LongestShown = 120;

    private static readonly SettingsPage[] Pages =
    [
        new("/cfg_mqtt", [("port", "MQTT port", false), ("client", "MQTT base topic", false), ("group", "MQTT group topic", false), ("user", "MQTT user", false), ("password", "MQTT password", true)]),
        new("/cfg_name", [("name", "full name", false)]),
        new(FlagsPath, [(FullBootTimeField, "boot time (FullBootTime)", false)]),
        new("/cfg_wifi", [("ssid", "SSID", true), ("pass", "Wi-Fi password", true)]),
    ];

    /// <summary>Of what was read already.</summary>
    public static PlugSettings Of(PlugInfo info, PlugPins pins)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(pins);
        return new PlugSettings(
        [
            ("MAC", info.Mac), ("short name", info.ShortName), ("MQTT host", info.MqttHost), ("MQTT client", info.MqttTopic), ("flags", info.Flags),
            ("startup command", info.StartupCommand), ("pin roles", string.Join(' ', pins.Roles)), ("pin channels", string.Join(' ', pins.Channels)),
        ]);
    }

    /// <summary>
    /// Reads them: also what only the settings pages show (MQTT topic, group and user, names, boot time, start values), and the files of the device.
    /// Passwords and the network's name are told as a short hash, and so short that it gives nobody a password back.
    /// </summary>
    /// <exception cref="PlugUnreachableException">The device does not answer, or is in safe mode.</exception>
    public static async Task<PlugSettings> ReadAsync(IPlug plug, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plug);
        PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        List<(string, string)> facts = [.. Of(info, await plug.GetPinsAsync(cancellationToken).ConfigureAwait(false)).Facts];
        foreach (SettingsPage page in Pages)
        {
            IReadOnlyList<(string Name, string Value)> fields = PlugForm.Fields(await BodyAsync(plug, page.Path, cancellationToken).ConfigureAwait(false));
            facts.AddRange(page.Fields
                .Select(f => (f.Name, Value: fields.Where(shown => shown.Name == f.Field).Select(shown => shown.Value).FirstOrDefault(), f.Secret))
                .Where(f => f.Value is not null).Select(f => (f.Name, f.Secret ? Hash(f.Name, f.Value!) : f.Value!)));
        }

        IReadOnlyDictionary<int, int> start = PlugForm.StartValues(await BodyAsync(plug, StartValuesPath, cancellationToken).ConfigureAwait(false));
        facts.Add(("start values", string.Join(' ', start.OrderBy(v => v.Key).Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}:{v.Value}")))));
        facts.Add(("files", Files(await BodyAsync(plug, "/api/lfs/", cancellationToken).ConfigureAwait(false))));
        return new PlugSettings(facts);
    }

    /// <summary>A setting by its name; empty where it is not told.</summary>
    public string Of(string name) => Facts.FirstOrDefault(f => f.Name == name).Value ?? "";

    /// <summary>What is not the same in <paramref name="after"/>, a sentence each.</summary>
    public IReadOnlyList<string> Differences(PlugSettings after)
    {
        ArgumentNullException.ThrowIfNull(after);
        return [.. Facts.Where(f => f.Value != after.Of(f.Name)).Select(f => $"{f.Name} was '{Short(f.Value)}' and is '{Short(after.Of(f.Name))}'")];
    }

    private static async Task<string> BodyAsync(IPlug plug, string path, CancellationToken cancellationToken) =>
        await plug.GetAsync(path, cancellationToken).ConfigureAwait(false) is (200, var body) ? body : "";

    // 16 bits: a change is missed once in 65,536 times, and of a password that is guessed nobody can be sure.
    private static string Hash(string name, string value) =>
        value.Length == 0 ? "" : "hash " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{value}")))[..4];

    // A build without a file system says so in words.
    private static string Files(string body)
    {
        try
        {
            using JsonDocument listing = JsonDocument.Parse(body);
            return listing.RootElement.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.Array
                ? string.Join(", ", content.EnumerateArray().Select(f => $"{Part(f, "name")} {Part(f, "size")} B").Order(StringComparer.Ordinal))
                : "";
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    private static string Part(JsonElement file, string name) => file.TryGetProperty(name, out JsonElement value) ? value.ToString() : "?";

    private static string Short(string text)
    {
        string clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return clean.Length > LongestShown ? clean[..LongestShown] + "…" : clean;
    }

    private sealed record SettingsPage(string Path, IReadOnlyList<(string Field, string Name, bool Secret)> Fields);
}

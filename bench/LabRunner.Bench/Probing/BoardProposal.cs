using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabRunner.Bench.Probing;

/// <summary>Found pins as a board file of hardware/boards and as an OpenBeken template. Texts in them come from people: they are quoted.</summary>
public static class BoardProposal
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>GPIO to "Role;channel": relay, button and LEDs on channel 1, the meter on 0.</summary>
    public static IReadOnlyDictionary<int, string> Pins(ProbeResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Pins.OrderBy(p => p.Key).ToDictionary(p => p.Key, p => $"{p.Value};{(p.Value.StartsWith("BL0937", StringComparison.Ordinal) ? 0 : 1)}");
    }

    /// <summary>A board file.</summary>
    /// <param name="name">Its name: letters, digits, dots and dashes.</param>
    /// <param name="title">For people.</param>
    /// <param name="chip">BL602, ….</param>
    /// <param name="baud">Console speed.</param>
    /// <param name="source">Where the facts are from.</param>
    /// <param name="result">What was found.</param>
    public static string Yaml(string name, string title, string chip, int baud, string source, ProbeResult result)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"board: {name}\ntitle: {Quoted(title)}\nchip: {chip}\npins:{(result.Pins.Count == 0 ? " {}" : "")}\n");
        foreach ((int gpio, string role) in Pins(result))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {gpio}: {role}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"flags: 1024\nconsole:\n  baud: {baud}\nsource: {Quoted(source)}\n");
        return text.ToString();
    }

    /// <summary>An OpenBeken template, as the devices.json of its web application has them.</summary>
    public static string Template(string title, string chip, ProbeResult result)
    {
        JsonObject pins = [];
        foreach ((int gpio, string role) in Pins(result))
        {
            pins[gpio.ToString(CultureInfo.InvariantCulture)] = role;
        }

        return new JsonObject
        {
            ["vendor"] = "", ["bDetailed"] = "0", ["name"] = title, ["model"] = "", ["chip"] = chip, ["board"] = "", ["flags"] = "1024",
            ["keywords"] = new JsonArray(), ["pins"] = pins, ["command"] = "", ["image"] = "", ["wiki"] = "",
        }.ToJsonString(Indented) + "\n";
    }

    // JSON's strings are YAML's, too.
    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabRunner.Hardware.Pulses;

namespace LabRunner.Bench.Probing;

/// <summary>Found pins as a board file of hardware/boards and as an OpenBeken template. Texts in them come from people: they are quoted.</summary>
public static class BoardProposal
{
    // Two pulses of the fewest that a constant is told by, 300 in a window, and a loop that turns a little late.
    private const double OwnFrom = 0.02;

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

        text.Append(Meter(result.PerHertz));
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

    // Only of a plug that has constants of its own: nearer than that a count of whole pulses cannot tell them from the firmware's.
    private static string Meter((double? Volts, double? Amperes, double? Watts) told)
    {
        Bl0937Model usual = new();
        (string Key, double? Told, double Usual)[] all =
            [("voltsPerHertz", told.Volts, usual.VoltsPerHertz), ("amperesPerHertz", told.Amperes, usual.AmperesPerHertz), ("wattsPerHertz", told.Watts, usual.WattsPerHertz)];
        string[] own = [.. all.Where(c => c.Told > 0 && Math.Abs((c.Told.Value / c.Usual) - 1) > OwnFrom).Select(c => string.Create(CultureInfo.InvariantCulture, $"  {c.Key}: {c.Told:0.#####}\n"))];
        return own.Length == 0 ? "" : "meter:              # as this plug is calibrated: others of the board have their own\n" + string.Concat(own);
    }

    // JSON's strings are YAML's, too.
    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}

using System.Globalization;
using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Inventory;

/// <summary>A table for people: a title, column heads and rows of cells.</summary>
public sealed record TextTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>An inventory as tables that a CLI can draw. Secrets are never in them.</summary>
public static class InventoryText
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Hidden = "(hidden)";


    /// <summary>Tables of a bench: itself, its resources, firmware, slots, and the virtual plugs where it has them.</summary>
    public static IReadOnlyList<TextTable> Show(BenchInventory bench)
    {
        List<TextTable> tables = [Overview(bench)];
        if (bench.Resources.Count > 0)
        {
            tables.Add(new(
                "Resources", ["name", "kind", "driver", "options"],
                [.. bench.Resources.Select(r => (string[])[r.Key, r.Value.Contract, r.Value.Word, Options(r.Value.Options)])]));
        }

        if (bench.Firmware.Count > 0)
        {
            tables.Add(new("Firmware", ["key", "version", "image"], [.. bench.Firmware.Select(f => (string[])[f.Key, f.Value.Version, f.Value.Path])]));
        }

        tables.Add(new(
            "Slots", ["slot", "board", "chip", "supply", "http", "mqtt", "marks"],
            [
                .. bench.Slots.Select(s => (string[])
                [
                    s.Name, s.Board.Description.Name, s.Board.Description.Chip, OptionsBinder.Word(s.Supply), s.Http ?? "",
                    s.MqttClient ?? "", Marks(s),
                ]),
            ]));
        tables.Add(new(
            "Capabilities", ["slot", "contract", "driver", "options"],
            [.. bench.Slots.SelectMany(s => s.Drivers.Values.Select(d => (string[])[s.Name, d.Contract, d.Word, Options(d.Options)]))]));
        if (bench.Virtual is { } virtualBench)
        {
            tables.Add(new(
                "Virtual plugs", ["slot", "soldered", "configured for", "version", "planted"],
                [
                    .. virtualBench.Plugs.Select(p => (string[])
                    [
                        p.Key, p.Value.Board.Description.Name, p.Value.Template.Description.Name, p.Value.Version,
                        string.Join(", ", p.Value.Faults.Select(Fault)),
                    ]),
                ]));
        }

        return tables;
    }

    /// <summary>Options of a driver as <c>key=value</c> in one line; secrets hidden, what is not given left out.</summary>
    public static string Options(object options)
    {
        List<string> parts = [];
        foreach (OptionKey key in OptionsBinder.Keys(options.GetType()))
        {
            if (key.Property.GetValue(options) is { } value)
            {
                parts.Add($"{key.Key}={(InventorySecrets.IsSecret(key.Key) ? Hidden : Text(key, value))}");
            }
        }

        return string.Join(' ', parts);
    }

    private static TextTable Overview(BenchInventory bench)
    {
        List<IReadOnlyList<string>> rows = [["bench", bench.Name], ["file", bench.File]];
        if (bench.Description is not null)
        {
            rows.Add(["description", bench.Description]);
        }

        if (bench.Mqtt is { } mqtt)
        {
            string login = mqtt.User is null ? "" : $", user {mqtt.User}";
            string secret = mqtt.Password is null ? "" : $", password {Hidden}";
            string port = mqtt.Host.StartsWith("${", StringComparison.Ordinal) ? "" : $":{mqtt.Port.ToString(CultureInfo.InvariantCulture)}";
            rows.Add(["broker", $"{mqtt.Host}{port}{login}{secret}"]);
        }

        if (bench.Virtual is { } virtualBench)
        {
            rows.Add(["virtual", $"at most {virtualBench.MaxTimeScale.ToString(CultureInfo.InvariantCulture)} times faster"]);
        }

        return new("Bench", ["what", "value"], rows);
    }

    private static string Text(OptionKey key, object value) => value switch
    {
        string text => WithoutLogin(text),
        bool flag => flag ? "true" : "false",
        TimeSpan duration => duration < TimeSpan.Zero ? duration.ToString("c", CultureInfo.InvariantCulture) : DurationText.Format(duration),
        int number when key.Key == "address" => $"0x{number:x2}",
        IEnumerable<string> list => $"[{string.Join(", ", list)}]",
        LabRunner.Hardware.Lines.LineId line => line.ToString(),
        Enum word => OptionsBinder.Word(word),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{{ {Options(value)} }}",
    };

    /// <summary>A URL may carry user and password.</summary>
    private static string WithoutLogin(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        int at = scheme < 0 ? -1 : text.IndexOf('@', scheme);
        return at < 0 ? text : string.Concat(text.AsSpan(0, scheme + 3), Hidden, text.AsSpan(at));
    }

    private static string Marks(SlotEntry slot) => string.Join(", ", ((string?[])
    [
        slot.Sentinel ? "sentinel" : null, slot.Isolated ? "isolated" : null, slot.IsolatedInjection ? "isolated injection" : null, slot.KeepPower ? "keeps power" : null,
    ]).Where(m => m is not null));

    private static string Fault(PlantedFault fault) =>
        fault.Parameters.Count == 0 ? fault.Id : $"{fault.Id} ({string.Join(", ", fault.Parameters.Select(p => $"{p.Key}={p.Value}"))})";
}

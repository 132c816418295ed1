using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Lines;

namespace LabRunner.Bench.Inventory;

/// <summary>
/// JSON Schema (draft-07, which the YAML language server of editors speaks) of inventory files, drawn from the driver catalogue and the
/// option records.
/// </summary>
public static class SchemaWriter
{
    private const string Duration = @"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The schema as indented JSON text with a final line end.</summary>
    /// <param name="catalogue">Drivers and plantable faults.</param>
    /// <param name="boards">Names of the boards.</param>
    /// <param name="flashers">Names of the flashers of hardware/flashers.</param>
    public static string Write(IDriverCatalogue catalogue, IReadOnlyList<string> boards, IReadOnlyList<string> flashers) =>
        Write("LabRunner bench inventory", Schema(catalogue, boards, flashers));

    /// <summary>A schema of another file of the bench as indented JSON text with a final line end.</summary>
    /// <param name="title">What kind of file.</param>
    /// <param name="body">From <see cref="OfRecord"/>.</param>
    internal static string Write(string title, JsonObject body)
    {
        JsonObject schema = new() { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = title };
        foreach ((string key, JsonNode? value) in body)
        {
            schema[key] = value?.DeepClone();
        }

        return schema.ToJsonString(Indented) + "\n";
    }

    /// <summary>The schema of an options record.</summary>
    /// <param name="type">Options record.</param>
    /// <param name="named">Keys beside its own whose values are mappings from a name to a record.</param>
    internal static JsonObject OfRecord(Type type, IReadOnlyDictionary<string, Type>? named = null)
    {
        JsonObject properties = Properties(type);
        foreach ((string key, Type entry) in named ?? new Dictionary<string, Type>())
        {
            properties[key] = Named(OfRecord(entry));
        }

        return Map(OptionsBinder.Keys(type).Where(k => k.Required).Select(k => k.Key), properties);
    }

    private static JsonObject Schema(IDriverCatalogue catalogue, IReadOnlyList<string> boards, IReadOnlyList<string> flashers)
    {
        JsonObject body = Map(["bench", "slots"], new()
        {
            ["bench"] = Text("Name of the bench"),
            ["description"] = Text("For people"),
            ["mqtt"] = Map(["broker"], new() { ["broker"] = Text("host:port of the broker"), ["user"] = Text(null), ["password"] = Text("Best as ${env.NAME}") }),
            ["resources"] = Named(Resource(catalogue)),
            ["firmware"] = Named(Map(["image", "version"], new() { ["image"] = Text("OTA file"), ["version"] = Text("Version its build string shows") })),
            ["accessPoint"] = Map([], new() { ["hostapd"] = Text("Log file of hostapd on this machine"), ["dnsmasq"] = Text("Log file of dnsmasq on this machine") }),
            ["flash"] = Map([], new() { ["bl602Loader"] = Text("The vendor's flash loader for the BL602 (eflash_loader_40m.bin)") }),
            ["slots"] = Named(Slot(catalogue, boards, flashers)),
            ["virtual"] = Map([], new()
            {
                ["maxTimeScale"] = Number("number", 1, 1000), ["plugs"] = Named(Plug(catalogue, boards)),
                ["weather"] = new JsonObject { ["type"] = "array", ["items"] = Text("What happens in the air: at what [value] [duration], for example 5m access-point-off 60s") },
            }),
        });
        foreach (string contract in InventoryLoader.SafetyContracts.Append(Contracts.Heartbeat).Append(Contracts.Network))
        {
            ((JsonObject)body["properties"]!)[contract] = Drivers(catalogue.Entries.Where(e => e.Contract == contract), null);
        }

        return body;
    }

    private static JsonObject Slot(IDriverCatalogue catalogue, IReadOnlyList<string> boards, IReadOnlyList<string> flashers)
    {
        JsonObject properties = new()
        {
            ["board"] = Words(boards),
            ["sentinel"] = Flag("Control plug that tells a bench fault from a failure; one a bench"),
            ["supply"] = Words(OptionsBinder.Words(typeof(SlotSupply))),
            ["relayOn"] = Words(OptionsBinder.Words(typeof(RelayRule))),
            ["isolated"] = Flag("Every line to the DUT's electronics (UART, straps, rail, a button's pin) passes an isolator rated for mains"),
            ["isolatedInjection"] = Flag("The pulse harness is rated for mains"),
            ["keepPower"] = Flag("Stays powered when the runner ends or dies"),
            ["recovery"] = new JsonObject { ["type"] = "string", ["description"] = "Image file that the ladder's step reflash writes over the UART" },
            ["maxCelsius"] = new JsonObject { ["type"] = "number", ["minimum"] = -40, ["maximum"] = 200, ["description"] = "Temperature of the slot above which its power is taken, degrees Celsius" },
            ["http"] = Text("host:port"),
            ["mqtt"] = Text("MQTT client id, the base topic"),
            ["flasher"] = Words([.. flashers, FlasherLoader.BuiltIn]),
        };
        foreach (string contract in SlotReader.SlotContracts)
        {
            properties[contract] = Drivers(catalogue.Entries.Where(e => e.Contract == contract), null);
        }

        return Map(["board"], properties);
    }

    private static JsonObject Resource(IDriverCatalogue catalogue) =>
        Drivers(catalogue.Entries.Where(e => InventoryLoader.ResourceKinds.Contains(e.Contract)), "kind");

    /// <summary>One of some drivers, told apart by <c>driver:</c> and, for resources, by <c>kind:</c>.</summary>
    private static JsonObject Drivers(IEnumerable<CatalogueEntry> entries, string? kindKey)
    {
        JsonArray choices = [];
        foreach (CatalogueEntry entry in entries)
        {
            JsonObject properties = Properties(entry.Options);
            List<string> required = [.. OptionsBinder.Keys(entry.Options).Where(k => k.Required).Select(k => k.Key), "driver"];
            properties["driver"] = Described(Words([entry.Word]), entry.Summary);
            if (kindKey is not null)
            {
                properties[kindKey] = Words([entry.Contract]);
                required.Add(kindKey);
            }

            choices.Add(Map(required, properties));
        }

        // No driver known: nothing fits, as the loader says too.
        return choices.Count == 0 ? new() { ["not"] = new JsonObject() } : new() { ["anyOf"] = choices };
    }

    private static JsonObject Plug(IDriverCatalogue catalogue, IReadOnlyList<string> boards)
    {
        JsonArray faults = [];
        foreach ((string id, IReadOnlyDictionary<string, string> parameters) in catalogue.PlantableFaults)
        {
            JsonObject properties = new() { ["id"] = Words([id]) };
            foreach ((string name, string meaning) in parameters)
            {
                properties[name] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["description"] = meaning };
            }

            faults.Add(Map(["id"], properties));
        }

        JsonObject list = new() { ["type"] = "array" };
        list["items"] = faults.Count == 0 ? new JsonObject { ["not"] = new JsonObject() } : new JsonObject { ["anyOf"] = faults };
        return Map(["version"], new()
        {
            ["board"] = Words(boards), ["template"] = Words([.. boards, VirtualReader.NoTemplate]), ["pins"] = new JsonObject { ["type"] = "object", ["description"] = "What is soldered in place of the board's own pins: GPIO to role" },
            ["loadWatts"] = Number("number", 0, 4000), ["loadPowerFactor"] = Number("number", 0.05, 1), ["lineVolts"] = Number("number", 0, 300),
            ["voltsGain"] = Number("number", 0.5, 2), ["amperesGain"] = Number("number", 0.5, 2), ["wattsGain"] = Number("number", 0.5, 2),
            ["testCommands"] = new JsonObject { ["type"] = "boolean" }, ["mdns"] = new JsonObject { ["type"] = "boolean" }, ["flags"] = Number("integer", 0, long.MaxValue),
            ["version"] = Text("Firmware version at first"), ["faults"] = list,
        });
    }

    private static JsonObject Properties(Type type)
    {
        JsonObject properties = [];
        foreach (OptionKey key in OptionsBinder.Keys(type))
        {
            JsonObject property = Value(key);
            if (key.Property.GetCustomAttribute<DescriptionAttribute>() is { } description)
            {
                property["description"] = description.Description;
            }

            properties[key.Key] = property;
        }

        return properties;
    }

    private static JsonObject Value(OptionKey key)
    {
        RangeAttribute? range = key.Property.GetCustomAttribute<RangeAttribute>();
        return key.Type == typeof(bool) ? Flag(null)
            : key.Type == typeof(int) || key.Type == typeof(long) ? Number("integer", Limit(range?.Minimum), Limit(range?.Maximum))
            : key.Type == typeof(double) ? Number("number", Limit(range?.Minimum), Limit(range?.Maximum))
            : key.Type == typeof(LineId)
                ? new JsonObject { ["anyOf"] = new JsonArray(Number("integer", 0, LineId.Last), new JsonObject { ["type"] = "string", ["minLength"] = 1 }) }
            : key.Type == typeof(TimeSpan) ? new JsonObject { ["type"] = "string", ["pattern"] = Duration }
            : key.Type.IsEnum ? Words(OptionsBinder.Words(key.Type))
            : OptionsBinder.IsStringList(key.Type) ? new JsonObject { ["type"] = "array", ["items"] = Text(null) }
            : OptionsBinder.IsRecord(key.Type)
                ? Map(OptionsBinder.Keys(key.Type).Where(k => k.Required).Select(k => k.Key), Properties(key.Type))
            : Text(null);
    }

    private static double? Limit(object? limit) => limit is null ? null : Convert.ToDouble(limit, CultureInfo.InvariantCulture);

    private static JsonObject Map(IEnumerable<string> required, JsonObject properties)
    {
        JsonArray names = [.. required.Select(r => (JsonNode)r)];
        JsonObject map = new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (names.Count > 0)
        {
            map["required"] = names;
        }

        return map;
    }

    private static JsonObject Named(JsonObject value) => new() { ["type"] = "object", ["additionalProperties"] = value };

    private static JsonObject Text(string? description) => Described(new() { ["type"] = "string" }, description);

    private static JsonObject Flag(string? description) => Described(new() { ["type"] = "boolean" }, description);

    /// <summary>Also a single word is an enum: not every validator knows <c>const</c>.</summary>
    private static JsonObject Words(IEnumerable<string> words) =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. words.Select(w => (JsonNode)w)]) };

    private static JsonObject Number(string type, double? minimum, double? maximum)
    {
        JsonObject number = new() { ["type"] = type };
        if (minimum is { } low)
        {
            number["minimum"] = low;
        }

        if (maximum is { } high)
        {
            number["maximum"] = high;
        }

        return number;
    }

    private static JsonObject Described(JsonObject schema, string? description)
    {
        if (description is not null)
        {
            schema["description"] = description;
        }

        return schema;
    }
}

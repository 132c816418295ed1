using System.ComponentModel.DataAnnotations;
using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Inventory;

/// <summary>Reads <c>virtual:</c>.</summary>
internal static class VirtualReader
{
    private const string PlugsKey = "plugs";
    private const string WeatherKey = "weather";
    private const string PinsKey = "pins";

    /// <summary>Value of <c>template:</c> for a firmware that has no pins configured.</summary>
    internal const string NoTemplate = "none";

    public static VirtualSection? Read(MapNode root, InventoryReading reading)
    {
        if (root.Find("virtual") is not { } node)
        {
            return null;
        }

        if (node is not MapNode map)
        {
            reading.Problems.Add(node.Place, $"'virtual' is {node.Kind}", "Write a mapping with 'plugs'");
            return null;
        }

        SectionText section = OptionsBinder.Bind<SectionText>(map, "'virtual'", reading.Problems, PlugsKey, WeatherKey);
        MapNode? slots = root.Find("slots") as MapNode;
        Dictionary<string, VirtualPlugEntry> plugs = [];
        foreach ((string name, MapNode plug) in reading.Section(map, PlugsKey))
        {
            if (slots is not null && slots.Find(name) is null)
            {
                SourcePlace place = ((MapNode)map.Find(PlugsKey)!).Entries.First(e => e.Key.Text == name).Key.Place;
                reading.Problems.Unknown(place, "slot", name, [.. slots.Entries.Select(e => e.Key.Text)]);
            }

            plugs[name] = Plug(name, plug, slots?.Find(name) as MapNode, reading);
        }

        foreach (MapEntry slot in slots?.Entries ?? [])
        {
            if ((map.Find(PlugsKey) as MapNode)?.Find(slot.Key.Text) is null)
            {
                reading.Problems.Add(slot.Key.Place, $"slot '{slot.Key.Text}' has no virtual plug", $"Add '{slot.Key.Text}' to 'plugs' of 'virtual'");
            }
        }

        return new(section.MaxTimeScale, plugs) { Weather = Weather(map, reading) };
    }

    private static List<string> Weather(MapNode map, InventoryReading reading)
    {
        List<string> lines = [];
        if (map.Find(WeatherKey) is not { } node)
        {
            return lines;
        }

        if (node is not ListNode list)
        {
            reading.Problems.Add(node.Place, $"'weather' is {node.Kind}", "Write a list of texts: [ \"5m access-point-off 60s\" ]");
            return lines;
        }

        foreach (Node item in list.Items)
        {
            if (item is not TextNode { IsNull: false } line)
            {
                reading.Problems.Add(item.Place, $"a line of 'weather' is {item.Kind}", "Write a text: 5m access-point-off 60s");
            }
            else if (reading.Catalogue.WeatherProblem(line.Text) is { } wrong)
            {
                reading.Problems.Add(line.Place, $"weather '{line.Text}': {wrong.Problem}", wrong.Remedy);
            }
            else
            {
                lines.Add(line.Text);
            }
        }

        return lines;
    }

    private static VirtualPlugEntry Plug(string name, MapNode map, MapNode? slot, InventoryReading reading)
    {
        PlugText text = OptionsBinder.Bind<PlugText>(map, $"virtual plug '{name}'", reading.Problems, "faults", PinsKey);
        BoardFile? soldered = text.Board is not null ? reading.Boards.Take(text.Board, map.PlaceOf("board"))
            : slot?.Find("board") is TextNode board && reading.Boards.Names.Contains(board.Text) ? reading.Boards.Take(board.Text, board.Place)
            : null;
        bool blank = text.Template == NoTemplate;
        BoardFile? template = text.Template is null || blank ? soldered : reading.Boards.Take(text.Template, map.PlaceOf("template"));

        // A plug without a board is never handed out: what is wrong with the board is in the list of problems.
        return new(soldered!, template!, text.Version, Faults(name, map, reading))
        {
            Pins = map.Find(PinsKey) is null ? null : BoardLoader.Pins(map, reading.Problems),
            BlankTemplate = blank,
            LoadWatts = text.LoadWatts,
            LoadPowerFactor = text.LoadPowerFactor,
            LineVolts = text.LineVolts,
            VoltsGain = text.VoltsGain,
            AmperesGain = text.AmperesGain,
            WattsGain = text.WattsGain,
            TestCommands = text.TestCommands,
            Mdns = text.Mdns,
            LogDelay = text.LogDelay,
            TellsResetReason = text.TellsResetReason,
            UpdatePage = text.UpdatePage,
            Flags = text.Flags,
        };
    }

    private static List<PlantedFault> Faults(string plug, MapNode map, InventoryReading reading)
    {
        List<PlantedFault> faults = [];
        if (map.Find("faults") is not { } node)
        {
            return faults;
        }

        if (node is not ListNode list)
        {
            reading.Problems.Add(node.Place, $"'faults' is {node.Kind}", "Write a list: [ { id: F01 } ]");
            return faults;
        }

        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> known = reading.Catalogue.PlantableFaults;
        foreach (Node item in list.Items)
        {
            if (item is not MapNode fault)
            {
                reading.Problems.Add(item.Place, $"a fault of virtual plug '{plug}' is {item.Kind}", "Write a mapping: { id: F01 }");
            }
            else if (reading.Word(fault, $"a fault of virtual plug '{plug}'", "id", "fault", [.. known.Keys.Order(StringComparer.Ordinal)]) is { } id)
            {
                faults.Add(new(id, Parameters(id, fault, known[id], reading.Problems), fault.Place));
            }
        }

        return faults;
    }

    private static Dictionary<string, string> Parameters(
        string id, MapNode fault, IReadOnlyDictionary<string, string> known, ProblemList problems)
    {
        Dictionary<string, string> parameters = [];
        foreach (MapEntry entry in fault.Entries.Where(e => e.Key.Text != "id"))
        {
            if (!known.ContainsKey(entry.Key.Text))
            {
                problems.Unknown(entry.Key.Place, $"parameter of {id}", entry.Key.Text, [.. known.Keys.Order(StringComparer.Ordinal)]);
            }
            else if (entry.Value is TextNode { IsNull: false } value)
            {
                parameters[entry.Key.Text] = value.Text;
            }
            else
            {
                problems.Add(entry.Value.Place, $"parameter '{entry.Key.Text}' of {id} is {entry.Value.Kind}", "Write a text");
            }
        }

        return parameters;
    }

    private sealed record SectionText
    {
        [Range(1.0, 1000.0)]
        public double MaxTimeScale { get; init; } = 100;
    }

    private sealed record PlugText
    {
        public string? Board { get; init; }

        public string? Template { get; init; }

        public required string Version { get; init; }

        [Range(0.0, 4000.0)]
        public double LoadWatts { get; init; } = 60;

        [Range(0.05, 1.0)]
        public double LoadPowerFactor { get; init; } = 1;

        [Range(0.0, 300.0)]
        public double LineVolts { get; init; } = 230;

        [Range(0.5, 2.0)]
        public double VoltsGain { get; init; } = 1;

        [Range(0.5, 2.0)]
        public double AmperesGain { get; init; } = 1;

        [Range(0.5, 2.0)]
        public double WattsGain { get; init; } = 1;

        public bool TestCommands { get; init; }

        public bool Mdns { get; init; }

        public bool LogDelay { get; init; } = true;

        public bool TellsResetReason { get; init; } = true;

        public bool UpdatePage { get; init; } = true;

        [Range(0L, long.MaxValue)]
        public long? Flags { get; init; }
    }
}

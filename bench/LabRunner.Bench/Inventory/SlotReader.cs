using System.ComponentModel.DataAnnotations;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Inventory;

/// <summary>Reads <c>slots:</c>.</summary>
internal static class SlotReader
{
    /// <summary>Contracts a slot can have, in the order people think of them.</summary>
    public static IReadOnlyList<string> SlotContracts { get; } =
    [
        Contracts.Power, Contracts.BootStrap, Contracts.Reset, Contracts.Button, Contracts.RelaySense, Contracts.Console, Contracts.Pulses,
        Contracts.Rail, Contracts.Led, Contracts.Temperature, Contracts.Meter, Contracts.PulseCounter, Contracts.Ping,
    ];

    // What it takes to see a relay close, and to cut what it switches.
    private static readonly string[] GuardsRelay = [Contracts.RelaySense, Contracts.Power];

    public static IReadOnlyList<SlotEntry> Read(MapNode root, IReadOnlyDictionary<string, DriverEntry> resources, InventoryReading reading)
    {
        List<SlotEntry> slots = [];
        foreach ((string name, MapNode map) in reading.Section(root, "slots"))
        {
            slots.Add(ReadSlot(name, map, resources, reading));
        }

        if (root.Find("slots") is null or TextNode { IsNull: true } or MapNode { Entries.Count: 0 })
        {
            reading.Problems.Add(root.PlaceOf("slots"), "the bench has no slots", "Add a mapping 'slots' with at least one slot");
        }

        return slots;
    }

    private static SlotEntry ReadSlot(string name, MapNode map, IReadOnlyDictionary<string, DriverEntry> resources, InventoryReading reading)
    {
        string what = $"slot '{name}'";
        SlotText text = OptionsBinder.Bind<SlotText>(map, what, reading.Problems, SlotContracts);
        BoardFile? board = text.Board is null ? null : reading.Boards.Take(text.Board, map.PlaceOf("board"));
        if (map.Find("http") is TextNode { Open: false, IsNull: false } http && !HostPort.TryParse(http.Text, out _, out _))
        {
            reading.Problems.Add(http.Place, $"'http' of {what} is '{http.Text}', which is not host:port", "Write for example 192.168.4.21:80");
        }

        Dictionary<string, DriverEntry> drivers = [];
        foreach (string contract in SlotContracts)
        {
            if (map.Find(contract) is { } node && ReadDriver(node, $"'{contract}' of {what}", contract, board, resources, reading) is { } driver)
            {
                drivers[contract] = driver;
            }
        }

        if (text.MaxCelsius is not null && map.Find(Contracts.Temperature) is null)
        {
            reading.Problems.Add(map.PlaceOf("maxCelsius"), $"{what} has a temperature limit and no temperature", "Add 'temperature: { driver: … }', or leave maxCelsius out");
        }

        if (text.RelayOn == RelayRule.Declared && GuardsRelay.FirstOrDefault(part => map.Find(part) is null) is { } lacking)
        {
            reading.Problems.Add(
                map.PlaceOf("relayOn"), $"{what} is to lose its power when its relay closes undeclared, and has no {lacking}", $"Add '{lacking}: {{ driver: … }}', or leave relayOn out");
        }

        if (text.Recovery is not null && map.Find(Contracts.Console) is null)
        {
            reading.Problems.Add(map.PlaceOf("recovery"), $"{what} has a recovery image and no console, over whose UART it goes", "Add 'console: { driver: … }', or leave recovery out");
        }

        // What is no word at all is a problem of its own.
        bool readable = map.Find("supply") is null or TextNode { Text: "mains" };
        foreach (Refusal refusal in readable ? Interlocks.Refusals(what, text.Supply, text.Isolated, text.IsolatedInjection, drivers.Select(driver => (driver.Key, (object?)driver.Value.Options))) : [])
        {
            reading.Problems.Add(drivers[refusal.Contract].Place, refusal.Problem, refusal.Remedy);
        }

        // A slot whose board is wrong is never handed out: its problem is in the list.
        return new(
            name, board!, text.Sentinel, text.Supply, text.IsolatedInjection, text.KeepPower, text.Http, text.Mqtt, drivers, map.Place)
        {
            Isolated = text.Isolated,
            Flasher = Flasher(text, map, board, reading),
            MaxCelsius = text.MaxCelsius,
            RelayOn = text.RelayOn ?? (text.Supply == SlotSupply.Mains && GuardsRelay.All(drivers.ContainsKey) ? RelayRule.Declared : RelayRule.Any),
            Recovery = text.Recovery,
        };
    }

    /// <summary>The slot's word counts before the board's. A board without its own is flashed by this program.</summary>
    private static FlasherDefinition? Flasher(SlotText text, MapNode map, BoardFile? board, InventoryReading reading)
    {
        string? chip = board?.Description.Chip;
        return text.Flasher is { } named ? reading.Flashers.Take(named, chip, map.PlaceOf("flasher"))
            : board?.Flasher is { } usual ? reading.Flashers.Take(usual, chip, new SourcePlace(board.File, 1, 1))
            : null;
    }

    internal static DriverEntry? ReadDriver(
        Node node, string what, string contract, BoardFile? board, IReadOnlyDictionary<string, DriverEntry> resources, InventoryReading reading)
    {
        if (node is not MapNode map)
        {
            reading.Problems.Add(node.Place, $"{what} is {node.Kind}", "Write a mapping: { driver: … }");
            return null;
        }

        if (reading.Driver(map, what, contract) is not { } driver)
        {
            return null;
        }

        foreach (OptionKey key in OptionsBinder.Keys(driver.Options.GetType()))
        {
            if (contract == Contracts.Console && key.Key == "baud" && key.Type == typeof(int))
            {
                SetBaud(key, driver, map, board, reading.Problems);
            }
            else if (key.Key is "chip" or "bus" or "box" && key.Type == typeof(string) && key.Property.GetValue(driver.Options) is string resource)
            {
                CheckResource(key.Key, resource, driver, map, resources, reading.Problems);
            }
        }

        return driver;
    }

    /// <summary>The console speed is a fact of the board's firmware unless the slot says otherwise.</summary>
    private static void SetBaud(OptionKey key, DriverEntry driver, MapNode map, BoardFile? board, ProblemList problems)
    {
        if (map.Find(key.Key) is null && board is not null)
        {
            key.Property.SetValue(driver.Options, board.ConsoleBaud);
        }
        else if (key.Property.GetValue(driver.Options) is int baud and not (0 or (>= 1200 and <= 4_000_000)))
        {
            problems.Add(map.PlaceOf(key.Key), $"'baud' is '{baud}', out of range", "Write 1200 to 4000000");
        }
    }

    private static void CheckResource(
        string key, string name, DriverEntry driver, MapNode map, IReadOnlyDictionary<string, DriverEntry> resources, ProblemList problems)
    {
        string[] kinds = driver.Word == Contracts.Scpi ? [Contracts.Scpi]
            : key == "bus" ? [Contracts.I2cBus]
            : key == "box" ? [Contracts.PulseBox]
            : driver.Word == "servo" ? [Contracts.PwmChip]
            : driver.Word.StartsWith(Contracts.PwmChip, StringComparison.Ordinal) ? [Contracts.PwmChip]
            : driver.Contract == Contracts.Pulses ? [Contracts.GpioChip, Contracts.PwmChip]
            : [Contracts.GpioChip];
        string[] fitting = [.. resources.Where(r => kinds.Contains(r.Value.Contract)).Select(r => r.Key)];
        if (!resources.TryGetValue(name, out DriverEntry? resource))
        {
            problems.Unknown(map.PlaceOf(key), $"resource of kind {string.Join(" or ", kinds)}", name, fitting);
        }
        else if (resource.Contract.Length > 0 && !kinds.Contains(resource.Contract))
        {
            problems.Add(
                map.PlaceOf(key), $"the resource '{name}' is of kind {resource.Contract}, needed is {string.Join(" or ", kinds)}",
                NearestWord.Remedy(name, fitting));
        }
    }

    private sealed record SlotText
    {
        public required string Board { get; init; }

        public bool Sentinel { get; init; }

        public SlotSupply Supply { get; init; }

        public bool Isolated { get; init; }

        public bool IsolatedInjection { get; init; }

        public bool KeepPower { get; init; }

        [Range(-40, 200)]
        public double? MaxCelsius { get; init; }

        public RelayRule? RelayOn { get; init; }

        public string? Http { get; init; }

        public string? Mqtt { get; init; }

        public string? Flasher { get; init; }

        public string? Recovery { get; init; }
    }
}

using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Catalogue;

namespace LabRunner.Bench.Inventory;

/// <summary>Reads an inventory file: checks it, binds its drivers' options, and names all problems at once.</summary>
public static class InventoryLoader
{
    /// <summary>Most slots one bench can have: what the lines and USB ports of one Pi can serve, with room to spare.</summary>
    internal const int MostSlots = 64;

    /// <summary>Inputs of the bench that take every output off.</summary>
    internal static IReadOnlyList<string> SafetyContracts { get; } = [Contracts.EStop, Contracts.Lid];

    internal static readonly string[] ResourceKinds = [Contracts.GpioChip, Contracts.PwmChip, Contracts.I2cBus, Contracts.PulseBox, Contracts.Scpi];

    /// <summary>Loads an inventory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="catalogue">Drivers and plantable faults it may name.</param>
    /// <param name="variables">
    /// Values for <c>${name}</c>. Null: the bench is only looked at, so that the names of <see cref="VirtualVariables"/> stay in place in
    /// texts. <c>${env.NAME}</c> is the environment's in any case.
    /// </param>
    /// <param name="boardsFolder">hardware/boards; the flashers are beside it, in hardware/flashers.</param>
    /// <exception cref="FileProblemsException">The inventory or one of its boards is missing or wrong: all problems at once.</exception>
    public static BenchInventory Load(
        string path, IDriverCatalogue catalogue, IReadOnlyDictionary<string, string>? variables, string boardsFolder)
    {
        ProblemList problems = new();
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        string? text = YamlReader.ReadText(path, "inventory", YamlReader.FileNames(folder), problems);
        problems.ThrowIfAny();
        return LoadText(path, text ?? "", catalogue, variables, boardsFolder);
    }

    /// <summary>As <see cref="Load"/>, of a text that is already read; <paramref name="path"/> names it in problems.</summary>
    /// <exception cref="FileProblemsException">As <see cref="Load"/>.</exception>
    public static BenchInventory LoadText(
        string path, string text, IDriverCatalogue catalogue, IReadOnlyDictionary<string, string>? variables, string boardsFolder)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        ProblemList problems = new();
        MapNode? root = YamlReader.Read(path, text, problems);
        BenchInventory? inventory = root is null
            ? null
            : ReadRoot(path, text, root, new(catalogue, new(boardsFolder, problems), new(FlasherLoader.FolderBeside(boardsFolder), problems), problems), variables);
        problems.ThrowIfAny();
        return inventory ?? throw new InvalidOperationException("An inventory that cannot be read has a problem.");
    }

    private static BenchInventory ReadRoot(
        string path, string text, MapNode root, InventoryReading reading, IReadOnlyDictionary<string, string>? variables)
    {
        IEnumerable<string> plugs = (root.Find("virtual") as MapNode)?.Find("plugs") is MapNode map ? map.Entries.Select(e => e.Key.Text) : [];
        new Variables(variables, VirtualVariables.Names(plugs), reading.Problems).PutInto(root);

        RootText top = OptionsBinder.Bind<RootText>(
            root, "the inventory", reading.Problems, ["mqtt", "resources", "firmware", "flash", "accessPoint", Contracts.Network, Contracts.Heartbeat, "slots", "virtual", .. SafetyContracts]);
        reading.CheckName(top.Bench, root.PlaceOf("bench"), "bench");
        MqttSection? mqtt = Mqtt(root, reading.Problems);
        Dictionary<string, DriverEntry> resources = Resources(root, reading);
        Dictionary<string, FirmwareDescription> firmware = Firmware(root, reading);
        IReadOnlyList<SlotEntry> slots = SlotReader.Read(root, resources, reading);
        VirtualSection? virtualSection = VirtualReader.Read(root, reading);
        Dictionary<string, DriverEntry> safety = Safety(root, resources, reading);
        DriverEntry? heartbeat = Part(root, Contracts.Heartbeat, resources, reading);
        SlotChecks.Check(root, slots, [.. safety.Values, .. heartbeat is null ? Array.Empty<DriverEntry>() : [heartbeat]], mqtt is not null || root.Find("mqtt") is not null, reading.Problems);
        return new(path, text, top.Bench, top.Description, virtualSection, mqtt, resources, firmware, slots)
        {
            Safety = safety,
            Heartbeat = heartbeat,
            Flash = Flash(root, reading.Problems),
            AccessPoint = AccessPoint(root, reading.Problems),
            Network = Part(root, Contracts.Network, resources, reading),
        };
    }

    /// <summary>A part of the bench itself; null where it has none.</summary>
    private static DriverEntry? Part(MapNode root, string contract, IReadOnlyDictionary<string, DriverEntry> resources, InventoryReading reading) =>
        root.Find(contract) is { } node ? SlotReader.ReadDriver(node, $"'{contract}'", contract, null, resources, reading) : null;

    private static Dictionary<string, DriverEntry> Safety(MapNode root, IReadOnlyDictionary<string, DriverEntry> resources, InventoryReading reading)
    {
        Dictionary<string, DriverEntry> safety = [];
        foreach (string contract in SafetyContracts)
        {
            if (Part(root, contract, resources, reading) is { } driver)
            {
                safety[contract] = driver;
            }
        }

        return safety;
    }

    private static MqttSection? Mqtt(MapNode root, ProblemList problems)
    {
        if (root.Find("mqtt") is not { } node)
        {
            return null;
        }

        if (node is not MapNode map)
        {
            problems.Add(node.Place, $"'mqtt' is {node.Kind}", "Write a mapping: { broker: host:port }");
            return null;
        }

        MqttText text = OptionsBinder.Bind<MqttText>(map, "'mqtt'", problems);
        if (map.Find("broker") is not TextNode { Open: false } broker)
        {
            return new(text.Broker ?? "", 1883, text.User, text.Password);
        }

        string address = broker.Text.Contains(':', StringComparison.Ordinal) ? broker.Text : broker.Text + ":1883";
        if (HostPort.TryParse(address, out string host, out int port))
        {
            return new(host, port, text.User, text.Password);
        }

        problems.Add(broker.Place, $"the broker '{broker.Text}' is not host:port", "Write for example 192.168.4.1:1883");
        return null;
    }

    private static AccessPointSection? AccessPoint(MapNode root, ProblemList problems)
    {
        if (root.Find("accessPoint") is not { } node)
        {
            return null;
        }

        if (node is MapNode map)
        {
            AccessPointSection logs = OptionsBinder.Bind<AccessPointSection>(map, "'accessPoint'", problems);
            if (logs is { Hostapd: null, Dnsmasq: null })
            {
                problems.Add(node.Place, "'accessPoint' names no log", "Write { hostapd: FILE, dnsmasq: FILE }, one or both");
            }

            return logs;
        }

        problems.Add(node.Place, $"'accessPoint' is {node.Kind}", "Write a mapping: { hostapd: FILE, dnsmasq: FILE }");
        return null;
    }

    private static FlashSection Flash(MapNode root, ProblemList problems)
    {
        if (root.Find("flash") is not { } node)
        {
            return new FlashSection();
        }

        if (node is MapNode map)
        {
            return OptionsBinder.Bind<FlashSection>(map, "'flash'", problems);
        }

        problems.Add(node.Place, $"'flash' is {node.Kind}", "Write a mapping: { bl602Loader: FILE }");
        return new FlashSection();
    }

    private static Dictionary<string, DriverEntry> Resources(MapNode root, InventoryReading reading)
    {
        Dictionary<string, DriverEntry> resources = [];
        foreach ((string name, MapNode map) in reading.Section(root, "resources"))
        {
            string what = $"resource '{name}'";
            string? kind = reading.Word(map, what, "kind", "resource kind", ResourceKinds);

            // A slot that names a broken resource is right to do so: the problem is listed once, at the resource.
            resources[name] = (kind is null ? null : reading.Driver(map, what, kind, "kind"))
                ?? new(kind ?? "", "", new object(), map.Place);
        }

        return resources;
    }

    private static Dictionary<string, FirmwareDescription> Firmware(MapNode root, InventoryReading reading)
    {
        Dictionary<string, FirmwareDescription> firmware = [];
        foreach ((string name, MapNode map) in reading.Section(root, "firmware"))
        {
            FirmwareText text = OptionsBinder.Bind<FirmwareText>(map, $"firmware '{name}'", reading.Problems);

            // Which of two runs is told by the version within the build string of /api/info.
            if (text.Version is { Length: > 0 } version && firmware.FirstOrDefault(f => f.Value.Version is { Length: > 0 } other && (version.Contains(other, StringComparison.Ordinal) || other.Contains(version, StringComparison.Ordinal))) is { Key: { } known } same)
            {
                reading.Problems.Add(map.PlaceOf("version"), $"version '{version}' of firmware '{name}' cannot be told from '{same.Value.Version}' of '{known}'", "Write both as the build string shows them, whole; two firmwares with one version cannot be told apart");
            }

            firmware[name] = new(text.Image, text.Version);
        }

        return firmware;
    }

    private sealed record RootText
    {
        public required string Bench { get; init; }

        public string? Description { get; init; }
    }

    private sealed record MqttText
    {
        public required string Broker { get; init; }

        public string? User { get; init; }

        public string? Password { get; init; }
    }

    private sealed record FirmwareText
    {
        public required string Image { get; init; }

        public required string Version { get; init; }
    }
}

/// <summary>host:port texts.</summary>
internal static partial class HostPort
{
    public static bool TryParse(string text, out string host, out int port)
    {
        Match match = Shape().Match(text);
        host = match.Groups["host"].Value;
        return int.TryParse(match.Groups["port"].Value, out port) && port is > 0 and < 65536;
    }

    [GeneratedRegex(@"^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%a-z]+\]):(?<port>[0-9]{1,5})$")]
    private static partial Regex Shape();
}

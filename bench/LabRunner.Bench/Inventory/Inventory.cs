using System.ComponentModel;
using System.Text.Json.Serialization;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Inventory;

/// <summary>Where something stands in a file: line and column count from 1.</summary>
public sealed record SourcePlace(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>One thing wrong with an inventory, board or plan file.</summary>
/// <param name="Place">Where.</param>
/// <param name="Problem">What, with the wrong word in quotes.</param>
/// <param name="Remedy">What would be right, with the nearest right word.</param>
public sealed record FileProblem(SourcePlace Place, string Problem, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {Problem}. {Remedy}.";
}

/// <summary>A file cannot be used. All its problems at once.</summary>
public sealed class FileProblemsException(IReadOnlyList<FileProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<FileProblem> Problems { get; } = problems;
}

/// <summary>A bench as its inventory file describes it, checked and bound.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Text">Its text as read, before substitution.</param>
/// <param name="Name">Bench name.</param>
/// <param name="Description">For people.</param>
/// <param name="Virtual">Present when the bench's DUTs are virtual plugs that the runner starts.</param>
/// <param name="Mqtt">Broker, null without MQTT.</param>
/// <param name="Resources">GPIO, PWM and I2C resources by name.</param>
/// <param name="Firmware">OTA images by key.</param>
/// <param name="Slots">In file order.</param>
public sealed record BenchInventory(
    string File, string Text, string Name, string? Description, VirtualSection? Virtual, MqttSection? Mqtt,
    IReadOnlyDictionary<string, DriverEntry> Resources, IReadOnlyDictionary<string, FirmwareDescription> Firmware, IReadOnlyList<SlotEntry> Slots)
{
    /// <summary>What flashing needs of this machine.</summary>
    public FlashSection Flash { get; init; } = new();

    /// <summary>Logs of the bench's own access point; null where the bench has none.</summary>
    public AccessPointSection? AccessPoint { get; init; }

    /// <summary>What disturbs the DUTs' network; null where the bench cannot.</summary>
    public DriverEntry? Network { get; init; }

    /// <summary>Line to the watchdog relay in the supply of the relay coils; null where the bench has none.</summary>
    public DriverEntry? Heartbeat { get; init; }

    /// <summary>E-stop and lid, by contract name; those the bench has.</summary>
    public IReadOnlyDictionary<string, DriverEntry> Safety { get; init; } = new Dictionary<string, DriverEntry>();

    /// <summary>What is wrong with slots that are asked for: a sentence with those the bench lacks and those it has; null: it has all.</summary>
    public string? Lacking(IEnumerable<string> slots) => slots.Except(Slots.Select(s => s.Name)).ToList() is { Count: > 0 } unknown
        ? $"The bench '{Name}' has no slot {string.Join(", ", unknown.Select(s => string.IsNullOrEmpty(s) ? "''" : s))}; it has {string.Join(", ", Slots.Select(s => s.Name))}."
        : null;
}

/// <summary>The logs of the bench's own access point and DHCP server, which tell association and lease of each DUT (observer A).</summary>
public sealed record AccessPointSection
{
    /// <summary>Log file of hostapd.</summary>
    [Description("Log file of hostapd on this machine (hostapd -f FILE, or where syslog puts it).")]
    public string? Hostapd { get; init; }

    /// <summary>Log file of dnsmasq.</summary>
    [Description("Log file of dnsmasq on this machine (log-facility=FILE; log-dhcp is not needed).")]
    public string? Dnsmasq { get; init; }
}

/// <summary>What flashing needs of the machine that no repository can carry.</summary>
public sealed record FlashSection
{
    /// <summary>The vendor's RAM loader for the BL602.</summary>
    [Description("The vendor's flash loader for the BL602 (eflash_loader_40m.bin), as shipped with its flashing tools.")]
    public string? Bl602Loader { get; init; }
}

/// <summary>Broker the bench's observers connect to and the DUTs publish to.</summary>
/// <param name="Host">Host or address.</param>
/// <param name="Port">TCP port, default 1883.</param>
/// <param name="User">User, null for none.</param>
/// <param name="Password">Password, null for none. Never logged.</param>
public sealed record MqttSection(string Host, int Port, string? User, string? Password);

/// <summary>A driver that the inventory names, with its bound options.</summary>
/// <param name="Contract">Contract name.</param>
/// <param name="Word">Value of <c>driver:</c>.</param>
/// <param name="Options">Instance of the driver's options record.</param>
/// <param name="Place">Where.</param>
public sealed record DriverEntry(string Contract, string Word, object Options, SourcePlace Place);

/// <summary>How a slot is supplied: decides what may be done to it (hardware/README.md, safety).</summary>
public enum SlotSupply
{
    /// <summary>Mains: what touches the DUT's electronics needs isolation (<see cref="Slots.Interlocks"/>).</summary>
    Mains,

    /// <summary>Isolated 3.3 V bench supply, no mains present.</summary>
    [JsonStringEnumMemberName("isolated-3v3")]
    Isolated3V3,
}

/// <summary>When the contact of a slot's DUT may close.</summary>
public enum RelayRule
{
    /// <summary>Whenever the DUT likes: its closings are a log.</summary>
    Any,

    /// <summary>Only under an intent or a press of the bench: a closing without one takes the slot's power for good (<see cref="Watch.RelayGuard"/>).</summary>
    Declared,
}

/// <summary>A slot.</summary>
/// <param name="Name">Name, unique.</param>
/// <param name="Board">Board file it names.</param>
/// <param name="Sentinel">Control plug.</param>
/// <param name="Supply">Default mains.</param>
/// <param name="IsolatedInjection">The pulse harness is rated for mains. Default false.</param>
/// <param name="KeepPower">Stays powered when the runner ends or dies. Default false.</param>
/// <param name="Http">host:port, null without.</param>
/// <param name="MqttClient">MQTT client id, null without.</param>
/// <param name="Drivers">By contract name.</param>
/// <param name="Place">Where.</param>
public sealed record SlotEntry(
    string Name, BoardFile Board, bool Sentinel, SlotSupply Supply, bool IsolatedInjection, bool KeepPower, string? Http, string? MqttClient,
    IReadOnlyDictionary<string, DriverEntry> Drivers, SourcePlace Place)
{
    /// <summary>Every line from the bench to the DUT's electronics (UART, straps, rail, a button's pin) passes an isolator rated for mains. Default false.</summary>
    public bool Isolated { get; init; }

    /// <summary>Flashing program of somebody else that its DUT is flashed with; null: the flasher of this program.</summary>
    public FlasherDefinition? Flasher { get; init; }

    /// <summary>Temperature of the slot above which its power is taken, °C; null: none.</summary>
    public double? MaxCelsius { get; init; }

    /// <summary>When its DUT's contact may close. In an inventory, <see cref="RelayRule.Declared"/> by default where <see cref="Supply"/> is mains and the slot has <c>power</c> and <c>relaySense</c>.</summary>
    public RelayRule RelayOn { get; init; }

    /// <summary>Image file that the ladder's step reflash writes over the UART; null: none.</summary>
    public string? Recovery { get; init; }

    /// <summary>Contract names it has, plus "http" and "mqtt".</summary>
    public IReadOnlyList<string> Capabilities =>
        [.. Drivers.Keys, .. Http is null ? Array.Empty<string>() : ["http"], .. MqttClient is null ? Array.Empty<string>() : ["mqtt"]];

    /// <summary>What is asked for needs a part that the slot has not.</summary>
    /// <param name="contract">The part's key in the inventory.</param>
    public BenchFaultException Without(string contract) => new(FaultKind.Configuration, $"slot {Name}", $"the slot has no {contract}", $"Add {contract}: to the slot in the inventory");
}

/// <summary>A board file of hardware/boards.</summary>
/// <param name="Description">Facts for suites.</param>
/// <param name="Flags">OpenBeken flags of the template.</param>
/// <param name="ConsoleBaud">UART speed of its firmware, baud.</param>
/// <param name="Source">Where the facts are from.</param>
/// <param name="File">Path.</param>
public sealed record BoardFile(BoardDescription Description, long Flags, int ConsoleBaud, string Source, string File)
{
    /// <summary>Flasher of its family's slots; null: the one of this program.</summary>
    public string? Flasher { get; init; }
}

/// <summary>The virtual plugs behind a bench. Nothing above the seam reads it but the launcher.</summary>
/// <param name="MaxTimeScale">Largest time scale the file allows, default 100.</param>
/// <param name="Plugs">By slot name.</param>
public sealed record VirtualSection(double MaxTimeScale, IReadOnlyDictionary<string, VirtualPlugEntry> Plugs)
{
    /// <summary>What happens in the air that its plugs share, line by line.</summary>
    public IReadOnlyList<string> Weather { get; init; } = [];
}

/// <summary>A virtual plug.</summary>
/// <param name="Board">What is really soldered.</param>
/// <param name="Template">What its firmware is configured for; the board's own template unless the inventory is wrong about it.</param>
/// <param name="Version">Firmware version it runs at first.</param>
/// <param name="Faults">Planted failure modes.</param>
public sealed record VirtualPlugEntry(BoardFile Board, BoardFile Template, string Version, IReadOnlyList<PlantedFault> Faults)
{
    /// <summary>What is soldered in place of the board's own pins, GPIO to role; null: the board's.</summary>
    public IReadOnlyDictionary<string, string>? Pins { get; init; }

    /// <summary>True: its firmware has no pins configured, as after a first flash.</summary>
    public bool BlankTemplate { get; init; }

    /// <summary>Load on its output while the contact is closed, W.</summary>
    public double LoadWatts { get; init; } = 60;

    /// <summary>Active by apparent power of that load.</summary>
    public double LoadPowerFactor { get; init; } = 1;

    /// <summary>Mains, V.</summary>
    public double LineVolts { get; init; } = 230;

    /// <summary>Pulses that its analog chain gives by those it should: voltage.</summary>
    public double VoltsGain { get; init; } = 1;

    /// <summary>Current.</summary>
    public double AmperesGain { get; init; } = 1;

    /// <summary>Power.</summary>
    public double WattsGain { get; init; } = 1;

    /// <summary>Its build has the firmware's test commands.</summary>
    public bool TestCommands { get; init; }

    /// <summary>Its build has the mDNS driver.</summary>
    public bool Mdns { get; init; }

    /// <summary>Its build has the command logdelay, by which a bench provokes the watchdog.</summary>
    public bool LogDelay { get; init; } = true;

    /// <summary>Its page tells why it booted.</summary>
    public bool TellsResetReason { get; init; } = true;

    /// <summary>Its page of updates offers one.</summary>
    public bool UpdatePage { get; init; } = true;

    /// <summary>Flags that its configuration holds; null: those of the template.</summary>
    public long? Flags { get; init; }
}

/// <summary>A planted failure mode.</summary>
/// <param name="Id">F01 … F64.</param>
/// <param name="Parameters">Names and values as the virtual plug documents them.</param>
/// <param name="Place">Where.</param>
public sealed record PlantedFault(string Id, IReadOnlyDictionary<string, string> Parameters, SourcePlace Place);

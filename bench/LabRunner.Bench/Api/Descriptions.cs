using System.Collections.ObjectModel;
using System.Text.Json.Serialization;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Api;

/// <summary>What a bench is, for suites.</summary>
/// <param name="Bench">Name.</param>
/// <param name="Plan">Plan name.</param>
/// <param name="Seed">Seed of all randomness.</param>
/// <param name="RunFolder">Absolute path.</param>
/// <param name="Slots">Slots of this run.</param>
/// <param name="Suites">Suites of the plan in their order: name and parameters as text (bound to types by the suites).</param>
/// <param name="Firmware">OTA images the bench may use, by key ("a", "b").</param>
/// <param name="SelfHealLimit">How long the watch waits before the recovery ladder.</param>
public sealed record BenchDescription(
    string Bench, string Plan, long Seed, string RunFolder, IReadOnlyList<SlotDescription> Slots, IReadOnlyList<PlannedSuite> Suites,
    IReadOnlyDictionary<string, FirmwareDescription> Firmware, TimeSpan SelfHealLimit)
{
    /// <summary>What this bench can do to the network of a DUT; empty without <c>network:</c> in its inventory.</summary>
    public IReadOnlyList<NetworkEffect> NetworkEffects { get; init; } = [];

    /// <summary>Most operations of a slot's relay in this night; a suite that moves it is not begun beyond them.</summary>
    public int RelayBudget { get; init; } = int.MaxValue;

    /// <summary>Hours without an incident that the plan asks of a good plug on average: what a comparison without any incident is held against.</summary>
    public double MtbfGoodHours { get; init; } = 168;
}

/// <summary>A slot for suites.</summary>
/// <param name="Name">Name.</param>
/// <param name="Board">Board facts.</param>
/// <param name="Capabilities">Contract names the slot has ("power", "button", …), and "http", "mqtt", "network", and "supplyDip" where its supply can lower its voltage.</param>
/// <param name="Http">host:port, null without.</param>
/// <param name="MqttClient">Client id = base topic, null without.</param>
/// <param name="Sentinel">True: control plug that tells a bench fault from a DUT failure.</param>
/// <param name="RelayResolution">Longest gap of the contact that the relay sense may miss, run time; null without sense.</param>
public sealed record SlotDescription(
    string Name, BoardDescription Board, IReadOnlyList<string> Capabilities, string? Http, string? MqttClient, bool Sentinel,
    TimeSpan? RelayResolution = null);

/// <summary>A PCB variant as its board file says.</summary>
/// <param name="Name">File name without .yaml.</param>
/// <param name="Title">For people.</param>
/// <param name="Chip">BL602, BK7231N, …</param>
/// <param name="Pins">GPIO → role and channel, as an OpenBeken template ("Rel;1").</param>
/// <param name="ButtonGpio">GPIO of the button, null without.</param>
/// <param name="RelayGpio">GPIO of the relay, null without.</param>
/// <param name="VoltsPerHertz">BL0937 constant.</param>
/// <param name="AmperesPerHertz">BL0937 constant.</param>
/// <param name="WattsPerHertz">BL0937 constant.</param>
public sealed record BoardDescription(
    string Name, string Title, string Chip, IReadOnlyDictionary<string, string> Pins, int? ButtonGpio, int? RelayGpio,
    double VoltsPerHertz, double AmperesPerHertz, double WattsPerHertz);

/// <summary>A suite of the plan.</summary>
/// <param name="Suite">S01 … S18.</param>
/// <param name="Slots">Slots it runs on; empty: all.</param>
/// <param name="Parameters">As written in the plan.</param>
/// <param name="Role">Role of the plan's rotation that does it; null: <paramref name="Slots"/> say who.</param>
/// <param name="Together">True: all slots do it at the same time, and what takes the air is done once for all of them.</param>
public sealed record PlannedSuite(
    string Suite, IReadOnlyList<string> Slots, IReadOnlyDictionary<string, string> Parameters, string? Role = null, bool Together = false)
{
    /// <summary>Where the plan's file names it; null where it came over the wire.</summary>
    [JsonIgnore]
    public SourcePlace? Place { get; init; }

    /// <summary>Where the plan's file names each of <see cref="Parameters"/>; empty where it came over the wire.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, SourcePlace> ParameterPlaces { get; init; } = ReadOnlyDictionary<string, SourcePlace>.Empty;

    /// <summary>It runs on this slot.</summary>
    public bool IsFor(string slot) => Slots.Count == 0 || Slots.Contains(slot);
}

/// <summary>An OTA image.</summary>
/// <param name="Path">File.</param>
/// <param name="Version">Version its build string shows.</param>
public sealed record FirmwareDescription(string Path, string Version)
{
    /// <summary>True: a build string ("Built on … version 1.18.158") is of this firmware: it names the whole version, and not a longer one that begins or ends alike.</summary>
    /// <param name="build">As the device tells it.</param>
    public bool IsOf(string build)
    {
        ArgumentNullException.ThrowIfNull(build);
        for (int at = Find(0); at >= 0; at = Find(at + 1))
        {
            int end = at + Version.Length;
            bool begins = at == 0 || !(char.IsAsciiDigit(build[at - 1]) || build[at - 1] == '.');
            bool ends = end == build.Length || !(char.IsAsciiLetterOrDigit(build[end]) || build[end] is '_' or '-' or '+' || (build[end] == '.' && end + 1 < build.Length && char.IsAsciiLetterOrDigit(build[end + 1])));
            if (begins && ends)
            {
                return true;
            }
        }

        return false;

        int Find(int from) => Version.Length == 0 ? -1 : build.IndexOf(Version, from, StringComparison.Ordinal);
    }
}

/// <summary>State of an observer: alive, dead, n/a or unknown.</summary>
public sealed record ObserverStatus(string Observer, string State, string? Detail);

/// <summary>What the watch knows of a slot.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="At">When, run time.</param>
/// <param name="Ready">Serves, and no incident is open.</param>
/// <param name="UptimeSeconds">From the newest source, null before the first.</param>
/// <param name="HeapBytes">Newest.</param>
/// <param name="RelayClosed">Newest, null without sense.</param>
/// <param name="OpenIncident">Id of the open incident, null without.</param>
/// <param name="Lost">True: the recovery ladder ended without success, or the slot's bench part is broken: the slot has left the night.</param>
/// <param name="LostReason">Why.</param>
/// <param name="Observers">P T Hs Hl M U V S A B R.</param>
public sealed record SlotStatus(
    string Slot, TimeSpan At, bool Ready, long? UptimeSeconds, long? HeapBytes, bool? RelayClosed, long? OpenIncident, bool Lost, string? LostReason,
    IReadOnlyList<ObserverStatus> Observers)
{
    /// <summary>Operations of the relay so far (closings of the contact); null without sense.</summary>
    public int? RelayOperations { get; init; }

    /// <summary>
    /// When the console told <see cref="SlotStatus.HeapBytes"/> and <see cref="SocketsUsed"/>, run time; null where it did not: what MQTT told may be as old as its connect.
    /// </summary>
    public TimeSpan? HeapAt { get; init; }

    /// <summary>Sockets in use by the newest heartbeat; null before the first, and where a build does not tell.</summary>
    public int? SocketsUsed { get; init; }
}

/// <summary>The bench's network was away from a slot.</summary>
/// <param name="Started">Run time, s.</param>
/// <param name="Ended">Run time, s; null: it is away.</param>
/// <param name="Reason">One clause, without the full stop.</param>
/// <param name="Told">True: the part itself told it (the broker's connection, hostapd's log); false: inferred, since all slots or the sentinel fell silent together.</param>
public sealed record NetworkAbsence(double Started, double? Ended, string Reason, bool Told);

/// <summary>A press as it happened.</summary>
/// <param name="PressedAt">Run time, the middle of the time in which it can have happened.</param>
/// <param name="ReleasedAt">As <paramref name="PressedAt"/>.</param>
public sealed record PressOutcome(TimeSpan PressedAt, TimeSpan ReleasedAt)
{
    /// <summary>The press may have been this much shorter or longer than the two times say.</summary>
    public TimeSpan Uncertainty { get; init; }

    /// <summary>The shortest that it can have been.</summary>
    public TimeSpan Shortest => ReleasedAt - PressedAt - Uncertainty;

    /// <summary>The longest that it can have been.</summary>
    public TimeSpan Longest => ReleasedAt - PressedAt + Uncertainty;
}

/// <summary>Where a sequential test stands.</summary>
/// <param name="Decided">True: it accepts or rejects.</param>
/// <param name="Accepted">It accepts the good MTBF.</param>
/// <param name="Text">For people.</param>
public sealed record SequentialStanding(bool Decided, bool Accepted, string Text);

/// <summary>What to do to a button.</summary>
/// <param name="Press">From each push to its release, above 0.</param>
public sealed record ButtonMoves(TimeSpan Press)
{
    /// <summary>Presses, 1 or more.</summary>
    public int Times { get; init; } = 1;

    /// <summary>From each release to the next push, above 0.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Edges of a contact that bounces before it rests pushed, even; 0: it does not bounce.</summary>
    public int BounceEdges { get; init; }

    /// <summary>Between two of those edges.</summary>
    public TimeSpan BounceInterval { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>True: pushed first, then the supply is switched on; <see cref="Press"/> counts from there. The supply must be off.</summary>
    public bool ThroughPowerUp { get; init; }

    /// <summary>True: not even the first 5 s after a boot are waited for, in which a double click clears the Wi-Fi credentials.</summary>
    public bool SoonAfterBoot { get; init; }
}

/// <summary>An edge of the relay contact.</summary>
public sealed record RelayEdge(TimeSpan At, bool Closed);

/// <summary>Supply rail in volts and amperes.</summary>
public sealed record RailFigures(double Volts, double Amperes);

/// <summary>What a reference meter reads, with the largest error its maker states at this reading.</summary>
/// <param name="Volts">RMS.</param>
/// <param name="Amperes">RMS.</param>
/// <param name="Watts">Active.</param>
/// <param name="WattHours">Its counter; null where it has none.</param>
/// <param name="VoltsError">Largest error, V.</param>
/// <param name="AmperesError">Largest error, A.</param>
/// <param name="WattsError">Largest error, W.</param>
public sealed record ReferenceFigures(
    double Volts, double Amperes, double Watts, double? WattHours, double VoltsError, double AmperesError, double WattsError);

/// <summary>A count of CF pulses.</summary>
/// <param name="At">Run time.</param>
/// <param name="Pulses">Since the slot was opened.</param>
/// <param name="Lost">Known to be missing from it.</param>
public sealed record CountedPulses(TimeSpan At, long Pulses, long Lost);

/// <summary>A load to inject: V, W and power factor (1 = resistive). 0 W with 0 V stops all pulses.</summary>
public sealed record LoadPoint(double Volts, double Watts, double PowerFactor);

/// <summary>What is emitted after quantisation.</summary>
public sealed record InjectedLoad(
    double Volts, double Amperes, double Watts, double CfHertz, double Cf1VoltageHertz, double Cf1CurrentHertz);

/// <summary>A console line, redacted.</summary>
/// <param name="Number">Counts from 0 for the run.</param>
/// <param name="At">Run time of its first byte.</param>
/// <param name="Text">Without line end; a gap in the capture is a line of its own that starts with "--- gap".</param>
public sealed record ConsoleText(long Number, TimeSpan At, string Text);

/// <summary>A failure that a suite names.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Class">BUTTON_DEAD, METER_ZERO, OTA_STALL, PERIODIC_FREEZE, …</param>
/// <param name="Mode">Fxx where evidence singles one out.</param>
/// <param name="Title">One line.</param>
/// <param name="Story">Sentences.</param>
/// <param name="FirstSymptom">Run time.</param>
/// <param name="Stimulus">What was being done.</param>
/// <param name="Evidence">Lines.</param>
/// <param name="Explains">Ids of incidents of the watch that this finding explains: they take its class and mode and no second incident is counted.</param>
public sealed record Finding(
    string Slot, string Suite, string Class, string? Mode, string Title, string Story, TimeSpan FirstSymptom, string? Stimulus,
    IReadOnlyList<string> Evidence, IReadOnlyList<long> Explains);

/// <summary>What attempts of a test did before the runner died under them.</summary>
/// <param name="Since">When the first of them began, run time.</param>
/// <param name="Trials">Their trials, in order.</param>
/// <param name="Measurements">Their figures, in order.</param>
/// <param name="Exposed">Run time they had the DUT under test, each second once.</param>
public sealed record EarlierAttempt(TimeSpan Since, IReadOnlyList<TrialRecord> Trials, IReadOnlyList<MeasurementRecord> Measurements, TimeSpan Exposed);

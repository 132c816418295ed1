using System.Globalization;
using System.Text.Json.Serialization;

namespace LabRunner.Reports.Records;

// The rows of journal.db (schema.sql), one record per table. Times are seconds of run time since the run's origin.
// Facts and evidence are name → text pairs; they are stored as JSON objects.

/// <summary>A slot of the run. Capabilities are the contract names of the inventory it has.</summary>
public sealed record SlotRecord(
    string Name, string Board, string Title, string Chip, bool Sentinel, IReadOnlyList<string> Capabilities, IReadOnlyDictionary<string, string> Facts);

/// <summary>What a DUT said of itself in phase "before", "after" or, after a resume, "resumed-1" … (build, mac, config counters, calibration, RSSI…).</summary>
public sealed record IdentityRecord(string Slot, string Phase, double At, IReadOnlyDictionary<string, string> Facts);

/// <summary>Something the bench does to a DUT on purpose, open from before it starts until its effects are over.</summary>
/// <param name="Kind">See <see cref="IntentKinds"/>.</param>
/// <param name="Data">Parameters, for example interval=60.</param>
public sealed record IntentRecord(
    long Id, string Slot, string Kind, string Text, double Opened, double? Closed, string? Suite, IReadOnlyDictionary<string, string> Data)
{
    /// <summary>Key of <see cref="Data"/>: the person who does it.</summary>
    public const string ByKey = "by";

    /// <summary>The person who does it; null: the bench or a suite does.</summary>
    [JsonIgnore]
    public string? By => Data.GetValueOrDefault(ByKey);
}

/// <summary>Facts of an identity that more than one place knows.</summary>
public static class IdentityFacts
{
    /// <summary>First 12 hexadecimal digits of the SHA-256 over all settings.</summary>
    public const string SettingsHash = "settingsHash";
}

/// <summary>Keys of a slot's facts that tell its board's metering chip: what a pulse a second is, by the board file.</summary>
public static class BoardFacts
{
    /// <summary>V for each pulse a second of CF1 at the voltage level of SEL.</summary>
    public const string VoltsPerHertz = "voltsPerHertz";

    /// <summary>A for each pulse a second of CF1 at the current level of SEL.</summary>
    public const string AmperesPerHertz = "amperesPerHertz";

    /// <summary>W for each pulse a second of CF.</summary>
    public const string WattsPerHertz = "wattsPerHertz";

    /// <summary>The three as texts.</summary>
    public static IReadOnlyDictionary<string, string> Of(double voltsPerHertz, double amperesPerHertz, double wattsPerHertz) => new Dictionary<string, string>
    {
        [VoltsPerHertz] = voltsPerHertz.ToString("R", CultureInfo.InvariantCulture), [AmperesPerHertz] = amperesPerHertz.ToString("R", CultureInfo.InvariantCulture),
        [WattsPerHertz] = wattsPerHertz.ToString("R", CultureInfo.InvariantCulture),
    };
}

/// <summary>Kinds of events that more than one place knows.</summary>
public static class EventKinds
{
    /// <summary>The runner was gone for a while and the run went on after it.</summary>
    public const string RunGap = "run-gap";

    /// <summary>The machine's wall clock was set.</summary>
    public const string ClockStep = "clock-step";

    /// <summary>A console told more than a UART can carry.</summary>
    public const string ConsoleFlood = "console-flood";

    /// <summary>The bench was lent to a program of another machine, or taken back from one that was gone.</summary>
    public const string Lent = "lent";

    /// <summary>Clock and supply of the machine that the bench is on, told at the run's beginning and end; its data has the keys of <see cref="HostFacts"/>.</summary>
    public const string Host = "host";

    /// <summary>A slot left the night.</summary>
    public const string SlotLost = "slot-lost";

    /// <summary>A dump on a console; its data "group" is what makes it the same crash across builds, where every address moves.</summary>
    public const string Crash = "crash";
}

/// <summary>Keys of an event of kind <see cref="EventKinds.Host"/>; one that the machine does not tell is left out.</summary>
public static class HostFacts
{
    /// <summary>yes or no: a time service keeps the clock in step.</summary>
    public const string Synchronised = "clockSynchronised";

    /// <summary>Distance of the clock from its time service's, ms, at least 0.</summary>
    public const string OffsetMs = "clockOffsetMs";

    /// <summary>Throttling bits of a Raspberry Pi, hexadecimal: 0 the supply is below 4.63 V, 16 it was since the machine's start.</summary>
    public const string Throttling = "throttling";
}

/// <summary>How incidents end, where more than one place knows the word.</summary>
public static class Recoveries
{
    /// <summary>The runner died before the end of the incident.</summary>
    public const string NotObserved = "not observed";
}

/// <summary>Suites that more than one place knows.</summary>
public static class SuiteNames
{
    /// <summary>Failures that the bench provokes, to prove first of all that it sees them.</summary>
    public const string SelfTest = "S17";

    /// <summary>The plug as at home, and nothing asked of it: the hours that an MTBF is of.</summary>
    public const string IdleSoak = "S01";

    /// <summary>Under this name the bench keeps the steps by which it brought plugs back; it is no suite.</summary>
    public const string Recovery = "recovery";
}

/// <summary>Kinds of intents.</summary>
public static class IntentKinds
{
    /// <summary>A commanded reboot by API.</summary>
    public const string Reboot = "reboot";

    /// <summary>A power cut or power-up by the bench.</summary>
    public const string PowerCut = "power-cut";

    /// <summary>An OTA update with its reboot.</summary>
    public const string Ota = "ota";

    /// <summary>A failure provoked to prove that the bench sees it.</summary>
    public const string SelfTest = "self-test";

    /// <summary>A stimulus that must not reset the DUT (timers, requests, presses): recorded, but it excuses no reset.</summary>
    public const string Stimulus = "stimulus";

    /// <summary>The bench takes something of the network away from the DUT: silence on the network is its doing then, a reset is not.</summary>
    public const string Disturbance = "disturbance";

    /// <summary>The DUT's relay may be on: a suite switches it. Recorded, and it excuses no reset.</summary>
    public const string RelayOn = "relay-on";

    /// <summary>A step of the recovery ladder.</summary>
    public const string Recovery = "recovery";

    /// <summary>True for kinds during which a reset is expected.</summary>
    public static bool ExpectsReset(string kind) => kind is Reboot or PowerCut or Ota or SelfTest or Recovery;
}

/// <summary>One probe of one observer.</summary>
public sealed record ObservationRecord(double At, string Slot, string Observer, bool Alive, double? LatencyMs, string? Detail);

/// <summary>An interval of an observer's debounced state: "alive", "dead", "n/a" or "unknown".</summary>
public sealed record LaneRecord(long Id, string Slot, string Observer, double Started, double? Ended, string State, string? Reason);

/// <summary>One sample of a DUT's figures; null where nothing was reported.</summary>
public sealed record TelemetryRecord(
    double At, string Slot, long? UptimeS, long? HeapB, int? RssiDbm, int? SocketsUsed, double? Voltage, double? Current, double? Power, bool? RelayClosed);

/// <summary>A point event: banner, crash dump, relay edge, console gap, bench note.</summary>
public sealed record EventRecord(long Id, double At, string? Slot, string Kind, string Text, IReadOnlyDictionary<string, string> Data);

/// <summary>A row of the reset ledger.</summary>
/// <param name="Reason">commanded, power-cut, ota, self-test, recovery, watchdog, crash, brown-out, power-loss, button, policy, unknown.</param>
/// <param name="ResetReason">BL_RST_… as the index page showed it, null when it was not read.</param>
/// <param name="Sources">Who saw this boot: banner; uptime, mqtt, info (an uptime that went backwards); page.</param>
public sealed record BootRecord(
    long Id, string Slot, double At, string Reason, bool Expected, long? Intent, double? UptimeBeforeS, string? ResetReason, IReadOnlyList<string> Sources);

/// <summary>One physical incident (or a finding of a suite or of the end-of-night analysis).</summary>
/// <param name="Class">Class of the truth table: NET_FREEZE, HARD_HANG, HANG_RECOVERED, CRASH, … or BUTTON_DEAD, LEAK, OTA_STALL, METER_ZERO.</param>
/// <param name="Mode">F01 to F64 where evidence singles one out.</param>
/// <param name="Recovery">self, watchdog, button, reboot, power-cycle, safe-mode, reflash, person (somebody switched its mains or updated it), none, not observed (the runner died first); null while open.</param>
/// <param name="Source">watch, suite or analysis.</param>
/// <param name="Stimulus">What was being done to the DUT at the first symptom.</param>
/// <param name="Story">Sentences for a reader.</param>
/// <param name="Evidence">Ordered lines: observer states, console lines, figures.</param>
public sealed record IncidentRecord(
    long Id, string Slot, string Class, string? Mode, string Title, double FirstSymptom, double? Confirmed, double? Recovered, string? Recovery,
    double? BootAgeS, long? Intent, bool Expected, string Source, string? Stimulus, string? ResetReason, string Story, IReadOnlyList<string> Evidence);

/// <summary>One attempt of a repeated step; every attempt is recorded.</summary>
public sealed record TrialRecord(
    long Id, string Slot, string Suite, string Step, double At, bool Ok, double DurationMs, IReadOnlyDictionary<string, string> Detail);

/// <summary>A figure with unit and limits.</summary>
public sealed record MeasurementRecord(
    long Id, string Slot, string Suite, string Name, double At, double Value, string Unit, double? Lower, double? Upper, double? Reference,
    Verdict Verdict, IReadOnlyDictionary<string, string> Detail);

/// <summary>A test case of a suite on a slot.</summary>
public sealed record TestRecord(
    long Id, string Slot, string Suite, string Name, string FullName, double Started, double? Ended, Verdict Verdict, string? Message, string? Trace)
{
    /// <summary>
    /// What a person reads of the message: the first line that tells something; empty without one. What follows is the assertion in the framework's words,
    /// which report.json and junit.xml keep. NUnit heads several failures of one test with a line that tells nothing, and
    /// numbers them (AssertionException of Assert.Multiple).
    /// </summary>
    public string Headline()
    {
        string[] lines = (Message ?? "").TrimStart().Split('\n', 3);
        if (lines.Length == 1 || !lines[0].StartsWith("Multiple failures or warnings in test", StringComparison.Ordinal))
        {
            return lines[0].Trim();
        }

        string first = lines[1].Trim();
        return first.StartsWith("1)", StringComparison.Ordinal) ? first[2..].TrimStart() : first;
    }
}

/// <summary>Time a suite had a DUT under test.</summary>
public sealed record ExposureRecord(long Id, string Slot, string Suite, double Started, double? Ended);

/// <summary>Time taken out of the exposure: an incident's down time, or INVALID time of a bench fault.</summary>
public sealed record DowntimeRecord(long Id, string Slot, double Started, double? Ended, bool Invalid, string Reason);

/// <summary>A file kept with the run; the path is relative to the run folder.</summary>
public sealed record ArtefactRecord(
    long Id, string Slot, string Suite, string? Test, double At, string Name, string Mime, string Path, string Sha256);

/// <summary>A judgement with its number and bounds.</summary>
/// <param name="Scope">night, slot:p1, suite:S02:p1 …</param>
/// <param name="Rule">Name of the rule, for example incidents, mtbf-lower, ota-success.</param>
public sealed record VerdictRecord(
    long Id, string Scope, string Rule, double? Value, string? Unit, double? Threshold, double? Lower, double? Upper, double? Confidence,
    Verdict Verdict, string Text)
{
    /// <summary>Rule of a failure that is known and excused for a time.</summary>
    public const string QuarantineRule = "quarantine";

    /// <summary>Rule of a slot's heap slope, B/h with its bounds, by the heap-leak rule.</summary>
    public const string HeapRule = "heap-leak";

    /// <summary>Scope of the row that excuses a test.</summary>
    public static string QuarantinedTest(TestRecord test) => $"test:{test.Suite}.{test.Name}:{test.Slot}";
}

/// <summary>Keys of the meta table.</summary>
public static class MetaKeys
{
    /// <summary>Version of schema.sql, now "1".</summary>
    public const string SchemaVersion = "schemaVersion";

    /// <summary>Bench name.</summary>
    public const string Bench = "bench";

    /// <summary>Plan name.</summary>
    public const string Plan = "plan";

    /// <summary>Seed of all randomness.</summary>
    public const string Seed = "seed";

    /// <summary>Number of the night where the plan rotates; absent where it does not.</summary>
    public const string Night = "night";

    /// <summary>Run seconds per machine second.</summary>
    public const string TimeScale = "timeScale";

    /// <summary>ISO 8601 wall time of run time 0.</summary>
    public const string OriginUtc = "originUtc";

    /// <summary>Run time of the night's start, seconds.</summary>
    public const string Started = "started";

    /// <summary>Run time of the night's end, seconds; absent when the runner died.</summary>
    public const string Ended = "ended";

    /// <summary>completed, or aborted: why.</summary>
    public const string Outcome = "outcome";

    /// <summary>Version of LabRunner.</summary>
    public const string Runner = "runner";

    /// <summary>Text of the plan file as used.</summary>
    public const string PlanText = "planText";

    /// <summary>Text of the inventory file as used.</summary>
    public const string InventoryText = "inventoryText";

    /// <summary>Run time until which the runner lived, seconds; written anew every few seconds.</summary>
    public const string Seen = "seen";

    /// <summary>What the run's owner needs to go on with it after its death: files with their hashes, slots, clock, boot id, as JSON.</summary>
    public const string Resume = "resume";
}

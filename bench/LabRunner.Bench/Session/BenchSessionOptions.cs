using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <summary>What a session is opened with.</summary>
public sealed record BenchSessionOptions
{
    /// <summary>The bench.</summary>
    public required BenchInventory Inventory { get; init; }

    /// <summary>The plan.</summary>
    public required Plan Plan { get; init; }

    /// <summary>The slots of this run with their drivers. The session uses them; whoever built them disposes them after it.</summary>
    public required IReadOnlyList<SlotHardware> Slots { get; init; }

    /// <summary>E-stop and lid. The session uses them; whoever built them disposes them after it.</summary>
    public IReadOnlyList<SafetyInput> Safety { get; init; } = [];

    /// <summary>Line to the watchdog relay; null: the bench has none. The session uses it; whoever built it disposes it after it.</summary>
    public IHeartbeat? Heartbeat { get; init; }

    /// <summary>What disturbs the DUTs' network; null: the bench cannot. The session restores what it changed; whoever built it disposes it afterwards.</summary>
    public INetworkActuator? Network { get; init; }

    /// <summary>The run's clock.</summary>
    public required LabClock Clock { get; init; }

    /// <summary>Seed of all randomness.</summary>
    public required long Seed { get; init; }

    /// <summary>Number of the night, 0 or more, where the plan rotates; null where it does not. Only told, so that the night can be played again.</summary>
    public long? Night { get; init; }

    /// <summary>Run folder; created.</summary>
    public required string RunFolder { get; init; }

    /// <summary>Version of LabRunner.</summary>
    public required string RunnerVersion { get; init; }

    /// <summary>Keeps neither journal nor consoles: for simulated nights of which only the incidents matter. Default false.</summary>
    internal bool KeepsNothing { get; init; }

    /// <summary>Makes what hears the DUTs' MQTT messages; null: a client of the inventory's broker.</summary>
    internal Func<Action<TimeSpan, string, string, string, bool>, Action<BenchFaultException?>, IMqttEar>? Ear { get; init; }

    /// <summary>The slots wait without power until somebody switches them on; one that keeps its power gets it. Default false: all get power at once.</summary>
    public bool StartsOff { get; init; }

    /// <summary>
    /// How far back figures and looks are kept, run time, more than zero, in memory and in the journal; a console's files then begin anew at
    /// <see cref="ConsoleFiles.MostOfWatch"/>. For a watch, which may go on for months. Default null: all is kept, since a run's report needs it.
    /// </summary>
    public TimeSpan? Keeps { get; init; }

    /// <summary>What the owner needs to go on with this run after its death; stored as <see cref="MetaKeys.Resume"/>. Empty: it cannot.</summary>
    public string OwnerFacts { get; init; } = "";

    /// <summary>Failures that are known and excused for a time.</summary>
    public Quarantine Quarantine { get; init; } = Quarantine.None;

    /// <summary>Where a dead runner's run goes on; null: a new run.</summary>
    public ResumePoint? Resume { get; init; }

    /// <summary>How many suites may use a browser at once, at least 1; default by memory and processors of this machine.</summary>
    public int Browsers { get; init; } = SharedParts.BrowsersOf(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Environment.ProcessorCount);

    /// <summary>The machine's own clocks: the wall clock may be set while the run goes on, the other one times the heartbeat.</summary>
    internal TimeProvider Machine { get; init; } = TimeProvider.System;

    /// <summary>The bench's own lateness.</summary>
    internal StallMeter Stalls { get; init; } = new();
}

/// <summary>A slot for the live view.</summary>
/// <param name="Status">What the watch knows.</param>
/// <param name="Activity">What is being done to it.</param>
/// <param name="Verdicts">Ended tests by verdict.</param>
/// <param name="Incidents">Incidents so far that were not asked for.</param>
/// <param name="Provoked">The open incident was asked for by a suite, so that it is not among <paramref name="Incidents"/>.</param>
public sealed record LiveSlot(SlotStatus Status, string Activity, IReadOnlyDictionary<Verdict, int> Verdicts, int Incidents, bool Provoked)
{
    /// <summary>The bench gives it power; null: the bench does not switch its supply.</summary>
    public bool? Powered { get; init; }

    /// <summary>Newest figures; null before the first.</summary>
    public TelemetryRecord? Newest { get; init; }

    /// <summary>How far the plan's suites have come; null: the plan asks nothing of the slot.</summary>
    public SuiteCount? Suites { get; init; }
}

/// <summary>How far the plan's suites of a slot have come.</summary>
/// <param name="Over">Suites that are over.</param>
/// <param name="Planned">Suites that the plan has for the slot.</param>
/// <param name="Trials">Trials recorded so far.</param>
public sealed record SuiteCount(int Over, int Planned, int Trials);

using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Session;
using LabRunner.Station.Consoles;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;

namespace LabRunner.Station.Api;

/// <summary>Who asks, as the station sees them.</summary>
/// <param name="Name">Token or account.</param>
/// <param name="Owner">Who leases and runs belong to.</param>
/// <param name="Role">look, use, switch or administer; null: nothing.</param>
/// <param name="Via">socket, loopback or remote.</param>
public sealed record MeView(string Name, string Owner, string? Role, string Via);

/// <summary>The bench.</summary>
/// <param name="Name">Name.</param>
/// <param name="Description">For people.</param>
/// <param name="State">watching, running or closed.</param>
/// <param name="Problem">Why it is closed; null while it is open.</param>
/// <param name="Run">The run that has it; null without.</param>
/// <param name="Now">The station's wall clock.</param>
/// <param name="Version">Version of LabRunner.</param>
/// <param name="Virtual">It has virtual plugs.</param>
/// <param name="Said">What happened last, oldest first.</param>
public sealed record BenchView(
    string Name, string? Description, string State, string? Problem, JobView? Run, DateTimeOffset Now, string Version, bool Virtual, IReadOnlyList<string> Said);

/// <summary>A slot at a glance.</summary>
/// <param name="Name">Name.</param>
/// <param name="Board">PCB variant.</param>
/// <param name="Chip">Chip.</param>
/// <param name="Supply">mains or isolated-3v3.</param>
/// <param name="Labels">What a job can ask for: chip, board, supply, contracts, sentinel.</param>
/// <param name="Power">on, off, or unswitched where the bench does not switch its supply; unknown while the bench is closed.</param>
/// <param name="Ready">It serves, and no incident is open.</param>
/// <param name="UptimeSeconds">Of the DUT.</param>
/// <param name="HeapBytes">Free heap of the DUT.</param>
/// <param name="RssiDbm">Wi-Fi, dBm.</param>
/// <param name="Volts">The DUT's own reading.</param>
/// <param name="Amperes">The DUT's own reading.</param>
/// <param name="Watts">The DUT's own reading.</param>
/// <param name="RelayClosed">By the sense line.</param>
/// <param name="Activity">What is done to it now.</param>
/// <param name="Verdicts">Ended tests of the run by verdict.</param>
/// <param name="Incidents">Incidents so far that were not asked for.</param>
/// <param name="LastIncident">The newest that goes on or was not asked for, also of a watch or run before; null without.</param>
/// <param name="Lost">Why it left the run; null while it is in.</param>
/// <param name="Observers">State of each observer.</param>
/// <param name="Lease">Who has it; null: nobody.</param>
/// <param name="OutOfPool">Why no run gets it: what its health check found; null: it is in the pool.</param>
/// <param name="Suites">How far the run's suites have come here; null: no run asks anything of it.</param>
/// <param name="Operation">The operation that goes on here; null: none.</param>
public sealed record SlotView(
    string Name, string Board, string Chip, string Supply, IReadOnlyList<string> Labels, string Power, bool? Ready, long? UptimeSeconds, long? HeapBytes, int? RssiDbm,
    double? Volts, double? Amperes, double? Watts, bool? RelayClosed, string? Activity, IReadOnlyDictionary<string, int> Verdicts, int Incidents, IncidentView? LastIncident,
    string? Lost, IReadOnlyList<ObserverStatus> Observers, SlotLease? Lease, string? OutOfPool, SuiteCount? Suites, SlotOperation? Operation);

/// <summary>Something long that goes on at a slot.</summary>
/// <param name="Id">Of the operation.</param>
/// <param name="Kind">As the operation has it.</param>
/// <param name="Name">What its file is called, or the stretch of flash.</param>
/// <param name="Owner">For whom.</param>
/// <param name="Since">Since when.</param>
/// <param name="Progress">How far its step is; null: not known.</param>
public sealed record SlotOperation(string Id, string Kind, string Name, string Owner, DateTimeOffset Since, OperationProgress? Progress);

/// <summary>How far a run has come.</summary>
/// <param name="SuitesOver">Suites that are over, of all its slots together.</param>
/// <param name="SuitesPlanned">Suites that its plan has for its slots.</param>
/// <param name="TestsOver">Tests that have ended.</param>
/// <param name="Trials">Trials recorded so far.</param>
/// <param name="Least">Part of its suites that the slowest slot has behind it, 0 to 1.</param>
public sealed record RunProgress(int SuitesOver, int SuitesPlanned, int TestsOver, int Trials, double Least);

/// <summary>An incident.</summary>
/// <param name="Id">Number in its run or watch.</param>
/// <param name="Slot">Slot.</param>
/// <param name="Class">Class of the truth table.</param>
/// <param name="Mode">Fxx where evidence singles one out.</param>
/// <param name="Title">One line.</param>
/// <param name="At">First symptom, wall time.</param>
/// <param name="Recovered">When it was over; null: not yet.</param>
/// <param name="Recovery">What ended it.</param>
/// <param name="Expected">A suite or a person asked for it.</param>
/// <param name="Story">Sentences.</param>
/// <param name="Evidence">Lines.</param>
/// <param name="Record">Name of the watch or run that recorded it; with <paramref name="Id"/> it is found again.</param>
/// <param name="IsRun">The record is a run, found under /runs; false: a watch.</param>
/// <param name="Open">It goes on now. Where a record ended before it was over, neither this nor <paramref name="Recovered"/> is set.</param>
public sealed record IncidentView(
    long Id, string Slot, string Class, string? Mode, string Title, DateTimeOffset? At, DateTimeOffset? Recovered, string? Recovery, bool Expected, string Story,
    IReadOnlyList<string> Evidence, string Record, bool IsRun, bool Open);

/// <summary>Something that happened to a slot.</summary>
/// <param name="At">Wall time.</param>
/// <param name="Kind">incident, boot, act, or bench: a watch or a run began.</param>
/// <param name="Text">One line.</param>
/// <param name="Record">Of an incident: the watch or run that recorded it.</param>
/// <param name="Incident">Of an incident: its number there.</param>
public sealed record EventView(DateTimeOffset At, string Kind, string Text, string? Record = null, long? Incident = null);

/// <summary>Figures of a DUT at one time.</summary>
/// <param name="At">Wall time.</param>
/// <param name="HeapBytes">Free heap.</param>
/// <param name="RssiDbm">Wi-Fi, dBm.</param>
/// <param name="Volts">Its own reading.</param>
/// <param name="Watts">Its own reading.</param>
/// <param name="UptimeSeconds">Uptime.</param>
public sealed record SampleView(DateTimeOffset At, long? HeapBytes, int? RssiDbm, double? Volts, double? Watts, long? UptimeSeconds);

/// <summary>Lines of a console.</summary>
/// <param name="First">Number of the oldest line kept.</param>
/// <param name="Next">Number of the next line.</param>
/// <param name="Lines">Lines.</param>
public sealed record ConsoleView(long First, long Next, IReadOnlyList<StoredLine> Lines);

/// <summary>A job of the queue.</summary>
/// <param name="Id">Id.</param>
/// <param name="Plan">Plan.</param>
/// <param name="Slots">Slots; null: all.</param>
/// <param name="State">Queued, Running, Done, Failed or Stopped.</param>
/// <param name="Priority">0 to 100.</param>
/// <param name="Owner">Who asked for it.</param>
/// <param name="Why">Why.</param>
/// <param name="Created">When it was asked for.</param>
/// <param name="Started">When it began.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="ExpectedEnd">By how long the same plan took before, else by how far its slowest slot has come; null: nobody knows.</param>
/// <param name="Verdict">Of its report.</param>
/// <param name="Text">How it ended, or why it waits.</param>
/// <param name="Run">Name of its run, for /runs; null before it began.</param>
/// <param name="Resumed">How often a station went on with it.</param>
/// <param name="Entry">Entry of the schedule that it came of; null: somebody asked for it.</param>
/// <param name="EvenInQuietHours">It does not wait for the end of quiet hours.</param>
/// <param name="Firmware">The build that it puts into its plugs first; null: what they have.</param>
/// <param name="After">What the comparison with the run before says, and who was told; null: not yet, or not asked for.</param>
/// <param name="Lent">The program that asked for it runs the tests itself.</param>
/// <param name="Clock">Of a lent bench that its program may have now: the run's clock, whose origin is of the station's machine; null otherwise.</param>
/// <param name="Progress">How far it has come; null: it does not run, or its tests are another program's.</param>
/// <param name="Night">Number of the night, for a plan that rotates; null: of its day.</param>
/// <param name="Problem">What failed, as application/problem+json has it; null: nothing did.</param>
public sealed record JobView(
    string Id, string Plan, IReadOnlyList<string>? Slots, JobState State, int Priority, string Owner, string? Why, DateTimeOffset Created, DateTimeOffset? Started,
    DateTimeOffset? Ended, DateTimeOffset? ExpectedEnd, string? Verdict, string? Text, string? Run, int Resumed, string? Entry, bool EvenInQuietHours, JobFirmware? Firmware, string? After, bool Lent, string? Clock,
    RunProgress? Progress, long? Night, ProblemView? Problem);

/// <summary>A plan that can be run.</summary>
/// <param name="Name">Name.</param>
/// <param name="Description">For people.</param>
/// <param name="Suites">Its suites in order.</param>
/// <param name="Problem">Why it cannot be used; null: it can.</param>
public sealed record PlanView(string Name, string? Description, IReadOnlyList<string> Suites, string? Problem);

/// <summary>Whether the station lives and can serve.</summary>
/// <param name="Status">ok, or what is wrong.</param>
public sealed record HealthView(string Status);

/// <summary>Switch a slot's supply.</summary>
/// <param name="State">on, off or cycle.</param>
/// <param name="OffSeconds">Of cycle: time between off and on, 0.1 to 3600. Default 3, which a BL602 needs.</param>
/// <param name="ForSeconds">Of on and cycle: how long it stays on, up to a day. Default: until it is switched off or the station ends.</param>
/// <param name="Why">For the audit log.</param>
public sealed record PowerRequest(string State, double? OffSeconds = null, double? ForSeconds = null, string? Why = null);

/// <summary>Press a slot's button.</summary>
/// <param name="LengthMs">Length of a press, 0.1 to 600000 ms. Default 100.</param>
/// <param name="Count">Presses, 1 to 1000. Default 1.</param>
/// <param name="GapMs">From a release to the next push. Default 200.</param>
/// <param name="BounceEdges">Edges of bounce before the press rests, even. Default 0.</param>
/// <param name="BounceEveryMs">Between two edges of the bounce. Default 2.</param>
/// <param name="AtPowerUp">Held while the slot gets its power. Default false.</param>
/// <param name="AnswerMs">How long the relay is waited for. Default 2000.</param>
/// <param name="Why">For the audit log.</param>
public sealed record PressRequest(
    double? LengthMs = null, int? Count = null, double? GapMs = null, int? BounceEdges = null, double? BounceEveryMs = null, bool AtPowerUp = false, double? AnswerMs = null,
    string? Why = null);

/// <summary>Feed a load's pulses.</summary>
/// <param name="Watts">Active power, 0 to 100000 W.</param>
/// <param name="Volts">Voltage, 1 to 1000 V. Default 230.</param>
/// <param name="PowerFactor">0.01 to 1. Default 1.</param>
/// <param name="ForSeconds">How long, up to a day. Default: until it is stopped or the bench changes hands.</param>
/// <param name="Why">For the audit log.</param>
public sealed record InjectRequest(double Watts, double? Volts = null, double? PowerFactor = null, double? ForSeconds = null, string? Why = null);

/// <summary>Write to a console.</summary>
/// <param name="Text">1 to 4096 characters, sent as they are.</param>
/// <param name="Why">For the audit log.</param>
public sealed record WriteRequest(string Text, string? Why = null);

/// <summary>Take slots for yourself.</summary>
/// <param name="Slots">Slots.</param>
/// <param name="Minutes">How long, up to 31 days. Default 480.</param>
/// <param name="Purpose">Told to whoever wants them meanwhile.</param>
public sealed record LeaseRequestBody(IReadOnlyList<string> Slots, double? Minutes = null, string? Purpose = null);

/// <summary>Run a plan.</summary>
/// <param name="Plan">A plan of the station.</param>
/// <param name="Slots">Slots; leave out for all.</param>
/// <param name="Needs">Labels that a slot must have, beside <paramref name="Slots"/>.</param>
/// <param name="Seed">Seed of all randomness. Default 1.</param>
/// <param name="TimeScale">Of a virtual bench, 0.01 to 100. Default: the plan's.</param>
/// <param name="Priority">0 to 100, higher first. Default 50.</param>
/// <param name="EvenInQuietHours">Start it in quiet hours too. Default false.</param>
/// <param name="Lend">No suite of the plan runs: whoever asks takes the bench over /jobs/{job}/bench and runs tests himself. Default false.</param>
/// <param name="Why">For the audit log and whoever waits.</param>
/// <param name="Night">Number of the night, 0 or more, for a plan that rotates roles over the slots. Default: the days since 1 January 2000.</param>
public sealed record JobRequest(
    string Plan, IReadOnlyList<string>? Slots = null, IReadOnlyList<string>? Needs = null, long? Seed = null, double? TimeScale = null, int? Priority = null,
    bool EvenInQuietHours = false, bool Lend = false, string? Why = null, long? Night = null);

/// <summary>What a press did.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Sight">Edges of button and relay.</param>
public sealed record PressView(string Slot, PressSight Sight);

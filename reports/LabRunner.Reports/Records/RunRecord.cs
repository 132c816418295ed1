using System.Globalization;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Records;

/// <summary>
/// All that is known of one run, read once by <see cref="RunReader"/>. Immutable, thread safe. Lists are in time order (id order
/// where rows have one). Text in it comes from devices and files: it is untrusted, and each format escapes it.
/// </summary>
public sealed record RunRecord
{
    // A dump is read to its end before the incident is opened, or soon after its first symptom, s.
    private const double NearCrash = 10;

    private readonly IReadOnlyList<TelemetryRecord> _telemetry = [];
    private readonly Lazy<Dictionary<string, TelemetryRecord[]>> _telemetryBySlot = new(() => []);
    private Derived? _derived;

    /// <summary>Absolute path of the run folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The meta table; keys in <see cref="MetaKeys"/>.</summary>
    public required IReadOnlyDictionary<string, string> Meta { get; init; }

    /// <summary>Slots by name.</summary>
    public IReadOnlyList<SlotRecord> Slots { get; init; } = [];

    /// <summary>What DUTs said of themselves.</summary>
    public IReadOnlyList<IdentityRecord> Identities { get; init; } = [];

    /// <summary>What the bench did on purpose.</summary>
    public IReadOnlyList<IntentRecord> Intents { get; init; } = [];

    /// <summary>Single probes.</summary>
    public IReadOnlyList<ObservationRecord> Observations { get; init; } = [];

    /// <summary>Debounced observer states.</summary>
    public IReadOnlyList<LaneRecord> Lanes { get; init; } = [];

    /// <summary>DUT figures.</summary>
    public IReadOnlyList<TelemetryRecord> Telemetry
    {
        get => _telemetry;
        init
        {
            _telemetry = value;
            _telemetryBySlot = new(() => value.GroupBy(t => t.Slot).ToDictionary(g => g.Key, g => g.ToArray()));
        }
    }

    /// <summary>Point events.</summary>
    public IReadOnlyList<EventRecord> Events { get; init; } = [];

    /// <summary>The reset ledger.</summary>
    public IReadOnlyList<BootRecord> Boots { get; init; } = [];

    /// <summary>Incidents and findings.</summary>
    public IReadOnlyList<IncidentRecord> Incidents { get; init; } = [];

    /// <summary>Attempts of repeated steps.</summary>
    public IReadOnlyList<TrialRecord> Trials { get; init; } = [];

    /// <summary>Figures with limits.</summary>
    public IReadOnlyList<MeasurementRecord> Measurements { get; init; } = [];

    /// <summary>Test cases.</summary>
    public IReadOnlyList<TestRecord> Tests { get; init; } = [];

    /// <summary>Time under test.</summary>
    public IReadOnlyList<ExposureRecord> Exposure { get; init; } = [];

    /// <summary>Time taken out of the exposure.</summary>
    public IReadOnlyList<DowntimeRecord> Downtime { get; init; } = [];

    /// <summary>Files kept with the run.</summary>
    public IReadOnlyList<ArtefactRecord> Artefacts { get; init; } = [];

    /// <summary>Judgements.</summary>
    public IReadOnlyList<VerdictRecord> Verdicts { get; init; } = [];

    /// <summary>Nights of this bench before it, the newest first, as outlines; set by who draws the report (<see cref="EarlierNights"/>).</summary>
    public IReadOnlyList<NightSummary> Earlier { get; init; } = [];

    /// <summary>The night before: the newest earlier one that it can be compared with; null where there is none.</summary>
    public NightSummary? Before => Earlier.FirstOrDefault(IsComparable);

    /// <summary>True for a run that played the same plan and has device-hours that count: a probe, a single test or a night that was lost is no night to compare with.</summary>
    public bool IsComparable(NightSummary other) => other.Plan == Plan && other.Cells.Any(c => c.Total.Hours > 0);

    /// <summary>Run folders beside it that cannot be read, each with the reason: what they hold of earlier nights is not known.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>A night of the version that this one is held against, as an outline; null without one.</summary>
    public RunRecord? Reference { get; init; }

    /// <summary>Bench name, "(unnamed bench)" when none was written.</summary>
    public string Bench => Meta.GetValueOrDefault(MetaKeys.Bench, "(unnamed bench)");

    /// <summary>Plan name, "(unnamed plan)" when none was written.</summary>
    public string Plan => Meta.GetValueOrDefault(MetaKeys.Plan, "(unnamed plan)");

    /// <summary>Run seconds per machine second; 1 when not written, or where it is no scale that a night can have.</summary>
    public double TimeScale => Number(MetaKeys.TimeScale) is { } scale and >= 1e-3 and <= 1e6 ? scale : 1;

    /// <summary>Wall time of run time 0; null when not written or not readable.</summary>
    public DateTimeOffset? OriginUtc =>
        DateTimeOffset.TryParse(Meta.GetValueOrDefault(MetaKeys.OriginUtc), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at)
            ? at
            : null;

    /// <summary>
    /// Wall time of a run time: origin plus run time over the time scale, so that a night that runs faster than the clock is not labelled
    /// ahead of it. Null without origin, or for a time that is none or that no calendar has.
    /// </summary>
    public DateTimeOffset? WallAt(double seconds)
    {
        double wall = seconds / TimeScale;
        return OriginUtc is { } origin && Math.Abs(seconds) <= 1e9 && wall >= (DateTimeOffset.MinValue - origin).TotalSeconds + 1 && wall <= (DateTimeOffset.MaxValue - origin).TotalSeconds - 1
            ? origin.AddSeconds(wall) : null;
    }

    /// <summary>Start of the night, seconds of run time; 0 when not written.</summary>
    public double Started => Number(MetaKeys.Started) ?? 0;

    /// <summary>End of the night, seconds of run time; null when the runner died before it.</summary>
    public double? Ended => Number(MetaKeys.Ended);

    /// <summary>Run time until which the runner lived for certain, seconds; null when not written.</summary>
    public double? Seen => Number(MetaKeys.Seen);

    /// <summary>True when the runner died: no end was written.</summary>
    public bool Killed => Ended is null;

    /// <summary>How the night went ("completed", "aborted: why"); null when the runner died.</summary>
    public string? Outcome => Meta.GetValueOrDefault(MetaKeys.Outcome);

    /// <summary>End of the night, or the last thing seen when the runner died; never before <see cref="Started"/>.</summary>
    public required double End { get; init; }

    /// <summary>The slot's part of <see cref="Telemetry"/>, in order of time; none gives none. Sorted out once for all who ask.</summary>
    public IReadOnlyList<TelemetryRecord> TelemetryOf(string slot) => TelemetryArray(slot);

    /// <summary>As <see cref="TelemetryOf"/>, for loops over a night; not to be written to.</summary>
    internal TelemetryRecord[] TelemetryArray(string slot) => TelemetryBySlot.GetValueOrDefault(slot, []);

    /// <summary>All slots that told something, listed or not.</summary>
    internal IReadOnlyDictionary<string, TelemetryRecord[]> TelemetryBySlot => _telemetryBySlot.Value;

    /// <summary>Time the slot was under test, each second once, down time not yet removed.</summary>
    public IReadOnlyList<Span> UnderTest(string slot) =>
        Spans.Union(Exposure.Where(e => e.Slot == slot).Select(e => new Span(e.Started, e.Ended ?? End)));

    /// <summary>Time taken out of the slot's exposure.</summary>
    /// <param name="slot">Slot name.</param>
    /// <param name="invalid">True for bench faults only, false for the DUT's own down time only, null for both.</param>
    public IReadOnlyList<Span> Out(string slot, bool? invalid = null) =>
        Spans.Union(Downtime.Where(d => d.Slot == slot && (invalid is null || d.Invalid == invalid)).Select(d => new Span(d.Started, d.Ended ?? End)));

    /// <summary>Time the slot was under test and the bench could see it: INVALID time removed.</summary>
    public IReadOnlyList<Span> Watched(string slot) => Spans.Subtract(UnderTest(slot), Out(slot, invalid: true));

    /// <summary>Its unexpected resets in <see cref="Watched"/>: what came before a suite had the plug, or while the bench was broken, has no hours beside it.</summary>
    public IEnumerable<BootRecord> UnderTestResets(string slot)
    {
        IReadOnlyList<Span> watched = Watched(slot);
        return Boots.Where(b => b.Slot == slot && !b.Expected && watched.Any(w => w.Start <= b.At && b.At <= w.End));
    }

    /// <summary>The slot's hours under test, and in how many of them it reset unexpectedly.</summary>
    public StableHours Stable(string slot) => StableHours.Of([(DeviceHours(slot), [.. UnderTestResets(slot).Select(b => Math.Max(0, b.At - Started) / 3600)])]);

    /// <summary>Device-hours of the slot: time under test minus down time minus INVALID time, each second counted once.</summary>
    public double DeviceHours(string slot)
    {
        IReadOnlyList<Span> under = UnderTest(slot);
        return (Spans.Seconds(under) - Spans.Seconds(Spans.Intersect(under, Out(slot)))) / 3600;
    }

    /// <summary>Device-hours of one suite on the slot; rates of stress and idle suites are never pooled.</summary>
    public double DeviceHours(string slot, string suite)
    {
        IReadOnlyList<Span> under = Spans.Union(
            Exposure.Where(e => e.Slot == slot && e.Suite == suite).Select(e => new Span(e.Started, e.Ended ?? End)));
        return (Spans.Seconds(under) - Spans.Seconds(Spans.Intersect(under, Out(slot)))) / 3600;
    }

    /// <summary>The night's own judgement of the slot; null where none was written.</summary>
    public VerdictRecord? Own(string slot) => Verdicts.LastOrDefault(v => v.Scope == "slot:" + slot && v.Rule == "stability");

    /// <summary>The night's own judgement of the slot's heap slope; null where none was written.</summary>
    public VerdictRecord? HeapRow(string slot) => Verdicts.LastOrDefault(v => v.Rule == VerdictRecord.HeapRule && v.Scope == "slot:" + slot);

    /// <summary>
    /// Why nothing that was seen of the slot counts when runs are put together: its own judgement is INVALID, so that the bench was proved blind
    /// or broken for it. Null where it counts.
    /// </summary>
    public string? WhyNotCounted(string slot) => Own(slot) is { Verdict: Verdict.Invalid } own ? own.Text : null;

    /// <summary>
    /// Verdict and message of a test for those who count failures (build servers, Allure): a failure that is quarantined is NOT RUN, with both
    /// reasons, so that it turns no build red and is no success. Any other is as it was.
    /// </summary>
    public (Verdict Verdict, string? Message) AfterQuarantine(TestRecord test) =>
        test.Verdict == Verdict.Fail && Verdicts.FirstOrDefault(v => v.Rule == VerdictRecord.QuarantineRule && v.Scope == VerdictRecord.QuarantinedTest(test)) is { } excuse
            ? (Verdict.NotRun, $"{excuse.Text}. {test.Message}")
            : (test.Verdict, test.Message);

    /// <summary>
    /// What an incident is counted as from night to night: its class and mode, of a crash also its exception code and the last line before it, since
    /// two crashes are not one failure.
    /// </summary>
    public string ModeOf(IncidentRecord incident) =>
        incident.Class == "CRASH" && Known.Crashes[incident.Slot].LastOrDefault(e => Math.Abs(e.At - incident.FirstSymptom) <= NearCrash)?.Data.GetValueOrDefault("group") is { Length: > 0 } group
            ? $"{Words.ClassAndMode(incident)}: {group}"
            : Words.ClassAndMode(incident);

    /// <summary>Incidents that are failures of a rate, whatever suite had the plug (<see cref="FailureRule"/>).</summary>
    public IReadOnlyList<IncidentRecord> Failures => Known.Failures;

    /// <summary>Slots with hours of the idle soak, which the MTBF and the sequential test are of, and their failures in them.</summary>
    public IReadOnlyList<(string Slot, double Hours, int Failures)> Soaked => Known.Soaked;

    /// <summary>Hours of the slot's exposure that the bench spoiled.</summary>
    public double InvalidHours(string slot) => Spans.Seconds(Spans.Intersect(UnderTest(slot), Out(slot, invalid: true))) / 3600;

    // A copy made by "with" bears other rows, so it finds out anew.
    private Derived Known => _derived is { } known && ReferenceEquals(known.Run, this) ? known : _derived = new Derived(this);

    private double? Number(string key) =>
        double.TryParse(Meta.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    /// <summary>What several parts of a report ask of the same rows, found out once.</summary>
    private sealed class Derived(RunRecord run)
    {
        private readonly Lazy<IReadOnlyList<IncidentRecord>> _failures = new(() => [.. run.Incidents.Where(i => FailureRule.Counts(i, run.Exposure, run.End))]);
        private readonly Lazy<ILookup<string?, EventRecord>> _crashes = new(() => run.Events.Where(e => e.Kind == EventKinds.Crash).ToLookup(e => e.Slot));
        private readonly Lazy<IReadOnlyList<(string, double, int)>> _soaked = new(() =>
        {
            Dictionary<string, int> failures = run.Incidents.Where(i => FailureRule.CountsForMtbf(i, run.Exposure, run.End)).CountBy(i => i.Slot).ToDictionary();
            return [.. run.Slots.Select(s => (s.Name, Hours: run.DeviceHours(s.Name, SuiteNames.IdleSoak), failures.GetValueOrDefault(s.Name))).Where(s => s.Hours > 0)];
        });

        internal RunRecord Run => run;

        internal IReadOnlyList<IncidentRecord> Failures => _failures.Value;

        internal ILookup<string?, EventRecord> Crashes => _crashes.Value;

        internal IReadOnlyList<(string Slot, double Hours, int Failures)> Soaked => _soaked.Value;
    }
}

using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Ledger;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <summary>One slot of a session: its hardware, watch, ledger and incidents. Thread safe.</summary>
internal sealed partial class SlotSession : IAsyncDisposable
{
    private const string WatchSource = "watch";

    private static readonly IReadOnlyDictionary<string, string> NoData = new Dictionary<string, string>();

    private readonly Lock _gate = new();
    private readonly IJournal _journal;
    private readonly WatchPlan _plan;
    private readonly TimeSpan? _keeps;
    private readonly Interlocks _interlocks;
    private readonly List<IntentRecord> _intents = [];
    private readonly Dictionary<long, IncidentRecord> _incidents = [];
    private readonly List<TelemetryRecord> _telemetry = [];
    private readonly List<DowntimeRecord> _downtime = [];
    private readonly List<Observer> _observers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly IncidentTracker _tracker;
    private readonly BootLedger _ledger;
    private readonly RelayObserver _relay;
    private readonly ButtonObserver _button;
    private readonly StateObserver _state;
    private readonly AccessObserver _access;
    private readonly RelayGuard? _relayGuard;
    private readonly RailObserver? _rail;
    private readonly MqttObserver? _mqtt;
    private readonly PulseObserver? _pulses;
    private readonly LedObserver? _led;
    private readonly TemperatureObserver? _temperature;
    private readonly ConsoleCapture? _capture;
    private Signal _beat;
    private bool _off;
    private TimeSpan? _poweredAt;
    private string? _lost;

    public SlotSession(SlotHardware hardware, BenchSessionOptions options, IJournal journal, StallMeter stalls, Redactor redactor, Interlocks interlocks, Func<bool>? brokerUp)
    {
        Hardware = hardware;
        Clock = options.Clock;
        _beat = new Signal(Clock);
        Stalls = stalls;
        _journal = journal;
        _interlocks = interlocks;
        _plan = options.Plan.Watch;
        _keeps = options.Keeps;
        _off = hardware.Power is not null;
        if (hardware.Power is LabRunner.Hardware.Power.GuardedPower guarded)
        {
            guarded.Tripped += OnTripped;
            guarded.FoundStuck += OnStuck;
        }

        _tracker = new IncidentTracker(Name, _plan, this);
        _ledger = new BootLedger(Name, this);
        if (hardware.Console is { } console)
        {
            _capture = new ConsoleCapture(Name, options.KeepsNothing ? null : Path.Combine(options.RunFolder, "consoles"), console, Clock, redactor, this, options.Keeps is null ? long.MaxValue : ConsoleFiles.MostOfWatch);
        }

        _relay = new RelayObserver(this, hardware.RelaySense);
        if (hardware is { RelaySense: not null, Entry.RelayOn: RelayRule.Declared } && !options.StartsOff)
        {
            _relayGuard = new RelayGuard();
            _relay.Edge += _relayGuard.OnEdge;
            _relay.Looked += _relayGuard.Seen;
        }

        _button = new ButtonObserver(this, hardware.Button, hardware.RelaySense, _relay);
        _mqtt = hardware.Entry.MqttClient is not null && brokerUp is not null ? new MqttObserver(this, _plan.MqttEvery, brokerUp) : null;
        _state = new StateObserver(
            this, _relay, hardware.RelaySense is null ? "the slot has no relay sense" : hardware.Plug is null && _mqtt is null ? "the slot reports nothing: no http and no mqtt" : null);
        _access = new AccessObserver(this);
        if (options.Inventory.AccessPoint is null)
        {
            _access.Unavailable("the inventory names no log of the access point");
        }

        _rail = hardware.Rail is { } rail ? new RailObserver(this, rail, _plan.RailEvery, _plan.RailLowest, _plan.RailHighest, OnRailOut) : null;
        _pulses = hardware.Pulses is null ? null : new PulseObserver(this, hardware.Entry.Board.Description.WattsPerHertz, OnMeterStuck);
        _led = hardware.Led is { } led ? new LedObserver(this, led) : null;
        _temperature = hardware.Temperature is { } sensor
            ? new TemperatureObserver(this, sensor, _plan.TemperatureEvery, hardware.Entry.MaxCelsius is { } limit ? new(limit) : null, OnTooHot)
            : null;
        AddObservers();
    }

    /// <summary>Its drivers.</summary>
    public SlotHardware Hardware { get; }

    /// <inheritdoc/>
    public string Name => Hardware.Entry.Name;

    /// <inheritdoc/>
    public LabClock Clock { get; }

    /// <inheritdoc/>
    public StallMeter Stalls { get; }

    /// <summary>The control plug; null without one and for the sentinel itself.</summary>
    public SlotSession? Sentinel { get; set; }

    /// <summary>Observers on which all slots are silent together at this beat.</summary>
    public IReadOnlySet<string> SilentInCommon { get; set; } = CommonSilence.None;

    /// <summary>The console capture; null without a console.</summary>
    public ConsoleCapture? Capture => _capture;

    /// <summary>Contact edges.</summary>
    public RelayObserver Relay => _relay;

    /// <summary>Observers on which this slot is dead now.</summary>
    public IReadOnlySet<string> DeadObservers =>
        _observers.Where(o => o.State == ObserverState.Dead).Select(o => o.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>Incidents in order of their first symptom.</summary>
    public IReadOnlyList<IncidentRecord> Incidents => Locked(() => _incidents.Values.OrderBy(i => i.FirstSymptom).ToList());

    /// <summary>Boots in order.</summary>
    public IReadOnlyList<BootRecord> Boots => Locked(() => _ledger.Boots.ToList());

    /// <summary>Telemetry in order.</summary>
    public IReadOnlyList<TelemetryRecord> Telemetry => Locked(() => _telemetry.ToList());

    /// <summary>Newest telemetry; null before the first.</summary>
    public TelemetryRecord? NewestTelemetry => Locked(() => _telemetry.Count > 0 ? _telemetry[^1] : null);

    /// <summary>Telemetry not before a run time, in order.</summary>
    public IReadOnlyList<TelemetryRecord> TelemetrySince(TimeSpan since) => Locked(() =>
    {
        int from = _telemetry.Count;
        while (from > 0 && _telemetry[from - 1].At >= since.TotalSeconds)
        {
            from--;
        }

        return _telemetry.GetRange(from, _telemetry.Count - from);
    });

    /// <summary>Downtime so far; an interval is here in its newest version only.</summary>
    public IReadOnlyList<DowntimeRecord> Downtime => Locked(() => _downtime.GroupBy(d => d.Id).Select(g => g.Last()).ToList());

    /// <summary>Intents so far.</summary>
    public IReadOnlyList<IntentRecord> Intents => Locked(() => _intents.ToList());

    /// <summary>Closings of the contact in this night, also of the runner that died; null without sense.</summary>
    public int? RelayOperations => Hardware.RelaySense is null ? null : _earlierOperations + _relay.Operations;

    /// <summary>Version it runs, as the newest answer tells; null before the first.</summary>
    public string? Version => Locked(() => _version);

    /// <summary>Why the slot left the night; null while it is in.</summary>
    public string? Lost => _lost;

    /// <summary>What the watch knows now.</summary>
    public SlotStatus Status()
    {
        lock (_gate)
        {
            TimeSpan now = Clock.Elapsed;
            double? uptime = _off ? null : _ledger.UptimeAt(now);
            return new SlotStatus(
                Name, now, IsReady(now), uptime is { } u ? (long)u : null, _heartbeat?.HeapBytes ?? _mqtt?.Figures.HeapBytes, _relay.Closed,
                _tracker.Open?.Id, _lost is not null, _lost, [.. Views().Select(v => new ObserverStatus(v.Key, v.State.ToText(), v.Detail))]) { RelayOperations = RelayOperations, SocketsUsed = _heartbeat?.SocketsUsed, HeapAt = _heartbeat is null ? null : _heartbeatAt };
        }
    }

    /// <summary>Waits for <see cref="SlotStatus.Ready"/>, or for the limit, or until the slot is lost.</summary>
    public async Task<SlotStatus> WaitReadyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        // Beats come each run second, so a limit is met to a second.
        TimeSpan deadline = Clock.Elapsed + limit;
        while (true)
        {
            Task beat = Volatile.Read(ref _beat).Task;
            SlotStatus status = Status();
            if (status.Ready || status.Lost || Clock.Elapsed >= deadline)
            {
                return status;
            }

            await beat.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens an intent.</summary>
    public IntentRecord OpenIntent(string kind, string text, string? suite, IReadOnlyDictionary<string, string> data)
    {
        lock (_gate)
        {
            IntentRecord intent = new(_journal.NextId("intents"), Name, kind, text, Clock.Elapsed.TotalSeconds, null, suite, data);
            _intents.Add(intent);
            _journal.Put(JournalRow.Of(intent));
            return intent;
        }
    }

    /// <summary>Closes an intent of this slot.</summary>
    /// <returns>False: the intent is not of this slot.</returns>
    public bool CloseIntent(long id)
    {
        lock (_gate)
        {
            int index = _intents.FindIndex(i => i.Id == id);
            if (index < 0)
            {
                return false;
            }

            if (_intents[index].Closed is null)
            {
                _intents[index] = _intents[index] with { Closed = Clock.Elapsed.TotalSeconds };
                _journal.Put(JournalRow.Of(_intents[index]));
            }

            return true;
        }
    }

    /// <summary>Stores an incident that a suite or an analysis names, and lets known incidents take its name.</summary>
    public long Report(Finding finding, string source)
    {
        lock (_gate)
        {
            List<long> known = [.. finding.Explains.Where(_incidents.ContainsKey).Union(Seen(finding))];
            foreach (long id in known)
            {
                IncidentRecord changed = Explained(_incidents[id], finding, source);
                _tracker.Explain(id, _ => changed);
                ((IIncidentSink)this).Save(changed);
            }

            if (known.Count > 0)
            {
                return known[0];
            }

            double first = finding.FirstSymptom.TotalSeconds;
            IntentRecord? intent = IntentsAt(finding.FirstSymptom) is { Count: > 0 } open ? open[^1] : null;
            IncidentRecord incident = new(
                _journal.NextId("incidents"), Name, finding.Class, finding.Mode, finding.Title, first, Clock.Elapsed.TotalSeconds, null, null,
                _ledger.LastBoot is { } boot && first >= boot.TotalSeconds ? first - boot.TotalSeconds : null, intent?.Id,
                Expected: false, source, finding.Stimulus ?? intent?.Text, null, finding.Story, finding.Evidence);
            ((IIncidentSink)this).Save(incident);
            return incident.Id;
        }
    }

    // What the watch found while the suite was looking for the same is one thing.
    private IEnumerable<long> Seen(Finding finding) =>
        _incidents.Values.Where(i => i.Class == finding.Class && i.Mode == finding.Mode && i.Source == WatchSource && i.Class == MeterFault.ZeroClass).Select(i => i.Id);

    private void OnMeterStuck(TimeSpan at, string text)
    {
        MeterFault fault = MeterFault.Zero("The bench emits pulses on CF, and the DUT has said 0 W for a minute");
        Report(new Finding(Name, WatchSource, fault.Class, fault.Mode, fault.Title, fault.Story, at, null, [$"{ObserverKeys.Pulses}: {text}"], []), WatchSource);
    }

    /// <inheritdoc/>
    public void Note(TimeSpan at, string kind, string text) =>
        _journal.Put(JournalRow.Of(new EventRecord(_journal.NextId("events"), at.TotalSeconds, Name, kind, text, NoData)));

    private List<ObserverView> Views() => [.. _observers.Select(o => o.View)];

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private static string Text(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "?";
}

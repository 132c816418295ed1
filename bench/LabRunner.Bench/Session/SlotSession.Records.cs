using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Ledger;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What watch, ledger and tracker write and ask; all under the slot's lock or lock-free.</content>
internal sealed partial class SlotSession
{
    // A boot is often seen a moment after the suite let go of its intent.
    private static readonly TimeSpan IntentSlack = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SwitchSlack = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WordsBefore = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AfterOta = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LinkPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RailMemory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PressMemory = TimeSpan.FromSeconds(15);

    // How long a boot must last before its uptime or its page must have been read.
    private static readonly TimeSpan UptimeLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(90);

    private TimeSpan? _linkBeforeBoot;
    private TimeSpan? _openedAt;
    private TimeSpan? _silence;

    // That the relay may be on is no cause of anything.
    private IEnumerable<IntentRecord> Stimuli => _intents.Where(i => i.Kind != IntentKinds.RelayOn);

    /// <inheritdoc/>
    public IReadOnlyList<IntentRecord> IntentsAt(TimeSpan at) =>
        [.. Stimuli.Where(i => i.Opened <= at.TotalSeconds + 0.5 && (i.Closed is null || i.Closed >= at.TotalSeconds))];

    /// <inheritdoc/>
    public IReadOnlyList<IntentRecord> IntentsOpened(TimeSpan after, TimeSpan until) =>
        [.. Stimuli.Where(i => i.Opened > after.TotalSeconds && i.Opened <= until.TotalSeconds + 0.5)];

    /// <inheritdoc/>
    Circumstances IIncidentSink.CircumstancesOf(TimeSpan first)
    {
        bool Said(string word) => _words.TryGetValue(word, out TimeSpan at) && at >= first - WordsBefore;
        List<IntentRecord> updates = [.. _intents.Where(i =>
            i.Kind == IntentKinds.Ota && i.Opened <= first.TotalSeconds + 0.5 && (i.Closed ?? double.MaxValue) + AfterOta.TotalSeconds >= first.TotalSeconds)];
        TelemetryRecord? before = _telemetry.FindLast(t => t.At <= first.TotalSeconds && t.HeapB is not null);
        return new Circumstances
        {
            DuringOta = updates.Count > 0,
            CutDuringOta = updates.Exists(u => _intents.Exists(c => c.Kind == IntentKinds.PowerCut && c.Opened >= u.Opened && c.Opened <= (u.Closed ?? double.MaxValue))),
            ShortPowerCuts = _ledger.Boots.Reverse().SkipWhile(b => b.At > first.TotalSeconds)
                .TakeWhile(b => b is { Expected: true, Reason: "power-cut" or "recovery" } && b.UptimeBeforeS is null or < 60).Count(),
            PowerSave = _heartbeat?.PowerSave ?? false,
            HeapBytes = before?.HeapB,
            Sockets = before?.SocketsUsed,
            SocketsAtRest = _socketsAtRest,
            ThreadsRefused = Said(Telling.ThreadsRefused),
            AllocationFailed = Said(Telling.AllocationFailed),
            StackOverflow = Said(Telling.StackOverflow),
            NotANumber = Said(Telling.NotANumber),
            LastLine = first < _ledger.LastBoot ? _lineBeforeBoot : _crashes.LastLine,
            OnlyPageLies = _state.OnlyPageLies,
            WithoutLink = _linkBeforeBoot is { } lost && first - lost >= LinkPatience,
            SentAway = _access.SentAwayAt is { } away && away <= first + IntentSlack && first - away <= WordsBefore,
            RailDipped = _rail?.OutAt is { } dip && first - dip <= RailMemory,
        };
    }

    /// <inheritdoc/>
    TimeSpan ILedgerSink.StalledSince(TimeSpan since) => Stalls.LostSince(since);

    /// <inheritdoc/>
    public long NextLaneId() => _journal.NextId("lanes");

    /// <inheritdoc/>
    public void Save(ObservationRecord observation) => _journal.Put(JournalRow.Of(observation));

    /// <inheritdoc/>
    public void Save(LaneRecord lane) => _journal.Put(JournalRow.Of(lane));

    /// <inheritdoc/>
    public long NextIncidentId() => _journal.NextId("incidents");

    /// <inheritdoc/>
    public long NextDowntimeId() => _journal.NextId("downtime");

    /// <inheritdoc/>
    public long NextBootId() => _journal.NextId("boots");

    // A stimulus may have done what comes within so long after it: a lease that was made short lasts on.
    private const double StimulusLastsSeconds = 600;

    /// <summary>
    /// An incident with the name that a finding gives it. What the DUT also does when it is left alone proves nothing of what was being done, so
    /// such an incident keeps the watch's name.
    /// </summary>
    private IncidentRecord Explained(IncidentRecord incident, Finding finding, string source)
    {
        if (source == "suite" && incident.Source == WatchSource
            && _incidents.Values.FirstOrDefault(i => i.Id != incident.Id && i is { Expected: false, Source: WatchSource } && (i.Class, i.Mode) == (incident.Class, incident.Mode) && WasAlone(i)) is { } alone)
        {
            return incident with
            {
                Story = $"{incident.Story} It came while {finding.Stimulus ?? finding.Title}, which is no proof of a cause: it came of itself too (incident #{alone.Id}).".Trim(),
                Evidence = [.. finding.Evidence, .. incident.Evidence],
            };
        }

        return incident with
        {
            Class = finding.Class, Mode = finding.Mode, Title = finding.Title, Story = $"{finding.Story} {incident.Story}".Trim(),
            Evidence = [.. finding.Evidence, .. incident.Evidence], Source = incident.Source == "suite" ? incident.Source : source,
        };
    }

    private bool WasAlone(IncidentRecord incident) => !_intents.Exists(i =>
        i.Kind is IntentKinds.Stimulus or IntentKinds.Disturbance or IntentKinds.Ota
        && i.Opened <= incident.FirstSymptom && (i.Closed ?? double.MaxValue) >= incident.FirstSymptom - StimulusLastsSeconds);

    /// <inheritdoc/>
    public void Save(IncidentRecord incident)
    {
        _incidents[incident.Id] = incident;
        _journal.Put(JournalRow.Of(incident));

        // At once: what was told on the screen must not be gone with a runner that dies.
        _journal.CommitSoon();
    }

    /// <inheritdoc/>
    public void Save(DowntimeRecord downtime)
    {
        _downtime.Add(downtime);
        _journal.Put(JournalRow.Of(downtime));
    }

    /// <inheritdoc/>
    public void Save(BootRecord boot) => _journal.Put(JournalRow.Of(boot));

    /// <inheritdoc/>
    public IReadOnlyList<string> ConsoleBefore(TimeSpan at, int most) =>
        _capture is null
            ? []
            : [.. _capture.Ring.Tail(400).Where(l => l.At <= at).TakeLast(most).Select(l => string.Create(CultureInfo.InvariantCulture, $"+{l.At.TotalSeconds:0.000} {l.Text}"))];

    /// <inheritdoc/>
    IntentRecord? ILedgerSink.Explains(TimeSpan at) => _intents.LastOrDefault(i =>
        IntentKinds.ExpectsReset(i.Kind) && i.Opened <= at.TotalSeconds + 0.5 && (i.Closed is not { } closed || closed + IntentSlack.TotalSeconds >= at.TotalSeconds));

    /// <inheritdoc/>
    bool ILedgerSink.SwitchedByBench(TimeSpan at) => _poweredAt is { } powered && at >= powered - IntentSlack && at - powered <= SwitchSlack;

    /// <inheritdoc/>
    BootSurroundings ILedgerSink.SurroundingsOf(TimeSpan at) => new(
        RailDipped: (_rail?.OutAt is { } dip && at - dip <= RailMemory) || _silence < IncidentTracker.WatchdogSilence,
        ButtonHeld: _pressedAt is { } pressed && at - pressed <= PressMemory,
        WithoutLink: _linkBeforeBoot is { } lost && at - lost >= LinkPatience);

    /// <inheritdoc/>
    bool ILedgerSink.CouldSee(string source, TimeSpan from, TimeSpan until) => source switch
    {
        "banner" => _capture is { IsOpen: true } && _openedAt < from,
        "uptime" => (_capture is { IsOpen: true } || Hardware.Plug is not null) && _ledger.Boots.Count > 1 && until - from > UptimeLimit && _servedAt > from,
        _ => Hardware.Plug is not null && _servedAt > from && until - from > PageLimit,
    };

    /// <inheritdoc/>
    void ILedgerSink.OnBoot(BootRecord boot, TimeSpan? silentSince, IntentRecord? commanded)
    {
        TimeSpan at = TimeSpan.FromSeconds(boot.At);
        (_linkBeforeBoot, _linkLostAt, _silence) = (_linkLostAt, null, at - _beatBeforeBanner);
        _tracker.OnBoot(at, silentSince, commanded, View(Clock.Elapsed));
        _page = null;
        _servedAt = _servedAt > at ? _servedAt : null;
        foreach (Observer observer in _observers.Where(o => o.Key is not (ObserverKeys.Button or ObserverKeys.Relay or ObserverKeys.Heartbeat or ObserverKeys.Access or ObserverKeys.Rail)))
        {
            observer.Reset("booting");
        }
    }
}

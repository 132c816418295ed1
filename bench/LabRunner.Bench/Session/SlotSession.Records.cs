using System.Globalization;
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

    /// <inheritdoc/>
    public IReadOnlyList<IntentRecord> IntentsAt(TimeSpan at) =>
        [.. _intents.Where(i => i.Opened <= at.TotalSeconds + 0.5 && (i.Closed is null || i.Closed >= at.TotalSeconds))];

    /// <inheritdoc/>
    public IReadOnlyList<IntentRecord> IntentsOpened(TimeSpan after, TimeSpan until) =>
        [.. _intents.Where(i => i.Opened > after.TotalSeconds && i.Opened <= until.TotalSeconds + 0.5)];

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

    /// <inheritdoc/>
    public void Save(IncidentRecord incident)
    {
        _incidents[incident.Id] = incident;
        _journal.Put(JournalRow.Of(incident));
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
    void ILedgerSink.OnBoot(BootRecord boot, TimeSpan? silentSince, IntentRecord? commanded)
    {
        TimeSpan at = TimeSpan.FromSeconds(boot.At);
        _tracker.OnBoot(at, silentSince, commanded, View(Clock.Elapsed));
        _page = null;
        _servedAt = _servedAt > at ? _servedAt : null;
        foreach (Observer observer in _observers.Where(o => o.Key is not (ObserverKeys.Button or ObserverKeys.Relay or ObserverKeys.Heartbeat)))
        {
            observer.Reset("booting");
        }
    }
}

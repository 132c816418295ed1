using LabRunner.Bench.Plans;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <summary>
/// Turns observer states and boots of one slot into incidents: (a) everything within the merge window is one incident, (b) the
/// exposure stops from first symptom to recovery, (c) first symptom, confirmation and recovery are three times. Has no clock: every
/// call carries its run time, so a night can be replayed in a test. Not thread safe; the slot's lock guards it.
/// </summary>
internal sealed partial class IncidentTracker(string slot, WatchPlan plan, IIncidentSink sink)
{
    /// <summary>How long a DUT may take from power-on or banner until it serves; then its absence counts.</summary>
    public static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The watchdog bites 3 s after its last feed. It is fed after each heartbeat, or a second before the last one where the loop hung right
    /// after that: a banner that follows a heartbeat sooner has another cause.
    /// </summary>
    public static readonly TimeSpan WatchdogSilence = TimeSpan.FromSeconds(1.8);

    private static readonly TimeSpan LoopWindow = TimeSpan.FromSeconds(300);

    // A DUT beats once a second.
    private static readonly TimeSpan BeatSlack = TimeSpan.FromSeconds(1.5);

    private static readonly string[] FastObservers = [ObserverKeys.Ping, ObserverKeys.Tcp, ObserverKeys.SmallHttp, ObserverKeys.Heartbeat];

    private readonly List<TimeSpan> _boots = [];
    private OpenIncident? _open;
    private OpenIncident? _last;
    private TimeSpan? _pending;
    private TimeSpan? _lastBoot;
    private TimeSpan? _dumpAt;
    private CrashSignature? _crash;

    /// <summary>The open incident.</summary>
    public IncidentRecord? Open => _open?.Record;

    /// <summary>The open incident takes the DUT out of service; one that only lies about its relay, or is only deaf to ping, does not.</summary>
    public bool IsOutOfService => _open is { } open && (open.NeedsRecovery || open.Rebooted || open.Record.Class is not ("STATE_LIE" or "ICMP_ONLY_DEAD"));

    /// <summary>Run time of the newest boot.</summary>
    public TimeSpan? LastBoot => _lastBoot;

    /// <summary>Looks at the slot, about once a second of run time.</summary>
    /// <returns>The step of the ladder that is due; the caller executes it and reports back.</returns>
    public LadderStep Tick(SlotView view) => _open is { } open ? TickOpen(open, view) : TickQuiet(view);

    /// <summary>An exception dump began on the console.</summary>
    public void OnDump(TimeSpan at)
    {
        _dumpAt ??= at;
        if (_open is { } open)
        {
            open.Dump = true;
            open.Story.Add($"Exception dump at {Words.AtTenths(at)}.");
        }
    }

    /// <summary>The dump is complete and says what it was.</summary>
    public void OnCrash(CrashSignature crash)
    {
        _crash = crash;
        if (_open is { Dump: true } open)
        {
            open.Crash ??= crash;
        }
    }

    /// <summary>A boot was seen.</summary>
    /// <param name="at">Run time of the boot.</param>
    /// <param name="silentSince">Last sign of life before it; null unknown.</param>
    /// <param name="commanded">The intent that explains the boot; null when nobody asked for it.</param>
    /// <param name="view">The slot now, for the evidence.</param>
    public void OnBoot(TimeSpan at, TimeSpan? silentSince, IntentRecord? commanded, SlotView view)
    {
        TimeSpan? dumpAt = _dumpAt;
        CrashSignature? crash = _crash;
        TimeSpan? before = _lastBoot;
        (_dumpAt, _crash) = (null, null);
        _lastBoot = at;
        bool selfTest = commanded?.Kind == IntentKinds.SelfTest;

        // A crash is never what a reboot, a cut or an update asked for; only a self-test asks for one.
        if (commanded is not null && !selfTest && dumpAt is null)
        {
            _pending = null;
            if (_open is { } waiting)
            {
                waiting.ByHand = commanded.By is null ? null : commanded;
                waiting.Story.Add($"Booted at {Words.AtTenths(at)} after: {commanded.Text}.");

                // It boots: a step now would only take it down again. A step's own boot has its own time.
                if (commanded.Kind != IntentKinds.Recovery && waiting.NextStepAt < at + plan.SelfHeal)
                {
                    waiting.NextStepAt = at + plan.SelfHeal;
                }
            }

            return;
        }

        if (!selfTest)
        {
            _boots.Add(at);
        }

        _boots.RemoveAll(b => at - b > LoopWindow);
        bool abrupt = view.BeatBeforeBanner is { } beat && at - beat < WatchdogSilence;
        TimeSpan first = dumpAt ?? silentSince ?? at;
        first = _pending is { } pending && pending < first ? pending : first;
        first = before is { } previous && first < previous ? previous : first;
        if (selfTest && commanded!.Opened > first.TotalSeconds && commanded.Opened <= (first + BeatSlack).TotalSeconds)
        {
            // What a stimulus did began with it, though the last beat before it may be a second older.
            first = TimeSpan.FromSeconds(commanded.Opened);
        }

        _pending = null;
        if (_open is { } standing && IsOfItsOwn(standing, first))
        {
            // What it lacked until now and the boot are two things: the first ended here.
            Recover(standing, at);
        }

        if (_open is null)
        {
            Begin(first, at, view, before, at, dumpAt is not null, crash, abrupt);
            _open!.Story.Add($"Booted by itself at {Words.AtTenths(at)}.");
            Save(_open);
            return;
        }

        OpenIncident open = _open;
        open.Rebooted = true;
        open.ByHand = null;
        open.RebootedAt = at;
        open.Dump |= dumpAt is not null;
        open.Crash ??= crash;
        open.Abrupt = abrupt;
        open.Story.Add($"Booted by itself at {Words.AtTenths(at)}.");
        Reclassify(open, view);
        Save(open);
    }

    /// <summary>The index page told why the newest boot happened.</summary>
    public void OnResetReason(string reason, SlotView view)
    {
        OpenIncident? incident = _open ?? _last;
        if (incident is { Rebooted: true, ResetReason: null } && incident.RebootedAt == _lastBoot)
        {
            incident.ResetReason = reason;
            incident.Record = incident.Record with { ResetReason = incident.Record.ResetReason ?? reason };
            incident.Story.Add($"The index page gives the reset reason {reason}.");
            Reclassify(incident, view);
            Save(incident);
        }
    }

    /// <summary>A suite or an analysis explains incidents: they take its class and keep it.</summary>
    public void Explain(long incident, Func<IncidentRecord, IncidentRecord> change)
    {
        foreach (OpenIncident known in new[] { _open, _last }.OfType<OpenIncident>().Where(i => i.Record.Id == incident))
        {
            known.Record = change(known.Record);
            known.Pinned = true;
        }
    }

    /// <summary>The night ends: nothing stays open.</summary>
    public void Finish(TimeSpan now)
    {
        if (_infra is { } infra)
        {
            sink.Save(infra with { Ended = now.TotalSeconds });
            _infra = null;
        }

        if (_open is { } open)
        {
            Tried(open, now, recovered: false);
            open.Story.Add("Still down when the night ended.");
            End(open, now);
        }
    }

    // Closed without a recovery.
    private void End(OpenIncident open, TimeSpan now)
    {
        open.Record = open.Record with { Recovery = open.Record.Recovery ?? "none" };
        open.Downtime = open.Downtime with { Ended = now.TotalSeconds };
        sink.Save(open.Downtime);
        Save(open);
        _last = open;
        _open = null;
    }
}

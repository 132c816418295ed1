using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the slot concludes of its DUT at an instant: booted, serving, away on purpose, ready.</content>
internal sealed partial class SlotSession
{
    private static readonly TimeSpan BeatLimit = TimeSpan.FromSeconds(5);

    private long _waitedUntil;

    private SlotView View(TimeSpan now) => new()
    {
        Now = now,
        Observers = Views(),
        HasConsole = _capture is { IsOpen: true },
        Suspended = Suspended(now),
        HandsOff = OpenIntents().Any(i => IntentKinds.ExpectsReset(i.Kind) && i.Kind != IntentKinds.Recovery),
        SentinelDead = Sentinel?.DeadObservers ?? CommonSilence.None,
        SentinelSince = Sentinel?.Views().Where(o => o.State == ObserverState.Dead).Min(o => o.SymptomSince),
        SilentInCommon = SilentInCommon,
        StalledSince = Stalls.LostSince,
        WifiUp = _heartbeat?.WifiUp,
        WifiDownAt = _wifiDownAt,
        SafeMode = _heartbeat?.SafeMode ?? false,
        Associated = _access.Associated,
        HasAddress = _access.Leased ?? _address,
        BootSilentSince = BootSilentSince(now),
        BeatBeforeBanner = _beatBeforeBanner,
        Figures = () => $"figures: uptime {Text(_heartbeat?.UptimeSeconds)} s, heap {Text(_heartbeat?.HeapBytes)} B, sockets {Text(_heartbeat?.SocketsUsed)}, RSSI {Text(_mqtt?.Figures.RssiDbm ?? _page?.RssiDbm)} dBm",
    };

    private TimeSpan? Booted() => _ledger.LastBoot is { } boot && !(boot < _poweredAt) ? boot : _poweredAt;

    private IEnumerable<IntentRecord> OpenIntents() => _intents.Where(i => i.Closed is null);

    private bool Served(TimeSpan now) => _servedAt is { } served && (Booted() is not { } boot || served > boot) && served <= now;

    private bool Suspended(TimeSpan now)
    {
        if (_off)
        {
            return true;
        }

        if (BootSilentSince(now) is not null)
        {
            // Nothing that was expected lasts that long without a heartbeat.
            return false;
        }

        TimeSpan booted = Booted() ?? TimeSpan.MinValue;
        bool booting = Booted() is not null && now - booted <= IncidentTracker.BootLimit
            && !(Hardware.Plug is not null ? Served(now) : _heartbeatAt > booted);
        return booting || OpenIntents().Any(i =>
        {
            TimeSpan opened = TimeSpan.FromSeconds(i.Opened);
            return i.Kind == IntentKinds.Disturbance || (IntentKinds.ExpectsReset(i.Kind) && i.Kind != IntentKinds.SelfTest && now - (opened > booted ? opened : booted) <= IncidentTracker.BootLimit);
        });
    }

    /// <summary>One line of live progress.</summary>
    public string Activity
    {
        get;
        set
        {
            _waitedUntil = WaitedUntil;
            field = value;
        }
    }

    = "";

    /// <summary>
    /// When the slot's suite last waited for a part that slots share ("S18 waiting for the browser"), which is no time of its own: now, where it waits;
    /// machine time as <see cref="TimeProvider.GetTimestamp"/> has it.
    /// </summary>
    public long WaitedUntil => Activity.Contains("waiting for", StringComparison.Ordinal) ? TimeProvider.System.GetTimestamp() : _waitedUntil;

    /// <summary>The DUT as the network knows it.</summary>
    /// <exception cref="BenchFaultException">It has not told its MAC address yet.</exception>
    public Station Station => Locked(() => _mac) is { } mac
        ? new Station(mac, Hardware.Entry.Http is { } http ? http[..http.LastIndexOf(':')] : null)
        : throw new BenchFaultException(FaultKind.Network, $"slot {Name}", "its DUT has not told its MAC address", "Wait until it serves: /api/info tells it");

    private bool IsReady(TimeSpan now)
    {
        if (_off || _lost is not null || _tracker.IsOutOfService)
        {
            return false;
        }

        TimeSpan booted = Booted() ?? TimeSpan.MinValue;
        bool beats = _capture is not { IsOpen: true } || (_heartbeatAt > booted && now - _heartbeatAt <= BeatLimit + Stalls.LostSince(_heartbeatAt.Value));
        ObserverView? web = Hardware.Plug is null ? null : _observers.First(o => o.Key == ObserverKeys.SmallHttp).View;
        return beats && (web is null || (Served(now) && web.SymptomSince is null && web.State == ObserverState.Alive));
    }
}

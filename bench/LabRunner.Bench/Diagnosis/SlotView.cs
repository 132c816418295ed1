using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <summary>All that the tracker is told of a slot at an instant.</summary>
internal sealed record SlotView
{
    /// <summary>Run time.</summary>
    public required TimeSpan Now { get; init; }

    /// <summary>Observers of the slot.</summary>
    public required IReadOnlyList<ObserverView> Observers { get; init; }

    /// <summary>The slot has a console.</summary>
    public bool HasConsole { get; init; } = true;

    /// <summary>Off by the bench, or away as an intent expects: nothing is a symptom.</summary>
    public bool Suspended { get; init; }

    /// <summary>An intent of a suite that owns the DUT's state is open: the ladder waits.</summary>
    public bool HandsOff { get; init; }

    /// <summary>Observers on which the sentinel is dead now.</summary>
    public IReadOnlySet<string> SentinelDead { get; init; } = new HashSet<string>();

    /// <summary>Start of the sentinel's silence; null while it answers, or where it is not known.</summary>
    public TimeSpan? SentinelSince { get; init; }

    /// <summary>Observers on which all slots fell silent together.</summary>
    public IReadOnlySet<string> SilentInCommon { get; init; } = CommonSilence.None;

    /// <summary>Run time that the bench itself lost since a run time.</summary>
    public Func<TimeSpan, TimeSpan> StalledSince { get; init; } = static _ => TimeSpan.Zero;

    /// <summary>bWifi of the newest heartbeat; null unknown.</summary>
    public bool? WifiUp { get; init; }

    /// <summary>Run time of the newest heartbeat that said bWifi 0 after this boot had Wi-Fi; null without one.</summary>
    public TimeSpan? WifiDownAt { get; init; }

    /// <summary>[SAFE] in the newest heartbeat.</summary>
    public bool SafeMode { get; init; }

    /// <summary>The access point's log has it associated; null where there is no such log.</summary>
    public bool? Associated { get; init; }

    /// <summary>It has an IP address; null unknown.</summary>
    public bool? HasAddress { get; init; }

    /// <summary>The last line of a boot that was followed by no heartbeat within 20 s; null while the newest boot is alive.</summary>
    public TimeSpan? BootSilentSince { get; init; }

    /// <summary>The last heartbeat before the banner that is being told; null at all other times, and where a boot was seen otherwise.</summary>
    public TimeSpan? BeatBeforeBanner { get; init; }

    /// <summary>Figures for the evidence: heap, sockets, RSSI. Asked for only when an incident begins.</summary>
    public Func<string> Figures { get; init; } = static () => "";
}

/// <summary>Where the tracker writes and what it may ask; implemented by the slot, scripted in tests.</summary>
internal interface IIncidentSink
{
    /// <summary>Id of a new incident.</summary>
    long NextIncidentId();

    /// <summary>Id of a new downtime interval.</summary>
    long NextDowntimeId();

    /// <summary>Stores or replaces an incident.</summary>
    void Save(IncidentRecord incident);

    /// <summary>Stores or replaces a downtime interval.</summary>
    void Save(DowntimeRecord downtime);

    /// <summary>A downtime was the network's and not the DUT's.</summary>
    void MarkNetworkAway(long downtime);

    /// <summary>Notes a point event.</summary>
    void Note(TimeSpan at, string kind, string text);

    /// <summary>What came of a step of the ladder is known.</summary>
    void Tried(long incident, LadderStep step, TimeSpan at, TimeSpan took, bool recovered);

    /// <summary>Intents open at a run time, oldest first.</summary>
    IReadOnlyList<IntentRecord> IntentsAt(TimeSpan at);

    /// <summary>Intents that were opened after one run time and not after another, closed since or not.</summary>
    IReadOnlyList<IntentRecord> IntentsOpened(TimeSpan after, TimeSpan until);

    /// <summary>What was going on around a first symptom.</summary>
    Circumstances CircumstancesOf(TimeSpan first);

    /// <summary>The last console lines before a run time.</summary>
    IReadOnlyList<string> ConsoleBefore(TimeSpan at, int most);
}

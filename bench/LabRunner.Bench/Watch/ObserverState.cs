namespace LabRunner.Bench.Watch;

/// <summary>Debounced state of an observer.</summary>
internal enum ObserverState
{
    /// <summary>Not known: nothing seen yet, or the slot is off or expected to be away.</summary>
    Unknown,

    /// <summary>The DUT answers.</summary>
    Alive,

    /// <summary>The DUT does not answer by the observer's dead rule.</summary>
    Dead,

    /// <summary>The slot lacks it, or the bench cannot use it; the detail says why.</summary>
    NotAvailable,
}

/// <summary>Keys of the observers as facts and report spell them.</summary>
internal static class ObserverKeys
{
    public const string Ping = "P";
    public const string Tcp = "T";
    public const string SmallHttp = "Hs";
    public const string LargeHttp = "Hl";
    public const string Mqtt = "M";
    public const string Heartbeat = "U";
    public const string Button = "B";
    public const string Relay = "R";
    public const string Led = "L";
    public const string Temperature = "Te";

    /// <summary>Pulses that the bench emits against the DUT's own figure.</summary>
    public const string Pulses = "C";

    /// <summary>Access point and DHCP server, as their own logs tell it.</summary>
    public const string Access = "A";

    /// <summary>Reported channel against the contact.</summary>
    public const string State = "S";

    /// <summary>Supply rail.</summary>
    public const string Rail = "V";

    /// <summary>Evidence only: its failure alone is no symptom of the DUT.</summary>
    public static bool IsSymptom(string key) => key is not (Button or Relay or Access or Led or Temperature or Pulses);

    public static string ToText(this ObserverState state) => state switch
    {
        ObserverState.Alive => "alive",
        ObserverState.Dead => "dead",
        ObserverState.NotAvailable => "n/a",
        _ => "unknown",
    };
}

/// <summary>What an observer says at an instant.</summary>
/// <param name="Key">P T Hs Hl M U B R A S V C L Te.</param>
/// <param name="State">Debounced.</param>
/// <param name="LastGood">Run time of the newest sign of life; null before the first.</param>
/// <param name="SymptomSince">Start of the silence or of the run of failures that is going on; null while all is well.</param>
/// <param name="Detail">What was seen last.</param>
internal sealed record ObserverView(string Key, ObserverState State, TimeSpan? LastGood, TimeSpan? SymptomSince, string? Detail);

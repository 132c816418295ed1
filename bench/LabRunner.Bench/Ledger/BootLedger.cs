using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Ledger;

/// <summary>Where the ledger writes and asks; implemented by the slot, scripted in tests.</summary>
internal interface ILedgerSink
{
    /// <summary>Id of a new boot.</summary>
    long NextBootId();

    /// <summary>Stores or replaces a row.</summary>
    void Save(BootRecord boot);

    /// <summary>Notes a point event.</summary>
    void Note(TimeSpan at, string kind, string text);

    /// <summary>The intent that explains a boot at a run time; null when nobody asked for one.</summary>
    IntentRecord? Explains(TimeSpan at);

    /// <summary>The bench itself gave power or released reset shortly before, without an intent.</summary>
    bool SwitchedByBench(TimeSpan at);

    /// <summary>Run time that the bench itself lost since a run time.</summary>
    TimeSpan StalledSince(TimeSpan since);

    /// <summary>What else was going on around a boot.</summary>
    BootSurroundings SurroundingsOf(TimeSpan at);

    /// <summary>Whether a source should have seen a boot that lasted from one run time to another: "banner", "uptime" or "page".</summary>
    bool CouldSee(string source, TimeSpan from, TimeSpan until);

    /// <summary>A new boot is in the ledger.</summary>
    void OnBoot(BootRecord boot, TimeSpan? silentSince, IntentRecord? commanded);
}

/// <summary>What stood around a boot and may explain it where its reset reason does not.</summary>
/// <param name="RailDipped">The rail was out of its band just before.</param>
/// <param name="ButtonHeld">The bench let the button go just before.</param>
/// <param name="WithoutLink">The firmware had been without Wi-Fi or broker for a minute or more.</param>
internal readonly record struct BootSurroundings(bool RailDipped, bool ButtonHeld, bool WithoutLink);

/// <summary>
/// The reset ledger of one slot: each boot once, seen by banner, by an uptime that went backwards, or by the index page, and explained
/// by what the bench was doing. The reset reason comes from the index page only: Status 0 of OpenBeken always says HardwareWatchdog.
/// Has no clock. Not thread safe; the slot's lock guards it.
/// </summary>
internal sealed partial class BootLedger(string slot, ILedgerSink sink)
{
    // The banner has several lines, and the uptime that shows the same boot follows within seconds.
    private static readonly TimeSpan SameBoot = TimeSpan.FromSeconds(2.5);
    private const double MostUptimeSeconds = 10 * 366 * 86_400.0;
    private static readonly TimeSpan RolloverGap = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NextBeat = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UptimeSlack = TimeSpan.FromSeconds(8);

    // An uptime that goes on but lags may have been held up on its way by a busy machine; a boot in that time would lag by more.
    private static readonly TimeSpan LagSlack = TimeSpan.FromSeconds(30);

    private readonly List<BootRecord> _boots = [];
    private readonly Dictionary<string, double> _told = new(StringComparer.Ordinal);
    private double? _uptime;
    private TimeSpan _uptimeAt;
    private bool _dump;
    private TimeSpan? _heartbeatAt;
    private TimeSpan? _rolledAt;
    private bool _takenUp;

    /// <summary>All boots in order.</summary>
    public IReadOnlyList<BootRecord> Boots => _boots;

    /// <summary>Run time of the newest boot.</summary>
    public TimeSpan? LastBoot => _boots.Count == 0 ? null : TimeSpan.FromSeconds(_boots[^1].At);

    /// <summary>The newest boot has no reset reason yet.</summary>
    public bool WantsReason => _boots.Count > 0 && !_takenUp && _boots[^1].ResetReason is null;

    /// <summary>Boots that an earlier runner saw. What the index page tells from now on is of a later boot.</summary>
    public void TakeUp(IEnumerable<BootRecord> boots)
    {
        _boots.AddRange(boots);
        (_takenUp, _compared) = (true, _boots.Count);
    }

    /// <summary>Newest uptime, carried on to a run time; null before the first.</summary>
    public double? UptimeAt(TimeSpan now) => _uptime + (now - _uptimeAt).TotalSeconds;

    /// <summary>A line of the boot banner.</summary>
    /// <param name="at">Run time.</param>
    /// <param name="silentSince">Last line before it.</param>
    public void OnBanner(TimeSpan at, TimeSpan? silentSince)
    {
        if (LastBoot is { } last && !_takenUp && at - last < SameBoot)
        {
            AddSource("banner");
            return;
        }

        Add(at, "banner", silentSince);
    }

    /// <summary>An exception dump: the next boot is a crash.</summary>
    public void OnDump() => _dump = true;

    /// <summary>An uptime was told ("uptime" the heartbeat, "mqtt" and "info" the other ways); one that went backwards is a boot.</summary>
    public void OnUptime(TimeSpan at, double uptimeSeconds, string source)
    {
        // A figure no plug can have (ten years) is garbage on the line, not an observation of a boot.
        if (!(uptimeSeconds is >= 0 and <= MostUptimeSeconds))
        {
            return;
        }

        double? expected = UptimeAt(at);
        TimeSpan booted = at - TimeSpan.FromSeconds(uptimeSeconds);
        double? told = _told.TryGetValue(source, out double before) ? before : null;
        TimeSpan slack = uptimeSeconds >= told ? LagSlack + sink.StalledSince(_uptimeAt) : UptimeSlack;
        bool backwards = expected is { } e && uptimeSeconds < e - slack.TotalSeconds && !IsNextBeat(source, told, uptimeSeconds, at);
        if (backwards && source != "uptime" && HeartbeatIsFresh(at) && sink.CouldSee("banner", at, at))
        {
            // The next heartbeat, or a banner, tells within a second what this is.
            return;
        }

        if (backwards && RolledOver(at, uptimeSeconds, source))
        {
            sink.Note(at, "disagreement", string.Create(
                CultureInfo.InvariantCulture, $"The uptime fell from {expected:0} s to {uptimeSeconds:0} s between two heartbeats and no boot came: its tick counter has rolled over."));
        }
        else if (backwards)
        {
            if (LastBoot is { } last && !_takenUp && booted < last + UptimeSlack + UptimeSlack)
            {
                AddSource(source);
            }
            else
            {
                TimeSpan seen = booted > _uptimeAt ? booted : _uptimeAt;
                Add(seen, source, _uptimeAt);
            }
        }

        _heartbeatAt = source == "uptime" ? at : _heartbeatAt;
        _told[source] = uptimeSeconds;
        CountFall(source, at, uptimeSeconds);

        // The heartbeat is the exact clock; other sources only fill in where it is missing.
        if (backwards || _uptime is null || source == "uptime" || at - _uptimeAt > UptimeSlack)
        {
            _uptime = uptimeSeconds;
            _uptimeAt = at;
        }
    }

    // A console that was open all the time and goes on with the very next beat, however late, was held up on its way (a serial server, a hub):
    // a boot would have shown its banner in between.
    private bool IsNextBeat(string source, double? told, double uptimeSeconds, TimeSpan at) =>
        source == "uptime" && uptimeSeconds > told && uptimeSeconds - told <= NextBeat.TotalSeconds && _heartbeatAt is { } last && sink.CouldSee("banner", last, at);

    // Two heartbeats a second apart leave no time for a boot, and its banner would have been seen.
    private bool RolledOver(TimeSpan at, double uptimeSeconds, string source)
    {
        if (source == "uptime")
        {
            _rolledAt = HeartbeatIsFresh(at) && sink.CouldSee("banner", at, at) ? at : _rolledAt;
        }

        // The other sources tell the same some time later.
        return _rolledAt is { } rolled && !(LastBoot > rolled) && at - TimeSpan.FromSeconds(uptimeSeconds) < rolled + UptimeSlack && at - rolled < TimeSpan.FromMinutes(5);
    }

    private bool HeartbeatIsFresh(TimeSpan at) => _heartbeatAt is { } last && at - last < RolloverGap && !(LastBoot > last);

    /// <summary>The index page of the running boot was read.</summary>
    /// <param name="at">Run time when it was asked for.</param>
    /// <param name="reason">BL_RST_…; null where the page has none.</param>
    /// <param name="uptimeSeconds">Uptime that the page itself shows; null where it was not read.</param>
    /// <returns>True: it told the reason of the newest boot for the first time.</returns>
    public bool OnPage(TimeSpan at, string? reason, double? uptimeSeconds = null)
    {
        if (uptimeSeconds is { } uptime)
        {
            OnUptime(at, uptime, "page");
        }

        if (reason is null || !WantsReason)
        {
            return false;
        }

        BootRecord boot = _boots[^1] with { ResetReason = reason };
        if (!boot.Expected)
        {
            boot = boot with { Reason = ReasonOf(boot.Reason, reason, sink.SurroundingsOf(TimeSpan.FromSeconds(boot.At))) };
        }
        else if (Disagrees(boot.Reason, reason))
        {
            sink.Note(at, "disagreement", $"Boot {boot.Id} was {boot.Reason}, but the index page gives {reason}.");
        }

        _boots[^1] = boot;
        AddSource("page");
        return true;
    }

    private static string ReasonOf(string reason, string page, BootSurroundings around) => reason == "crash" ? reason : page switch
    {
        "BL_RST_SOFTWARE_WATCHDOG" or "BL_RST_HARDWARE_WATCHDOG" => around.RailDipped ? "brown-out" : "watchdog",
        "BL_RST_POWER_OFF" => around.RailDipped ? "brown-out" : "power-loss",
        "BL_RST_SOFTWARE" => around.ButtonHeld ? "button" : around.WithoutLink ? "policy" : "unknown",
        _ => "unknown",
    };

    // A supply that was off too short keeps the reset word in RAM, so a cut may read as a watchdog reset: worth a note, no proof.
    private static bool Disagrees(string reason, string page) => reason switch
    {
        "commanded" or "ota" => page != "BL_RST_SOFTWARE",
        "power-cut" or "recovery" => page != "BL_RST_POWER_OFF",
        _ => false,
    };

    private void Add(TimeSpan at, string source, TimeSpan? silentSince)
    {
        Compare(at);
        IntentRecord? intent = sink.Explains(at);
        bool byBench = intent is null && sink.SwitchedByBench(at);
        string reason = intent?.Kind switch
        {
            IntentKinds.Reboot => "commanded",
            IntentKinds.PowerCut => "power-cut",
            IntentKinds.Ota => "ota",
            IntentKinds.SelfTest => "self-test",
            IntentKinds.Recovery => "recovery",
            _ => byBench ? "power-cut" : _dump ? "crash" : "unknown",
        };
        double? before = _uptime is { } u && silentSince is { } since ? u + Math.Max(0, (since - _uptimeAt).TotalSeconds) : _uptime;
        bool expected = intent is not null || byBench;
        if (_dump && expected && reason != "self-test")
        {
            (reason, expected) = ("crash", false);
        }

        (_dump, _takenUp) = (false, false);
        _uptime = null;
        _told.Clear();
        BootRecord boot = new(sink.NextBootId(), slot, at.TotalSeconds, reason, expected, intent?.Id, before, null, [source]);
        _boots.Add(boot);
        sink.Save(boot);
        sink.Note(at, "boot", string.Create(CultureInfo.InvariantCulture, $"Boot seen by {source}: {reason}"));
        sink.OnBoot(boot, silentSince, intent ?? (byBench ? new IntentRecord(0, slot, IntentKinds.PowerCut, "the bench switched it", at.TotalSeconds, null, null, new Dictionary<string, string>()) : null));
    }
}

using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the console's lines tell: heartbeats, boots, dumps, and words that single out a failure mode.</content>
internal sealed partial class SlotSession
{
    // A boot to its first heartbeat takes about two seconds; 20 s without one is a boot that hangs.
    private static readonly TimeSpan BootSilence = TimeSpan.FromSeconds(20);

    // On a faster clock a hiccup of the machine is seconds of run time, and the silence before a banner tells nothing.
    private const double MostScale = 4;

    /// <summary>How much more than asked for may be kept, run time.</summary>
    public static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    private readonly CrashReader _crashes = new();
    private readonly BootBanner _banner = new();
    private readonly Dictionary<string, TimeSpan> _words = new(StringComparer.Ordinal);
    private TimeSpan? _bannerAt;
    private bool? _address;
    private int? _socketsAtRest;
    private TimeSpan? _linkLostAt;
    private string? _mac;
    private string? _lineBeforeBoot;
    private TimeSpan? _beatBeforeBanner;
    private TimeSpan? _wifiDownAt;
    private bool _hadWifi;

    private static readonly (string Part, string Word)[] TellingWords =
    [
        ("thread creation failed", Telling.ThreadsRefused), ("failed to malloc", Telling.AllocationFailed), ("malloc failed", Telling.AllocationFailed),
        ("Memory Allocate Failed", Telling.AllocationFailed), ("stack overflow", Telling.StackOverflow), (" nan", Telling.NotANumber),
    ];

    private void TakeBeat(TimeSpan at, Heartbeat beat)
    {
        _banner.OnHeartbeat();
        _heartbeat = beat;
        _heartbeatAt = at;
        _wifiDownAt = !beat.WifiUp && _hadWifi ? at : _wifiDownAt;
        _hadWifi |= beat.WifiUp;
        _socketsAtRest = beat.SocketsUsed is { } sockets && !(sockets >= _socketsAtRest) ? sockets : _socketsAtRest;
        _linkLostAt = beat.WifiUp && (beat.MqttUp || _mqtt is null) ? null : _linkLostAt ?? at;
        _ledger.OnUptime(at, beat.UptimeSeconds, "uptime");
        SaveTelemetry(at, beat.UptimeSeconds, beat.HeapBytes, beat.SocketsUsed);
    }

    private void Listen(ConsoleText line)
    {
        if (_banner.Begins(line.Text))
        {
            _bannerAt = line.At;
            _address = null;
            (_hadWifi, _wifiDownAt) = (false, null);
            TakeCrash(line);

            // What such a chip said just before is of this boot, and no sign of life of the one before.
            bool late = BootBanner.MayFollowOthers(line.Text);
            _lineBeforeBoot = late ? null : _crashes.LastLine;
            _beatBeforeBanner = Clock.Scale <= MostScale ? _heartbeatAt : null;
            _ledger.OnBanner(line.At, late ? _heartbeatAt ?? _lineAt : _lineAt);
            _beatBeforeBanner = null;
            return;
        }

        if (CrashReader.Begins(line.Text))
        {
            _ledger.OnDump();
            _tracker.OnDump(line.At);
            Note(line.At, "dump", line.Text);
        }

        TakeCrash(line);
        if (NetworkLine.Parse(line.Text) is { } network)
        {
            _address = network.Joined ? network.HasAddress : null;
        }

        foreach ((string part, string word) in TellingWords)
        {
            if (line.Text.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                _words[word] = line.At;
            }
        }
    }

    private void TakeCrash(ConsoleText line)
    {
        if (_crashes.Read(line.Text) is { } crash)
        {
            _tracker.OnCrash(crash);
            _journal.Put(JournalRow.Of(new EventRecord(_journal.NextId("events"), line.At.TotalSeconds, Name, EventKinds.Crash, crash.InBuild, crash.ToData())));
        }
    }

    // Only an open console can tell silence from blindness.
    private TimeSpan? BootSilentSince(TimeSpan now) =>
        _bannerAt is { } banner && !_off && _capture is { IsOpen: true } && !(_heartbeatAt >= banner) && now - banner - Stalls.LostSince(banner) > BootSilence
            ? (_lineAt > banner ? _lineAt : banner)
            : null;

    private void SaveTelemetry(TimeSpan at, long? uptime, long? heap, int? sockets)
    {
        // The primary key is (at, slot): a burst of lines read at once must not replace each other.
        double stamp = _tickerStamp is { } last && at.TotalSeconds <= last ? last + 0.0001 : at.TotalSeconds;
        _tickerStamp = stamp;
        MqttFigures? m = _mqtt?.Figures;
        TelemetryRecord row = new(
            stamp, Name, uptime, heap, m?.RssiDbm ?? _page?.RssiDbm, sockets, m?.Voltage ?? _page?.Voltage, m?.Current ?? _page?.Current,
            m?.Power ?? _page?.Power, _relay.Closed);
        _telemetry.Add(row);
        Forget(at);
        _journal.Put(JournalRow.Of(row));
    }

    // Seldom, since what is left moves up in memory each time.
    private void Forget(TimeSpan now)
    {
        if (_keeps is { } keeps && _telemetry[0].At < (now - keeps - ForgetEvery).TotalSeconds)
        {
            double oldest = (now - keeps).TotalSeconds;
            int old = _telemetry.FindIndex(t => t.At >= oldest);
            _telemetry.RemoveRange(0, old < 0 ? _telemetry.Count - 1 : old);
        }
    }

    private static class Telling
    {
        public const string ThreadsRefused = "threads refused";
        public const string AllocationFailed = "allocation failed";
        public const string StackOverflow = "stack overflow";
        public const string NotANumber = "not a number";
    }
}

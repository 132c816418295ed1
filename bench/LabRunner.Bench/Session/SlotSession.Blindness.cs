using LabRunner.Bench.Api;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>Time in which a part of the bench was gone: console, broker, access point, the machine itself. It is INVALID, with the reason.</content>
internal sealed partial class SlotSession
{
    private DowntimeRecord? _blind;
    private DowntimeRecord? _noBroker;
    private DowntimeRecord? _noAccessPoint;

    private const int MostUnclaimed = 256;

    // Downtime in which the bench's network was away, not the DUT: told by the part itself, or inferred by the tracker.
    private readonly Dictionary<long, bool> _networkAway = [];

    private readonly List<(TimeSpan At, AccessEvent Told)> _unclaimed = [];

    /// <inheritdoc/>
    public void OnGap(TimeSpan at, string why)
    {
        lock (_gate)
        {
            Note(at, "console-gap", why);
            _blind ??= new DowntimeRecord(_journal.NextId("downtime"), Name, at.TotalSeconds, null, Invalid: true, "The console is gone: " + why);
            Save(_blind);
        }
    }

    /// <inheritdoc/>
    public void OnOpened(TimeSpan at)
    {
        lock (_gate)
        {
            _openedAt = at;
            if (_blind is { } blind)
            {
                Save(blind with { Ended = at.TotalSeconds });
                _blind = null;
                Note(at, "console-open", "The console is open again");
            }
        }
    }

    /// <summary>A line of the access point's or the DHCP server's log.</summary>
    public void OnAccess(TimeSpan at, AccessEvent told)
    {
        bool mine;
        lock (_gate)
        {
            mine = told.Mac is null || told.Mac == _mac;
            if (_mac is null && told.Mac is not null && _unclaimed.Count < MostUnclaimed)
            {
                // A DUT joins before it tells its MAC.
                _unclaimed.Add((at, told));
            }

            if (told.Kind is AccessEventKind.AccessPointDown or AccessEventKind.AccessPointUp)
            {
                OnAccessPoint(at, told.Kind == AccessEventKind.AccessPointUp);
            }
        }

        if (mine)
        {
            _access.Told(at, told.Kind);
        }
    }

    private void LearnMac(string text)
    {
        if (_mac is not null || AccessLog.Spell(text) is not { } mac)
        {
            return;
        }

        _mac = mac;
        foreach ((TimeSpan at, AccessEvent told) in _unclaimed.Where(u => u.Told.Mac == mac))
        {
            _access.Told(at, told.Kind);
        }

        _unclaimed.Clear();
    }

    // While the access point is down the DUT has no task; only a suite that switches it on purpose tests something then.
    private void OnAccessPoint(TimeSpan at, bool up)
    {
        if (up && _noAccessPoint is { } gap)
        {
            Save(gap with { Ended = at.TotalSeconds });
            _noAccessPoint = null;
        }
        else if (!up && !OpenIntents().Any(i => i.Suite is not null))
        {
            _noAccessPoint ??= new DowntimeRecord(_journal.NextId("downtime"), Name, at.TotalSeconds, null, Invalid: true, "The access point is down");
            _networkAway[_noAccessPoint.Id] = true;
            Save(_noAccessPoint);
        }
    }

    /// <summary>The MQTT broker went away or came back: without it the watch has lost an eye, and the DUT its task.</summary>
    public void OnBroker(TimeSpan at, bool up)
    {
        lock (_gate)
        {
            if (!up)
            {
                _noBroker ??= new DowntimeRecord(_journal.NextId("downtime"), Name, at.TotalSeconds, null, Invalid: true, "The MQTT broker is away");
                _networkAway[_noBroker.Id] = true;
                Save(_noBroker);
            }
            else if (_noBroker is { } gap)
            {
                Save(gap with { Ended = at.TotalSeconds });
                _noBroker = null;
            }
        }
    }

    /// <inheritdoc/>
    public void MarkNetworkAway(long downtime)
    {
        lock (_gate)
        {
            _networkAway[downtime] = false;
        }
    }

    /// <summary>Times in which the bench's network was away, that had not ended at <paramref name="since"/>.</summary>
    public IReadOnlyList<NetworkAbsence> AbsencesSince(TimeSpan since) =>
    [
        .. Downtime.Where(d => !(d.Ended < since.TotalSeconds))
            .Select(d => (Away: d, Told: Locked(() => _networkAway.TryGetValue(d.Id, out bool told) ? told : (bool?)null)))
            .Where(d => d.Told is not null).Select(d => new NetworkAbsence(d.Away.Started, d.Away.Ended, d.Away.Reason, d.Told == true)),
    ];

    /// <summary>The bench itself stood still: what happened to the DUT meanwhile is not known.</summary>
    public void OnBlinded(TimeSpan from, TimeSpan until)
    {
        lock (_gate)
        {
            Save(new DowntimeRecord(_journal.NextId("downtime"), Name, from.TotalSeconds, until.TotalSeconds, Invalid: true, "The bench itself stood still"));
        }
    }

    /// <summary>The wall clock was set between two looks: times taken in between cannot be compared with anything outside.</summary>
    public void OnClockStep(TimeSpan from, TimeSpan until)
    {
        lock (_gate)
        {
            Save(new DowntimeRecord(_journal.NextId("downtime"), Name, from.TotalSeconds, until.TotalSeconds, Invalid: true, "The machine's wall clock was set"));
        }
    }
}

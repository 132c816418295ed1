using System.Globalization;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Air;

/// <summary>
/// What the plugs of a bench share: its access point, and the address, name and time servers behind it. It knows no frames and no
/// packets; it knows who is associated, who holds a lease, and writes the logs that observer A reads. Healthy until told otherwise.
/// </summary>
/// <remarks>All members belong to the engine's thread.</remarks>
public sealed partial class VirtualAir
{
    // Time a station needs to find out that the beacons have stopped (about 50 of them; estimated).
    private static readonly TimeSpan BeaconLoss = TimeSpan.FromSeconds(5);

    // ap_max_inactivity of hostapd.
    private static readonly TimeSpan Inactivity = TimeSpan.FromSeconds(300);

    // wpa_group_update_count of hostapd: four handshakes, a second each.
    private static readonly TimeSpan GroupKeyPatience = TimeSpan.FromSeconds(4);

    private readonly Engine _engine;
    private readonly AirWriter _writer;
    private readonly Dictionary<IStation, int> _associated = [];
    private readonly Dictionary<IStation, int> _marks = [];
    private readonly Dictionary<string, StationConditions> _conditions = new(StringComparer.Ordinal);
    private readonly Queue<TimeSpan> _joins = new();
    private int _channel = 6;

    /// <summary>Makes the air of a bench; the access point is up.</summary>
    /// <param name="engine">Where the plugs run.</param>
    public VirtualAir(Engine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _writer = new AirWriter(() => engine.Now, engine.Origin);
    }

    /// <summary>Told every line of the logs; null: nobody reads them.</summary>
    public Action<AirLine>? Told
    {
        get => _writer.Told;
        set => _writer.Told = value;
    }

    /// <summary>True: beacons are sent.</summary>
    public bool AccessPointUp { get; private set; } = true;

    /// <summary>Channel in the 2.4 GHz band, 1 to 13. Default 6.</summary>
    public int Channel => _channel;

    /// <summary>True: the address server has addresses to give and renews them. Default true.</summary>
    public bool AddressServerUp { get; set; } = true;

    /// <summary>Time for which an address is given. Default 12 h.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromHours(12);

    /// <summary>How names are answered. Default <see cref="NameServer.Answers"/>.</summary>
    public NameServer NameServer { get; set; }

    /// <summary>Error of the time server's clock; null: it does not answer. Default zero.</summary>
    public TimeSpan? TimeServerError { get; set; } = TimeSpan.Zero;

    /// <summary>Multicast discovery requests (SSDP M-SEARCH) a second. Default 0.</summary>
    public double DiscoveryPerSecond { get; set; }

    /// <summary>Multicast announcements of a peer (SSDP NOTIFY) a second. Default 0.</summary>
    public double AnnouncementsPerSecond { get; set; }

    /// <summary>Multicast questions for services (mDNS) a second. Default 0.</summary>
    public double ServiceDiscoveryPerSecond { get; set; }

    /// <summary>Decibels by which the access point sends weaker than it does by itself. Default 0.</summary>
    public int AttenuationDecibels { get; set; }

    /// <summary>Share of packets lost for every station, 0 to 1. Default 0.</summary>
    public double Loss
    {
        get;
        set
        {
            field = Math.Clamp(value, 0, 1);
            LossChanged?.Invoke();
        }
    }

    /// <summary>Told when <see cref="Loss"/> changes.</summary>
    internal Action? LossChanged { get; set; }

    /// <summary>The wall clock of the world at the running event.</summary>
    public DateTimeOffset WorldTime => _engine.Origin + _engine.Now;

    /// <summary>Stations associated now.</summary>
    public int StationCount => _associated.Count;

    /// <summary>What is done to one station alone, by its MAC address.</summary>
    internal StationConditions Of(string mac) => _conditions.TryGetValue(mac, out StationConditions? own) ? own : _conditions[mac] = new StationConditions();

    /// <summary>Nothing is done to any station alone any more.</summary>
    internal void ForgetConditions()
    {
        _conditions.Clear();
        LossChanged?.Invoke();
    }

    /// <summary>Share of a station's packets that is lost, 0 to 1.</summary>
    internal double LossOf(string mac) => 1 - ((1 - Loss) * (1 - Of(mac).Loss));

    /// <summary>Error of the time server's clock for a station; null: it does not answer it.</summary>
    internal TimeSpan? TimeErrorOf(string mac) => Of(mac) is { TimeSilent: true } ? null : Of(mac).TimeError ?? TimeServerError;

    /// <summary>Switches the access point off or on. Stations notice after 5 s; nothing is said to them.</summary>
    public void SwitchAccessPoint(bool up)
    {
        if (up == AccessPointUp)
        {
            return;
        }

        AccessPointUp = up;
        if (up)
        {
            _writer.AccessPoint("interface state UNINITIALIZED->ENABLED");
            _writer.AccessPoint("AP-ENABLED ");
            return;
        }

        _writer.AccessPoint("interface state ENABLED->DISABLED");
        _writer.AccessPoint("AP-DISABLED ");
        _writer.AccessPoint("CTRL-EVENT-TERMINATING ");
        LoseAll(LinkLoss.Beacons, BeaconLoss);
    }

    /// <summary>Sends every station away, as <c>hostapd_cli deauthenticate</c> does.</summary>
    public void DeauthenticateAll()
    {
        foreach (IStation station in _associated.Keys)
        {
            _writer.AccessPoint("AP-STA-DISCONNECTED " + station.Mac);
        }

        LoseAll(LinkLoss.Deauthenticated, TimeSpan.FromMilliseconds(2));
    }

    /// <summary>Sends one station away, as <c>hostapd_cli deauthenticate MAC</c> does; nothing when it is not here.</summary>
    public void Deauthenticate(string mac)
    {
        if (AccessPointUp && _associated.Keys.FirstOrDefault(s => s.Mac == mac) is { } station)
        {
            _writer.AccessPoint("AP-STA-DISCONNECTED " + station.Mac);
            Lose([station], LinkLoss.Deauthenticated, TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Hands a new group key to every station, as <c>hostapd_cli raw REKEY_GTK</c> does; who does not answer is sent away.</summary>
    public void ChangeGroupKey()
    {
        foreach (IStation station in _associated.Keys.Where(_ => AccessPointUp).ToArray())
        {
            if (station.TakesGroupKey())
            {
                _writer.AccessPoint($"STA {station.Mac} WPA: group key handshake completed (RSN)");
                continue;
            }

            int mark = Mark(station);
            _engine.Schedule(_engine.Now + GroupKeyPatience, () =>
            {
                if (_marks[station] == mark)
                {
                    Deauthenticate(station.Mac);
                }
            });
        }
    }

    /// <summary>Moves to another channel; stations that ignore the announcement lose the beacons.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channel"/> is not 1 to 13.</exception>
    public void SwitchChannel(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channel, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channel, 13);
        _channel = channel;
        _writer.AccessPoint(string.Create(CultureInfo.InvariantCulture, $"AP-CSA-FINISHED freq={2407 + (5 * channel)} dfs=0"));
        LoseAll(LinkLoss.ChannelSwitch, TimeSpan.FromMilliseconds(500));
    }

    /// <summary>Joins within the last five seconds, the one that asks not counted: how many come back at once.</summary>
    internal int RecentJoins
    {
        get
        {
            while (_joins.TryPeek(out TimeSpan at) && _engine.Now - at > TimeSpan.FromSeconds(5))
            {
                _joins.Dequeue();
            }

            return _joins.Count;
        }
    }

    /// <summary>A station authenticates, associates and shakes hands; false: there is no access point.</summary>
    internal bool Associate(IStation station)
    {
        if (!AccessPointUp)
        {
            return false;
        }

        if (Of(station.Mac).KeptAway)
        {
            // hostapd answers the authentication of a MAC on its deny list with a failure.
            _writer.AccessPoint($"Station {station.Mac} not allowed to authenticate");
            return false;
        }

        // A station that started again without a word is still known: the driver tells of the new authentication only.
        int aid = _associated.TryGetValue(station, out int known) ? known : Enumerable.Range(1, _associated.Count + 1).First(a => !_associated.ContainsValue(a));
        _associated[station] = aid;
        Mark(station);
        _joins.Enqueue(_engine.Now);
        _writer.AccessPoint($"STA {station.Mac} IEEE 802.11: authenticated");
        _writer.AccessPoint(string.Create(CultureInfo.InvariantCulture, $"STA {station.Mac} IEEE 802.11: associated (aid {aid})"));
        _writer.AccessPoint("AP-STA-CONNECTED " + station.Mac);
        _writer.AccessPoint($"STA {station.Mac} WPA: pairwise key handshake completed (RSN)");
        _writer.AccessPoint("EAPOL-4WAY-HS-COMPLETED " + station.Mac);
        return true;
    }

    /// <summary>A station leaves with a deauthentication frame.</summary>
    internal void Leave(IStation station)
    {
        if (_associated.Remove(station) && AccessPointUp)
        {
            _writer.AccessPoint("AP-STA-DISCONNECTED " + station.Mac);
            _writer.AccessPoint($"STA {station.Mac} IEEE 802.11: disassociated");
        }
    }

    /// <summary>A station is dead without a word; the access point finds out by its inactivity, unless it comes back before.</summary>
    internal void Vanished(IStation station)
    {
        int mark = Mark(station);
        _engine.Schedule(_engine.Now + Inactivity, () =>
        {
            if (_marks[station] == mark && AccessPointUp && _associated.Remove(station))
            {
                _writer.AccessPoint("AP-STA-DISCONNECTED " + station.Mac);
                _writer.AccessPoint($"STA {station.Mac} IEEE 802.11: disassociated due to inactivity");
                _writer.AccessPoint($"STA {station.Mac} IEEE 802.11: deauthenticated due to inactivity (timer DEAUTH/REMOVE)");
            }
        });
    }

    /// <summary>Something happened to a station: what was waited for before no longer counts.</summary>
    private int Mark(IStation station) => _marks[station] = _marks.GetValueOrDefault(station) + 1;

    private void LoseAll(LinkLoss loss, TimeSpan noticed) => Lose([.. _associated.Keys], loss, noticed);

    private void Lose(IStation[] stations, LinkLoss loss, TimeSpan noticed)
    {
        foreach (IStation station in stations)
        {
            _associated.Remove(station);
            _engine.Schedule(_engine.Now + noticed, () =>
            {
                if (!_associated.ContainsKey(station))
                {
                    station.LinkLost(loss);
                }
            });
        }
    }
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// Wi-Fi and IP of the firmware. The station joins about 2 s after the fifth second; without credentials, and in safe mode, an access
/// point opens instead. The plug's address stands for whichever network it is on.
/// </summary>
internal sealed class WifiLink(PlugFirmware firmware, Chance chance)
{
    private int _connectIn;
    private int _accessPointIn;
    private bool _up;
    private int _link;

    /// <summary>bWifi of the heartbeat: joined as a station. Stays true while frozen, as on the device.</summary>
    public bool Connected { get; private set; }

    public bool AccessPoint { get; private set; }

    /// <summary>F01: the stack no longer answers, without a word.</summary>
    public bool Silent { get; private set; }

    /// <summary>True: the address server gave an address; always so on the own access point.</summary>
    public bool HasAddress { get; private set; }

    public int Rssi => (firmware.Faults.Select(f => f.Rssi).FirstOrDefault(r => r is not null) ?? (-52 - chance.Below(5))) - Air.AttenuationDecibels;

    private VirtualAir Air => firmware.Plug.Air;

    public string Bssid { get; } = "02:00:5E:10:00:01";

    /// <summary>The address it holds, or held last in this boot.</summary>
    public string Ip { get; private set; } = firmware.Plug.Station.UsualAddress;

    /// <summary>The addresses of the network line, as the stack has them now: zeros until DHCP gave one (hal_wifi_bl602.c, wifi_mgmr_sta_ip_get).</summary>
    public string Addresses => HasAddress || AccessPoint ? $"ip: {Ip}, gw: 192.168.7.1, mask: 255.255.255.0" : "ip: 0.0.0.0, gw: 0.0.0.0, mask: 0.0.0.0";

    public void Start()
    {
        if (firmware.SafeMode || firmware.Config.Ssid.Length == 0)
        {
            _accessPointIn = 5;
        }
        else if (firmware.Config.HasFlag(37) && firmware.BootFailures <= 2)
        {
            _connectIn = 1;
        }
        else
        {
            _connectIn = 5;
        }
    }

    /// <summary>
    /// Double click in the first seconds: SSID and password are emptied in the settings, which are saved 3 s later. The access point opens
    /// at the next boot; a link that is there stays (new_cfg.c, CFG_SetOpenAccessPoint).
    /// </summary>
    public void ClearCredentials()
    {
        firmware.Config.Ssid = "";
        firmware.Config.WifiPassword = "";
        firmware.MarkConfigChanged();
    }

    public void OpenAccessPoint() => _accessPointIn = 5;

    public void EverySecond()
    {
        if (_accessPointIn > 0)
        {
            if (Connected)
            {
                Unlink();
                Air.Leave(firmware.Plug.Station);
            }

            if (--_accessPointIn == 0)
            {
                AccessPoint = true;
                firmware.Log.Info("MAIN", "Opening access point " + firmware.Config.DeviceName);
                firmware.Scope.After(300, () =>
                {
                    Take(firmware.Plug.Station.UsualAddress);
                    SetUp(true);
                });
            }
        }

        if (_connectIn > 0 && --_connectIn == 0 && !Connected)
        {
            firmware.Log.Info("MAIN", "Registered for wifi changes");
            firmware.Log.Info("MAIN", $"Connecting to SSID [{firmware.Config.Ssid}]");
            firmware.Log.Info("MAIN", "Main_OnWiFiStatusChange - WIFI_STA_CONNECTING - 1");
            firmware.Scope.After(1500 + chance.Below(1000), Join);
        }
    }

    /// <summary>The stack stops answering for the rest of this boot.</summary>
    public void Freeze()
    {
        Silent = true;
        firmware.Plug.SetReachable(false);
    }

    /// <summary>The access point hands out a new group key; false: this station does not answer it.</summary>
    public bool TakesGroupKey() => firmware.Faults.All(f => f.TakesGroupKey(firmware));

    /// <summary>The access point is gone, sent the station away, or moved.</summary>
    public void LinkLost(LinkLoss loss)
    {
        if (!Connected || firmware.Scope.Ended)
        {
            return;
        }

        Unlink();
        Disconnected(firmware.Faults.Aggregate((TimeSpan?)TimeSpan.Zero, (t, f) => f.Rejoin(firmware, loss) is { } more ? t + more : null));
    }

    /// <summary>The tasks of this boot are dead: the access point finds out by itself.</summary>
    public void Vanish()
    {
        if (Connected && !firmware.Scope.Ended)
        {
            Air.Vanished(firmware.Plug.Station);
        }
    }

    /// <summary>Time that a request or reply is late because of the air, or because packets were lost and sent again.</summary>
    public TimeSpan Lateness()
    {
        double loss = firmware.Plug.Loss;
        TimeSpan late = Air.Of(firmware.Plug.Mac).Late;
        for (TimeSpan next = TimeSpan.FromMilliseconds(500); loss > 0 && next < TimeSpan.FromSeconds(20) && chance.NextUnit() < loss; next *= 2)
        {
            late += next;
        }

        return late;
    }

    private void Join()
    {
        if (_accessPointIn > 0 || AccessPoint || !firmware.Faults.All(f => f.Joins(firmware)))
        {
            return;
        }

        if (firmware.Config.Ssid.Length == 0 || !Air.Associate(firmware.Plug.Station))
        {
            Disconnected(TimeSpan.Zero);
            return;
        }

        Connected = true;
        firmware.Log.Info("MAIN", "Main_OnWiFiStatusChange - WIFI_STA_CONNECTED - 4");
        firmware.Pins.Refresh();
        AskAddress(++_link);
    }

    // user_main.c: the next attempt comes 5 s later in the first half minute, 15 s later after that.
    private void Disconnected(TimeSpan? more)
    {
        firmware.Log.Info("MAIN", "Main_OnWiFiStatusChange - WIFI_STA_DISCONNECTED - 2");
        if (more is { } extra)
        {
            _connectIn = (firmware.UptimeSeconds < 30 ? 5 : 15) + (int)extra.TotalSeconds;
        }
    }

    private void Unlink()
    {
        _link++;
        Connected = false;
        HasAddress = false;
        firmware.Pins.Refresh();
        SetUp(false);
    }

    private void AskAddress(int link)
    {
        if (link != _link || Silent)
        {
            return;
        }

        string offered = Air.AddressOf(firmware.Plug.Station);
        if (Air.RequestAddress(firmware.Plug.Station, offered, renew: false, out _) is { } lease)
        {
            Take(offered);
            SetUp(true);
            Leased(link, lease);
        }
        else
        {
            firmware.Scope.After(10_000, () => AskAddress(link));
        }
    }

    // RFC 2131: renewed at half the lease, tried again at seven eighths, given up at its end.
    private void Leased(int link, TimeSpan lease)
    {
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnLease(firmware, lease);
        }

        firmware.Scope.After(lease / 2, () => Renew(link, () =>
            firmware.Scope.After(lease * 3 / 8, () => Renew(link, () =>
                firmware.Scope.After(lease / 8, () => Expire(link))))));
    }

    private void Renew(int link, Action failed)
    {
        if (link != _link || Silent)
        {
            return;
        }

        if (Air.RequestAddress(firmware.Plug.Station, Ip, renew: true, out bool refused) is { } lease)
        {
            Leased(link, lease);
        }
        else if (refused && !firmware.Faults.Any(f => f.KeepsAddress))
        {
            LoseAddress(link);
        }
        else
        {
            failed();
        }
    }

    private void Expire(int link)
    {
        if (link == _link && !firmware.Faults.Any(f => f.KeepsAddress))
        {
            LoseAddress(link);
        }
    }

    // lwIP (dhcp.c, dhcp_handle_nak) asks anew at once; offer, request and the ARP check of the address take about half a second.
    private void LoseAddress(int link)
    {
        HasAddress = false;
        SetUp(false);
        if (firmware.Faults.All(f => f.AsksForAddressAgain))
        {
            firmware.Scope.After(500, () => AskAddress(link));
        }
    }

    private void Take(string address)
    {
        Ip = address;
        HasAddress = true;
        firmware.Plug.SetAddress(address);
    }

    private void SetUp(bool up)
    {
        _up = up;
        firmware.Plug.SetReachable(_up && !Silent);
    }
}

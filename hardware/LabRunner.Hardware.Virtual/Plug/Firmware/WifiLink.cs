using System.Globalization;
using LabRunner.Hardware.Time;

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

    /// <summary>bWifi of the heartbeat: joined as a station. Stays true while frozen, as on the device.</summary>
    public bool Connected { get; private set; }

    public bool AccessPoint { get; private set; }

    /// <summary>F01: the stack no longer answers, without a word.</summary>
    public bool Silent { get; private set; }

    public int Rssi => -52 - chance.Below(5);

    public string Bssid { get; } = "02:00:5E:10:00:01";

    public string Ip { get; } = "192.168.7." + (20 + (firmware.Plug.Flash.Mac[5] % 200)).ToString(CultureInfo.InvariantCulture);

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

    /// <summary>Double click in the first seconds: back to the open access point.</summary>
    public void ClearCredentials()
    {
        firmware.Config.Ssid = "";
        firmware.Config.WifiPassword = "";
        firmware.MarkConfigChanged();
        OpenAccessPoint();
    }

    public void OpenAccessPoint() => _accessPointIn = 5;

    public void EverySecond()
    {
        if (_accessPointIn > 0)
        {
            if (Connected)
            {
                Connected = false;
                SetUp(false);
            }

            if (--_accessPointIn == 0)
            {
                AccessPoint = true;
                firmware.Log.Info("MAIN", "Opening access point " + firmware.Config.DeviceName);
                firmware.Scope.After(300, () => SetUp(true));
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

    private void Join()
    {
        if (_accessPointIn > 0 || AccessPoint)
        {
            return;
        }

        Connected = true;
        firmware.Log.Info("MAIN", "Main_OnWiFiStatusChange - WIFI_STA_CONNECTED - 4");
        firmware.Pins.Refresh();
        SetUp(true);
    }

    private void SetUp(bool up)
    {
        _up = up;
        firmware.Plug.SetReachable(_up && !Silent);
    }
}

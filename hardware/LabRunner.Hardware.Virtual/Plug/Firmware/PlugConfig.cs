using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>The firmware's configuration block ("mY0bcFg", 3584 bytes on the device). One copy is in flash, the firmware works on another.</summary>
internal sealed class PlugConfig(int pins)
{
    /// <summary>sizeof(g_cfg), as the index page prints it.</summary>
    public const int SizeOnDevice = 3584;

    public const int ChannelCount = 64;

    public const string DefaultWebRoot = "https://openbekeniot.github.io/webapp/";

    public PinRole[] Roles { get; private set; } = new PinRole[pins];

    public int[] Channels { get; private set; } = new int[pins];

    public int[] Channels2 { get; private set; } = new int[pins];

    public int[] StartValues { get; private set; } = new int[ChannelCount];

    public ulong Flags { get; set; }

    public string DeviceName { get; set; } = "";

    public string ShortName { get; set; } = "";

    public string Ssid { get; set; } = "LabRunner";

    public string WifiPassword { get; set; } = "virtual-bench";

    /// <summary>Address, mask, DNS, gateway; 0.0.0.0 is DHCP.</summary>
    public string[] FixedAddresses { get; private set; } = ["0.0.0.0", "255.255.255.0", "192.168.0.1", "192.168.0.1"];

    public string MqttHost { get; set; } = "";

    public int MqttPort { get; set; } = 1883;

    public string MqttUser { get; set; } = "homeassistant";

    public string MqttPassword { get; set; } = "qqqqqqqqqq";

    public string MqttClient { get; set; } = "";

    public string MqttGroup { get; set; } = "";

    public string StartupCommand { get; set; } = "";

    public string WebRoot { get; set; } = DefaultWebRoot;

    public string PingHost { get; set; } = "192.168.0.1";

    public int PingSeconds { get; set; }

    /// <summary>A MAC address that was set by its page, 12 hexadecimal digits; null: none was.</summary>
    public string? OtherMac { get; set; }

    public int BootOkSeconds { get; set; } = 5;

    public double VoltsPerHertz { get; set; } = 0.13253012048;

    public double AmperesPerHertz { get; set; } = 0.0118577075;

    public double WattsPerHertz { get; set; } = 1.5;

    public double PowerMaxWatts { get; set; } = 3680;

    /// <summary>Button times in units of 100 ms: short, long, repeat.</summary>
    public int[] ButtonTimes { get; private set; } = [3, 10, 5];

    public int ChangeCounter { get; set; }

    public int OtaCounter { get; set; }

    public bool HasFlag(int flag) => (Flags & (1UL << flag)) != 0;

    public void SetFlag(int flag, bool value) => Flags = value ? Flags | (1UL << flag) : Flags & ~(1UL << flag);

    public int FindPin(PinRole role) => Array.IndexOf(Roles, role);

    public PlugConfig Clone()
    {
        PlugConfig copy = (PlugConfig)MemberwiseClone();
        copy.Roles = [.. Roles];
        copy.Channels = [.. Channels];
        copy.Channels2 = [.. Channels2];
        copy.StartValues = [.. StartValues];
        copy.ButtonTimes = [.. ButtonTimes];
        copy.FixedAddresses = [.. FixedAddresses];
        return copy;
    }

    /// <summary>Factory configuration with the names made from the MAC address (defaults of new_cfg.c).</summary>
    public static PlugConfig Default(IReadOnlyList<byte> mac, VirtualChip chip)
    {
        string tail = string.Concat(mac.Skip(2).Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));
        string name = chip.ShortPrefix + tail;
        return new PlugConfig(chip.Pins)
        {
            DeviceName = $"{chip.FirmwareName}_{tail}", ShortName = name, MqttClient = name, MqttGroup = chip.MqttGroup, Flags = 1024,
        };
    }
}

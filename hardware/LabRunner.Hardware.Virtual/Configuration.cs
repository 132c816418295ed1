namespace LabRunner.Hardware.Virtual;

/// <summary>What the launcher hands to the virtual bench process, as JSON on its standard input.</summary>
public sealed record VirtualBenchConfig
{
    /// <summary>Folder for sockets, PTY links and images; created, and removed at the end.</summary>
    public required string Directory { get; init; }

    /// <summary>Origin of the run's clock (<see cref="Time.LabClock.ToEnvironment"/>).</summary>
    public required string Clock { get; init; }

    /// <summary>Seed of every random draw.</summary>
    public required long Seed { get; init; }

    /// <summary>host:port of an existing broker; null starts an embedded one on a free loopback port.</summary>
    public string? Broker { get; init; }

    /// <summary>Ends itself after this machine time without any harness client, so that an orphan does not stay for ever. Default 10 min.</summary>
    public TimeSpan OrphanLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What happens in the air, each "at what [value] [duration]"; the words are in <see cref="Air.Weather"/>.</summary>
    public IReadOnlyList<string> Weather { get; init; } = [];

    /// <summary>Plugs in slot order; the index gives the harness lines (<see cref="HarnessLines"/>).</summary>
    public required IReadOnlyList<VirtualPlugConfig> Plugs { get; init; }
}

/// <summary>One virtual plug.</summary>
public sealed record VirtualPlugConfig
{
    /// <summary>Slot name.</summary>
    public required string Name { get; init; }

    /// <summary>Chip: BL602, BK7231N or BK7231T.</summary>
    public required string Chip { get; init; }

    /// <summary>What is soldered: GPIO → role ("Rel;1", "Btn;1", "BL0937CF;0", "BL0937CF1;0", "BL0937SEL;0", "LED_n;1").</summary>
    public required IReadOnlyDictionary<int, string> Wiring { get; init; }

    /// <summary>What the firmware's configuration says, same form.</summary>
    public required IReadOnlyDictionary<int, string> Template { get; init; }

    /// <summary>OpenBeken flags (1024 = self state on MQTT connect).</summary>
    public long Flags { get; init; } = 1024;

    /// <summary>Firmware version in slot A at first, for example 1.18.158.</summary>
    public required string Version { get; init; }

    /// <summary>True: a build with ENABLE_TEST_COMMANDS and ENABLE_DRIVER_FREEZE, which no stock BL602 build has.</summary>
    public bool TestCommands { get; init; }

    /// <summary>True: a build with the mDNS driver (drv_mdns.c of March 2026), which 1.18.158 does not have.</summary>
    public bool Mdns { get; init; }

    /// <summary>False: a build without the command logdelay. Default true, as every build so far.</summary>
    public bool LogDelay { get; init; } = true;

    /// <summary>False: a build whose page tells no reset reason, as on chips that know none (http_fns.c). Default true, as every BL602.</summary>
    public bool TellsResetReason { get; init; } = true;

    /// <summary>False: a build whose page says that it cannot update, as on platforms without an image of their own (http_fns.c). Default true, as every BL602.</summary>
    public bool UpdatePage { get; init; } = true;

    /// <summary>MQTT client id, null: no broker configured.</summary>
    public string? MqttClient { get; init; }

    /// <summary>Load on the output while the contact is closed, W, resistive, when no pulses are injected. Default 60.</summary>
    public double LoadWatts { get; init; } = 60;

    /// <summary>Line voltage. Default 230 V.</summary>
    public double LineVolts { get; init; } = 230;

    /// <summary>Active by apparent power of the load, above 0 to 1. Default 1.</summary>
    public double LoadPowerFactor { get; init; } = 1;

    /// <summary>How the analog chain of this board differs from OpenBeken's default constants. Default: it does not.</summary>
    public VirtualChipGain Gain { get; init; } = new(1, 1, 1);

    /// <summary>Planted failure modes.</summary>
    public IReadOnlyList<VirtualFaultConfig> Faults { get; init; } = [];
}

/// <summary>Divider, shunt and reference of one board against the nominal: pulses it gives by pulses it should give, each above 0.</summary>
/// <param name="Volts">CF1 while SEL asks for voltage.</param>
/// <param name="Amperes">CF1 while SEL asks for current.</param>
/// <param name="Watts">CF.</param>
public sealed record VirtualChipGain(double Volts, double Amperes, double Watts);

/// <summary>A planted failure mode with its parameters as text.</summary>
public sealed record VirtualFaultConfig(string Id, IReadOnlyDictionary<string, string> Parameters);

/// <summary>Where the virtual bench is, printed as one JSON line on standard output when it is ready.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Directory">Its folder.</param>
/// <param name="Harness">Path of the harness's Unix socket (GPIO, PWM, I2C).</param>
/// <param name="Mqtt">host:port of the broker.</param>
/// <param name="ImageA">OTA file of version <paramref name="VersionA"/>.</param>
/// <param name="VersionA">Version of image A.</param>
/// <param name="ImageB">OTA file of version <paramref name="VersionB"/>.</param>
/// <param name="VersionB">Version of image B.</param>
/// <param name="Plugs">By slot name.</param>
public sealed record VirtualBenchAddresses(
    int Pid, string Directory, string Harness, string Mqtt, string ImageA, string VersionA, string ImageB, string VersionB,
    IReadOnlyDictionary<string, VirtualPlugAddresses> Plugs)
{
    /// <summary>Path of a program for RAM that the boot ROMs take for the vendor's flash loader.</summary>
    public required string Loader { get; init; }

    /// <summary>Path of the access point's log, as hostapd writes it.</summary>
    public required string Hostapd { get; init; }

    /// <summary>Path of the address and name server's log, as dnsmasq writes it.</summary>
    public required string Dnsmasq { get; init; }

    /// <summary>Origin of the clock that its plugs run on (<see cref="Time.LabClock.ToEnvironment"/>).</summary>
    public required string Clock { get; init; }
}

/// <summary>Where one plug is.</summary>
/// <param name="Http">host:port.</param>
/// <param name="Tty">Path of its UART (a link to a PTY).</param>
/// <param name="Echo">host:port of its UDP echo (RFC 862).</param>
/// <param name="Temperature">Path of its housing's temperature, as a hwmon chip shows it (thousandths of a degree Celsius).</param>
public sealed record VirtualPlugAddresses(string Http, string Tty, string Echo, string Temperature);

/// <summary>
/// Numbering on the harness: plug i (from 0) has lines 8·i to 8·i+7, PWM channels 3·i to 3·i+2, I2C address 0x40+i. After n plugs come the
/// bench's own lines from 8·n. Outputs have edges too: a second client can see when one was switched.
/// </summary>
public static class HarnessLines
{
    /// <summary>Lines a plug has.</summary>
    public const int PerPlug = 8;

    /// <summary>Output, high = mains on. Low at start.</summary>
    public const int Power = 0;

    /// <summary>Output, high = BOOT asserted.</summary>
    public const int Boot = 1;

    /// <summary>Output, high = reset asserted.</summary>
    public const int Reset = 2;

    /// <summary>Output, high = button pushed.</summary>
    public const int Button = 3;

    /// <summary>Input, high = relay contact closed and mains on: what an opto on the output sees.</summary>
    public const int Contact = 4;

    /// <summary>Input, LED as a photodiode sees it.</summary>
    public const int Led = 5;

    /// <summary>Input, the DUT's SEL pin.</summary>
    public const int Sel = 6;

    /// <summary>Of the bench: output, high = somebody presses the E-stop.</summary>
    public const int EStopHand = 0;

    /// <summary>Of the bench: output, high = somebody opens the lid.</summary>
    public const int LidHand = 1;

    /// <summary>Of the bench: output, high = somebody has switched the access point off.</summary>
    public const int AccessPointHand = 2;

    /// <summary>Of the bench: output, high = the way to the Internet is cut: names and time get no answer.</summary>
    public const int UplinkHand = 3;

    /// <summary>Of the bench: input, high = the E-stop chain is closed.</summary>
    public const int EStopChain = 4;

    /// <summary>Of the bench: input, high = the lid is shut.</summary>
    public const int LidChain = 5;

    /// <summary>PWM channels a plug has: CF, CF1 voltage, CF1 current.</summary>
    public const int PwmPerPlug = 3;
}

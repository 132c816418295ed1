using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Console;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Http;
using LabRunner.Hardware.Virtual.Plug.Mqtt;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>One boot of OpenBeken: owns the parts and what they share. Gone when the chip is reset or loses power.</summary>
internal sealed class PlugFirmware
{
    private readonly BootScope _hardware;

    public PlugFirmware(VirtualPlug plug, BootScope hardware, string version, ResetReason reason)
    {
        _hardware = hardware;
        Plug = plug;
        Version = version;
        ResetReason = reason;
        Scope = new BootScope(plug.Engine);
        Config = plug.Flash.Saved.Clone();
        string boot = "boot" + plug.Flash.Vars.BootCount.ToString(CultureInfo.InvariantCulture);
        Log = new PlugLog(this);
        Heap = new HeapModel(this, plug.NewChance(boot + "/heap"));
        Pins = new PinDriver(this);
        Channels = new ChannelTable(this);
        Button = new ButtonInput(this);
        Inputs = new DigitalInputs(this);
        Wifi = new WifiLink(this, plug.NewChance(boot + "/wifi"));
        Watchdog = new Watchdog(plug, hardware);
        Clock = new DeviceClock(this);
        Meter = new MeterDriver(this);
        Mqtt = new MqttFace(this);
        Commands = new CommandTable(this);
        UartCommands = new UartCommandLine(this);
        Repeats = new RepeatingEvents(this);
        Http = new HttpServer(this);
        Ota = new OtaUpdate(this);
        Loop = new MainLoop(this, plug.NewChance(boot + "/loop"));
        new BootSequence(this, plug.NewChance(boot + "/banner")).Run();
    }

    public VirtualPlug Plug { get; }

    /// <summary>Lifetime of the software's tasks; ends before the chip is reset when everything hangs.</summary>
    public BootScope Scope { get; }

    public string Version { get; }

    public ResetReason ResetReason { get; }

    public PlugConfig Config { get; set; }

    public PlugLog Log { get; }

    public HeapModel Heap { get; }

    public PinDriver Pins { get; }

    public ChannelTable Channels { get; }

    public ButtonInput Button { get; }

    public DigitalInputs Inputs { get; }

    public WifiLink Wifi { get; }

    public Watchdog Watchdog { get; }

    public DeviceClock Clock { get; }

    public MeterDriver Meter { get; }

    public MqttFace Mqtt { get; }

    public CommandTable Commands { get; }

    public UartCommandLine UartCommands { get; }

    public RepeatingEvents Repeats { get; }

    public HttpServer Http { get; }

    public OtaUpdate Ota { get; }

    public MainLoop Loop { get; }

    public bool SafeMode { get; set; }

    /// <summary>Polling period of the index page; 0 switches it off.</summary>
    public int IndexRefreshMilliseconds { get; set; } = 1000;

    /// <summary>Incomplete boots as found at this boot, the running one included (1 is normal).</summary>
    public int BootFailures { get; set; }

    /// <summary>Whole seconds of RTOS ticks; the pages and heartbeats show this.</summary>
    public int UptimeSeconds => (int)Ticks.TotalSeconds;

    /// <summary>The RTOS's tick counter: 32 bits of milliseconds.</summary>
    public TimeSpan Ticks => TimeSpan.FromMilliseconds(
        (uint)(long)(Scope.Now - Scope.Started + Faults.Select(f => f.TickOffset).DefaultIfEmpty().Max()).TotalMilliseconds);

    public string BuildText => $"Built on Jul 24 2026 08:31:17 version {Version}";

    public string MacWithColons => string.Join(':', Plug.Flash.Mac.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));

    /// <summary>Runs an action at an uptime, if this boot lives that long.</summary>
    public void AtUptime(TimeSpan uptime, Action action) => Scope.After(Scope.Started + uptime - Scope.Now, action);

    public void MarkConfigChanged() => Loop.ConfigChanged = true;

    /// <summary>Something went to flash just now.</summary>
    public void FlashWritten()
    {
        Plug.Flash.WrittenAt = Scope.Now;
        foreach (PlantedFault fault in Faults)
        {
            fault.OnFlashWritten(this);
        }
    }

    public void ToggleAllRelays()
    {
        bool any = Channels.Relays().Any(c => Channels.Get(c) != 0);
        foreach (int channel in Channels.Relays().ToArray())
        {
            Channels.Set(channel, any ? 0 : 1);
        }
    }

    /// <summary>Orderly reboot: leaves the word "software".</summary>
    public void Reboot()
    {
        Plug.RetainedWord = ResetWord.Software;
        Plug.ResetChip();
    }

    /// <summary>Every task stops. The watchdog bites 3 s after its last feed, if it is armed.</summary>
    public void Hang()
    {
        Wifi.Vanish();
        Scope.End();
        Plug.SetReachable(false);
    }

    /// <summary>CPU exception: dump on the UART, then the handler spins until the watchdog bites.</summary>
    public void Crash(CrashKind kind)
    {
        Hang();
        new CrashDump(this, _hardware).Print(kind);
    }

    /// <summary>The chip is reset or without power: nothing of this boot runs any more.</summary>
    public void Died()
    {
        Wifi.Vanish();
        Scope.End();
        Http.Died();
    }

    public IEnumerable<PlantedFault> Faults => Plug.Faults;
}

using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// A smart plug: supply, straps, relay, button, LED and meter chip, with OpenBeken-like firmware running on it. What the firmware
/// does is modelled in <see cref="PlugFirmware"/>; this is the board around it.
/// </summary>
/// <remarks>All members belong to the engine's thread.</remarks>
public sealed class VirtualPlug
{
    // How long the RAM keeps the reset reason without supply (not measured on hardware; short cuts read as a watchdog reset).
    private static readonly TimeSpan RamSurvives = TimeSpan.FromMilliseconds(300);

    private readonly Engine _engine;
    private readonly IPlugOutside _outside;
    private readonly PulseTrains _pulses = new();
    private readonly Housing _housing = new();
    private readonly BoardOutputs _outputs;
    private readonly long _seed;
    private bool _power;
    private bool _boot;
    private bool _reset;
    private bool _injected;
    private bool _reachable;
    private TimeSpan? _offSince;
    private BootScope? _scope;
    private PlugFirmware? _firmware;
    private IDownloadMode? _rom;

    /// <summary>Builds a plug without mains; nothing happens until <see cref="SetPower"/>.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="engine">Where it runs.</param>
    /// <param name="outside">The world around it.</param>
    /// <exception cref="Hardware.Faults.BenchFaultException">The configuration names a chip, role, pin or fault that does not exist.</exception>
    public VirtualPlug(VirtualPlugConfig config, long seed, Engine engine, IPlugOutside outside)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(outside);
        Config = config;
        _seed = seed;
        _engine = engine;
        _outside = outside;
        Chip = VirtualChip.Of(config.Name, config.Chip);
        Wired = Wiring.Parse(config.Name, config.Wiring, Chip.Pins);
        _outputs = new BoardOutputs(Wired, engine, outside);
        Faults = PlantedFault.Plant(config, seed);
        Flash = new PlugFlash(config, Chip, Wiring.Parse(config.Name, config.Template, Chip.Pins), seed);
    }

    /// <summary>True: the network stack answers.</summary>
    public bool Reachable => _reachable;

    /// <summary>Contact closed and mains present: what an opto on the output sees.</summary>
    public bool ContactClosed => _outputs.Contact;

    /// <summary>LED lit.</summary>
    public bool LedLit => _outputs.Led;

    /// <summary>Level of the SEL pin.</summary>
    public bool SelHigh => _outputs.Sel;

    /// <summary>The 3.3 V rail: current by what is running (typical figures, not measured).</summary>
    public RailReading Rail
    {
        get
        {
            if (!_power)
            {
                return new RailReading(new Volts(0), new Amperes(0));
            }

            double amperes = _firmware is null ? 0.012 : 0.068 + (_reachable ? 0.014 : 0) + (ContactClosed ? 0.030 : 0);
            return new RailReading(new Volts(3.3 - (0.05 * amperes)), new Amperes(amperes));
        }
    }

    /// <summary>Temperature inside the housing, °C.</summary>
    public double HousingCelsius => _housing.At(_engine.Now);

    /// <summary>Bytes that reached the UART's receiver and were ignored.</summary>
    public long UartBytesIgnored { get; private set; }

    internal VirtualPlugConfig Config { get; }

    internal VirtualChip Chip { get; }

    internal IReadOnlyDictionary<int, (PinRole Role, int Channel)> Wired { get; }

    internal IReadOnlyList<PlantedFault> Faults { get; }

    internal PlugFlash Flash { get; }

    internal IPlugOutside Outside => _outside;

    internal Engine Engine => _engine;

    /// <summary>The running firmware, null while off, in reset, in the boot ROM or unpacking.</summary>
    internal PlugFirmware? RunningFirmware => _firmware;

    internal ResetWord RetainedWord { get; set; }

    /// <summary>The boot loader writes an update over the running slot.</summary>
    internal bool Unpacking { get; set; }

    internal long RomBytesReceived { get; set; }

    internal long RomBytesSent { get; set; }

    internal long RomBytesProgrammed { get; set; }

    internal int RomErases { get; set; }

    /// <summary>Level of the physical button's contact: true while pushed.</summary>
    internal bool ButtonPushed { get; private set; }

    /// <summary>Switches the supply.</summary>
    public void SetPower(bool powered)
    {
        if (powered == _power)
        {
            return;
        }

        _power = powered;
        if (powered)
        {
            if (_offSince is { } off && _engine.Now - off > RamSurvives)
            {
                RetainedWord = ResetWord.Lost;
            }

            StartIfReleased();
        }
        else
        {
            _offSince = _engine.Now;
            OtaPhase? phase = Unpacking ? OtaPhase.Unpack : _firmware?.Ota.Phase;
            Halt();
            if (phase is { } cut && Faults.OfType<OtaFault>().Any(f => f.BricksOnCut(cut)))
            {
                Flash.Destroy();
            }
        }
    }

    /// <summary>BOOT strap: while asserted, a start ends in the boot ROM.</summary>
    public void SetBoot(bool asserted) => _boot = asserted;

    /// <summary>Reset line: holds the chip while asserted.</summary>
    public void SetReset(bool asserted)
    {
        if (asserted == _reset)
        {
            return;
        }

        _reset = asserted;
        if (asserted)
        {
            Halt();
        }
        else
        {
            StartIfReleased();
        }
    }

    /// <summary>Pushes or releases the physical button.</summary>
    public void SetButton(bool pushed)
    {
        if (pushed != ButtonPushed)
        {
            ButtonPushed = pushed;
            if (!Faults.Any(f => f.ButtonDead))
            {
                _firmware?.Button.ContactChanged(pushed);
            }
        }
    }

    /// <summary>Feeds pulses in place of the meter chip; from the first call on, the load model no longer counts.</summary>
    public void SetPulses(PulseChannel channel, Hertz frequency)
    {
        if (!_injected)
        {
            _injected = true;
            foreach (PulseChannel other in Enum.GetValues<PulseChannel>())
            {
                _pulses.Set(other, 0, _engine.Now);
            }
        }

        _pulses.Set(channel, frequency.Value, _engine.Now);
    }

    /// <summary>Pulses the meter chip or the injector has emitted on a channel since the beginning.</summary>
    public long EmittedPulses(PulseChannel channel) => _pulses.Count(channel, _engine.Now);

    /// <summary>
    /// Bytes arriving at the UART's receiver: for download mode where it runs, else for the firmware's command line where it has one. On a
    /// BL602 the firmware's console is output only.
    /// </summary>
    public void UartReceived(ReadOnlyMemory<byte> bytes)
    {
        if (_rom is { } rom)
        {
            rom.Received(bytes.ToArray(), _outside.UartBaud);
        }
        else if (_firmware?.UartCommands.Take(bytes.Span) != true)
        {
            UartBytesIgnored += bytes.Length;
        }
    }

    /// <summary>What goes wrong while the plug is flashed; nothing by default.</summary>
    public RomFaults RomFaults { get; set; } = new();

    /// <summary>
    /// True (default): in the boot ROM a byte takes 10 bits of the line's speed, in both directions, and is not there before. False: no time at
    /// all, to measure what the other side costs.
    /// </summary>
    public bool UartPaced { get; set; } = true;

    /// <summary>Version that would boot now; null when the flash holds nothing that boots.</summary>
    public string? BootableVersion => Flash.Version;

    /// <summary>A TCP connection to port 80 is accepted.</summary>
    /// <param name="connection">Where what the firmware sends goes.</param>
    /// <returns>The firmware's end; null when the stack refuses (unreachable, no socket, or no heap for a thread).</returns>
    public IPlugConnection? OpenConnection(IConnectionOutside connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _reachable ? _firmware?.Http.Open(connection) : null;
    }

    /// <summary>The broker accepted the connection asked for by <see cref="IPlugOutside.MqttConnect"/>.</summary>
    public void MqttConnected() => _firmware?.Mqtt.Connected();

    /// <summary>The broker refused, or was not there.</summary>
    public void MqttRefused() => _firmware?.Mqtt.Refused();

    /// <summary>A message on one of the subscribed topics.</summary>
    public void MqttMessage(string topic, string payload) => _firmware?.Mqtt.Received(topic, payload);

    /// <summary>The broker closed the connection, or it broke.</summary>
    public void MqttLost() => _firmware?.Mqtt.Lost();

    /// <summary>The meter chip's SEL input: what is soldered to its pin decides; unconnected it reads low.</summary>
    internal bool ChipSelectsVoltage => SelHigh != Wired.Values.Any(w => w.Role == PinRole.SelInverted);

    internal long CountPulses(PulseChannel channel, TimeSpan now) => _pulses.Count(channel, now);

    internal Chance NewChance(string name) => new(_seed, $"{Config.Name}/{name}");

    internal void UartSend(ReadOnlyMemory<byte> bytes) => _outside.UartSent(_engine.Now, bytes);

    internal void SetReachable(bool reachable)
    {
        if (reachable != _reachable)
        {
            _reachable = reachable;
            _outside.ReachableChanged(_engine.Now, reachable);
        }
    }

    /// <summary>The supply fails by itself and stays off until it is switched again.</summary>
    internal void FailSupply()
    {
        RomFaults = new RomFaults();
        SetPower(false);
    }

    /// <summary>The chip resets and starts again.</summary>
    internal void ResetChip()
    {
        Halt();
        StartIfReleased();
    }

    /// <summary>Download mode is over, or was not entered: what stands in flash runs.</summary>
    internal void RunFromFlash()
    {
        _rom = null;
        new Bootloader(this, _scope!).Run();
    }

    /// <summary>The boot loader hands over.</summary>
    internal void RunFirmware(BootScope scope, string version, ResetReason reason) =>
        _firmware = new PlugFirmware(this, scope, version, reason);

    /// <summary>Output pins changed: follow them with relay, LED and SEL.</summary>
    internal void PinsChanged()
    {
        _outputs.Follow(_firmware?.Pins.Levels, _power);
        _housing.Follow(_power, ContactClosed && Config.LineVolts > 0 ? Config.LoadWatts / Config.LineVolts : 0, _engine.Now);
        if (!_injected)
        {
            _pulses.FollowLoad(_power ? Config.LineVolts : 0, ContactClosed ? Config.LoadWatts : 0, _engine.Now);
        }
    }

    private void Halt()
    {
        Unpacking = false;
        _scope?.End();
        _scope = null;
        _rom = null;
        _firmware?.Died();
        _firmware = null;
        SetReachable(false);
        PinsChanged();
    }

    private void StartIfReleased()
    {
        if (!_power || _reset)
        {
            return;
        }

        PinsChanged();
        _scope = new BootScope(_engine);
        _rom = Chip.Start(this, _scope, _boot);
    }
}

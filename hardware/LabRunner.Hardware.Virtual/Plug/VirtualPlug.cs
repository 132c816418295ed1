using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Air;
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
public sealed partial class VirtualPlug
{
    // How long the RAM keeps the reset reason without supply (not measured on hardware; short cuts read as a watchdog reset).
    private static readonly TimeSpan RamSurvives = TimeSpan.FromMilliseconds(300);

    private readonly Engine _engine;
    private readonly IPlugOutside _outside;
    private readonly PulseTrains _pulses = new();
    private readonly Housing _housing = new();
    private readonly MainsLoad _mains = new();
    private readonly BoardOutputs _outputs;
    private readonly long _seed;
    private bool _running;
    private int _dips;
    private bool _meterChipHangs;
    private double _ownLoss;
    private bool _boot;
    private bool _reset;
    private bool _injected;
    private bool _reachable;
    private int? _addressNumber;
    private TimeSpan? _offSince;
    private readonly HashSet<PlugService> _mute = [];
    private BootScope? _scope;
    private PlugFirmware? _firmware;
    private IDownloadMode? _rom;

    /// <summary>Builds a plug without mains; nothing happens until <see cref="SetPower"/>.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="engine">Where it runs.</param>
    /// <param name="outside">The world around it.</param>
    /// <param name="air">Access point and servers it shares with others; null: a healthy one of its own.</param>
    /// <exception cref="Hardware.Faults.BenchFaultException">The configuration names a chip, role, pin or fault that does not exist.</exception>
    public VirtualPlug(VirtualPlugConfig config, long seed, Engine engine, IPlugOutside outside, VirtualAir? air = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(outside);
        Config = config;
        _seed = seed;
        _engine = engine;
        _outside = outside;
        Air = air ?? new VirtualAir(engine);
        Chip = VirtualChip.Of(config.Name, config.Chip);
        Wired = Wiring.Parse(config.Name, config.Wiring, Chip.Pins);
        _outputs = new BoardOutputs(Wired, engine, outside);
        Faults = PlantedFault.Plant(config, seed);
        Flash = new PlugFlash(config, Chip, Wiring.Parse(config.Name, config.Template, Chip.Pins), seed);
        Station = new Station(this);
        Air.LossChanged += () => _outside.LossChanged(_engine.Now, Loss);
    }

    /// <summary>True: the network stack answers.</summary>
    public bool Reachable => _reachable;

    /// <summary>Contact closed and mains present: what an opto on the output sees.</summary>
    public bool ContactClosed => _outputs.Contact;

    /// <summary>LED lit.</summary>
    public bool LedLit => _outputs.Led;

    /// <summary>Level of the SEL pin.</summary>
    public bool SelHigh => _outputs.Sel;

    /// <summary>The 3.3 V rail.</summary>
    public RailReading Rail => Supply.Read(_firmware is not null, _reachable, ContactClosed);

    /// <summary>True: the stack answers ping.</summary>
    public bool AnswersEcho => _reachable && !_mute.Contains(PlugService.Echo);

    /// <summary>True: the MQTT client sends and hears.</summary>
    public bool AnswersMqtt => _reachable && !_mute.Contains(PlugService.Mqtt) && BrokerPath != BrokerPath.Silent;

    /// <summary>The way to the broker, which is the network's and not the plug's: it outlives a reset. Default open.</summary>
    public BrokerPath BrokerPath
    {
        get;
        set
        {
            if (field != value)
            {
                field = value;
                _outside.BrokerPathChanged(_engine.Now, value);
            }
        }
    }

    /// <summary>Share of packets that are lost now, in the whole air and by its own radio, 0 to 1.</summary>
    public double Loss => 1 - ((1 - Air.LossOf(Mac)) * (1 - _ownLoss));

    /// <summary>MAC address, lower case with colons, as the access point logs it.</summary>
    public string Mac => Station.Mac;

    /// <summary>What a reference meter before the plug reads.</summary>
    public ReferenceReading Mains => _mains.At(_engine.Now);

    /// <summary>Temperature inside the housing, °C.</summary>
    public double HousingCelsius => _housing.At(_engine.Now);

    /// <summary>Bytes that reached the UART's receiver and were ignored.</summary>
    public long UartBytesIgnored { get; private set; }

    /// <summary>Switches the supply.</summary>
    public void SetPower(bool powered)
    {
        if (powered == Supply.Commanded)
        {
            return;
        }

        Supply.Commanded = powered;
        foreach (PlantedFault fault in Faults)
        {
            fault.OnPowerSwitched(this, powered);
        }

        SupplyChanged();
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
            _firmware?.Inputs.Changed();
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
}

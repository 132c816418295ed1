using System.Net;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Harness;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>One plug and the world around it: PTY, port 80, echo, broker connection and its part of the harness.</summary>
internal sealed class PlugHost : IPlugOutside, IHarnessPlug, IAsyncDisposable
{
    private readonly Engine _engine;
    private readonly VirtualPlug _plug;
    private readonly PlugTcpServer _http;
    private readonly PlugEcho _echo;
    private readonly PlugMqtt _mqtt;
    private readonly TemperatureFile _temperature;
    private bool _elsewhere;

    /// <param name="config">What the plug is.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="engine">Not running yet.</param>
    /// <param name="scale">Run seconds a machine second.</param>
    /// <param name="broker">Where the broker is.</param>
    /// <param name="tty">Path of the link to the PTY.</param>
    /// <param name="air">What it shares with the others.</param>
    public PlugHost(VirtualPlugConfig config, long seed, Engine engine, double scale, DnsEndPoint broker, string tty, VirtualAir air)
    {
        _engine = engine;
        Name = config.Name;
        _plug = new VirtualPlug(config, seed, engine, this, air);
        _mqtt = new PlugMqtt(
            broker, scale, engine, new MqttEvents(_plug.MqttConnected, _plug.MqttRefused, _plug.MqttMessage, _plug.MqttLost));
        Pty = new Pty(tty);
        _http = new PlugTcpServer(engine.Post, _plug.OpenConnection);
        _echo = new PlugEcho(new Chance(seed, config.Name + "/echo"));
        string temperature = Path.ChangeExtension(tty, ".temperature");
        _temperature = new TemperatureFile(engine, temperature, () => _plug.HousingCelsius);
        Addresses = new VirtualPlugAddresses(_http.EndPoint.ToString(), tty, _echo.EndPoint.ToString(), temperature);
    }

    /// <summary>Told changes of the plug's input lines (<see cref="HarnessLines"/>), on the engine's thread.</summary>
    public Action<int, TimeSpan, bool>? LineChanged { get; set; }

    public string Name { get; }

    public Pty Pty { get; }

    /// <summary>The plug itself, for what is done to its network.</summary>
    public VirtualPlug Plug => _plug;

    public VirtualPlugAddresses Addresses { get; }

    public RailReading Rail => _plug.Rail;

    public HarnessLoad Load
    {
        get
        {
            ReferenceReading load = _plug.Mains;
            return new HarnessLoad(load.Voltage.Value, load.Current.Value, load.Power.Value, load.Energy!.Value.Value);
        }
    }

    /// <summary>The runner wrote to the UART; any thread.</summary>
    public void UartReceived(byte[] bytes) => _engine.Post(() => _plug.UartReceived(bytes));

    public void Drive(int line, bool high)
    {
        switch (line)
        {
            case HarnessLines.Power:
                _plug.SetPower(high);
                break;
            case HarnessLines.Boot:
                _plug.SetBoot(high);
                break;
            case HarnessLines.Reset:
                _plug.SetReset(high);
                break;
            case HarnessLines.Button:
                _plug.SetButton(high);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(line), line, "No output of a plug's harness.");
        }
    }

    public bool Sense(int line) => line switch
    {
        HarnessLines.Contact => _plug.ContactClosed,
        HarnessLines.Led => _plug.LedLit,
        HarnessLines.Sel => _plug.SelHigh,
        _ => throw new ArgumentOutOfRangeException(nameof(line), line, "No input of a plug's harness."),
    };

    public void DipRail(double volts, TimeSpan lasts) => _plug.DipRail(volts, lasts);

    public void SetPulses(PulseChannel channel, Hertz frequency) => _plug.SetPulses(channel, frequency);

    public long EmittedPulses(PulseChannel channel) => _plug.EmittedPulses(channel);

    public int UartBaud => Pty.Baud;

    public void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes) => Pty.Write(bytes.Span);

    public void ContactChanged(TimeSpan at, bool closed) => LineChanged?.Invoke(HarnessLines.Contact, at, closed);

    public void LedChanged(TimeSpan at, bool lit) => LineChanged?.Invoke(HarnessLines.Led, at, lit);

    public void SelChanged(TimeSpan at, bool high) => LineChanged?.Invoke(HarnessLines.Sel, at, high);

    public void ReachableChanged(TimeSpan at, bool reachable)
    {
        _http.SetReachable(reachable);
        SetEchoReachable(reachable);
        SetMqttReachable(reachable);
    }

    public void AddressChanged(TimeSpan at, int? lastNumber)
    {
        _elsewhere = lastNumber is not null;
        _http.MoveTo(new IPAddress([127, 0, 0, (byte)(lastNumber ?? 1)]));
    }

    // Of the usual address alone: nobody asks for an echo elsewhere.
    private void SetEchoReachable(bool reachable) => _echo.SetReachable(reachable && !_elsewhere);

    public void BrokerPathChanged(TimeSpan at, BrokerPath path)
    {
        _mqtt.SetRefused(path is BrokerPath.Refused or BrokerPath.Denied);
        SetMqttReachable(_plug.AnswersMqtt);
    }

    // At each start of the stack every service answers, but a way that is shut stays so.
    private void SetMqttReachable(bool reachable) => _mqtt.SetReachable(reachable && _plug.BrokerPath != BrokerPath.Silent);

    public void ServiceChanged(TimeSpan at, PlugService service, bool answers)
    {
        switch (service)
        {
            case PlugService.Echo:
                SetEchoReachable(answers);
                break;
            case PlugService.Mqtt:
                SetMqttReachable(answers);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(service), service, "No service of a plug.");
        }
    }

    public void LossChanged(TimeSpan at, double share) => _echo.SetLoss(share);

    public void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions) => _mqtt.Connect(client, subscriptions);

    public void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain) => _mqtt.Publish(topic, payload, qos, retain);

    public void MqttDisconnect(TimeSpan at) => _mqtt.Disconnect();

    /// <summary>Closes everything. The engine must have stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        _temperature.Dispose();
        _mqtt.Dispose();
        await _http.DisposeAsync().ConfigureAwait(false);
        await _echo.DisposeAsync().ConfigureAwait(false);
        Pty.Dispose();
    }
}

using System.IO.Pipelines;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Simulation;

/// <summary>
/// A virtual plug in this process, as the bench meets it: the drivers' contracts on one side, the plug's model on the other, and no socket,
/// PTY or harness between. All of it belongs to the thread of the events.
/// </summary>
public sealed class SimulatedPlug : IPlugOutside, IPowerSwitch, IButton, IRelaySense, IRailMonitor, IEchoProbe
{
    private static readonly TimeSpan FirstSyn = TimeSpan.FromSeconds(1);

    private readonly LabClock _clock;
    private readonly SimulatedBroker _broker;
    private readonly SimulatedConsole _console = new();
    private readonly SimulatedLed _led;
    private bool _on;
    private bool _answersEcho;

    internal SimulatedPlug(VirtualPlugConfig config, long seed, SimulatedTime time, LabClock clock, SimulatedBroker broker, VirtualAir air, RadioQuality radio)
    {
        _clock = clock;
        _broker = broker;
        Name = config.Name;
        _led = new SimulatedLed(() => Model!.LedLit);
        Pulses = new SimulatedPulses(this);
        Strap = new SimulatedStrap(this);
        Radio = new Radio(radio, time, new Chance(seed, config.Name + "/radio"));
        Model = new VirtualPlug(config, seed, time.Engine, this, air);
        Web = new OpenBekenPlug(new UriBuilder("http", config.Name, 80).Uri, clock, DialAsync);
    }

    /// <inheritdoc/>
    public event Action<ContactEdge>? Edge;

    /// <summary>Slot name.</summary>
    public string Name { get; }

    /// <summary>The plug.</summary>
    public VirtualPlug Model { get; }

    /// <summary>Its web server.</summary>
    public IPlug Web { get; }

    /// <summary>Photodiode on its LED.</summary>
    public IRelaySense Led => _led;

    /// <summary>Injector in place of its meter chip.</summary>
    public IPulseSource Pulses { get; }

    /// <summary>Its boot strap.</summary>
    public IStrap Strap { get; }

    /// <summary>Its console.</summary>
    public IConsolePort Console => _console;

    /// <inheritdoc/>
    public int UartBaud => 115_200;

    /// <inheritdoc/>
    public TimeSpan Resolution => TimeSpan.Zero;

    internal Radio Radio { get; }

    /// <inheritdoc/>
    public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        _on = state == PowerState.On;
        Model.SetPower(_on);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(_on ? PowerState.On : PowerState.Off);

    /// <inheritdoc/>
    public Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        Model.SetButton(pressed);
        return Task.FromResult(new ButtonEdge(_clock.Elapsed, pressed, TimeSpan.Zero));
    }

    /// <inheritdoc/>
    public async Task<TimeSpan?> EchoAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Model.Reachable && _answersEcho && !Radio.Loses() && !Radio.Loses())
        {
            return Radio.Flight * 2;
        }

        await SleepAsync(limit, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Connects to its web server.</summary>
    public async ValueTask<IPlugLink> DialAsync(CancellationToken cancellationToken)
    {
        for (TimeSpan again = FirstSyn; ; again *= 2)
        {
            if (Model.Reachable && !Radio.Loses() && !Radio.Loses())
            {
                SimulatedLink link = new(this, _clock);
                link.Server = Model.OpenConnection(link) ?? throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionRefused);
                return link;
            }

            await SleepAsync(again, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    Task<bool?> IButton.ReadAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(null);

    /// <inheritdoc/>
    Task<bool> IRelaySense.ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Model.ContactClosed);

    /// <inheritdoc/>
    Task<RailReading> IRailMonitor.ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Model.Rail);

    /// <inheritdoc/>
    public void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes) => _console.Say(bytes);

    /// <inheritdoc/>
    public void ContactChanged(TimeSpan at, bool closed) => Edge?.Invoke(new ContactEdge(at, closed));

    /// <inheritdoc/>
    public void LedChanged(TimeSpan at, bool lit) => _led.Tell(at, lit);

    /// <inheritdoc/>
    public void SelChanged(TimeSpan at, bool high)
    {
        // The injector of the simulation follows it inside the model.
    }

    /// <inheritdoc/>
    public void ReachableChanged(TimeSpan at, bool reachable)
    {
        _answersEcho = reachable;
        _broker.Reachable(this, reachable);
    }

    /// <inheritdoc/>
    public void ServiceChanged(TimeSpan at, PlugService service, bool answers)
    {
        if (service == PlugService.Echo)
        {
            _answersEcho = answers;
        }
        else
        {
            _broker.Deaf(this, !answers);
        }
    }

    /// <inheritdoc/>
    public void BrokerPathChanged(TimeSpan at, BrokerPath path) => _broker.Deaf(this, path != BrokerPath.Open);

    /// <inheritdoc/>
    public void LossChanged(TimeSpan at, double share) => Radio.ExtraLoss = share;

    /// <inheritdoc/>
    public void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions) => _broker.Connect(this);

    /// <inheritdoc/>
    public void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain) => _broker.Publish(this, topic, payload);

    /// <inheritdoc/>
    public void MqttDisconnect(TimeSpan at) => _broker.Disconnect(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A cancelled Task.Delay goes on in the thread pool; this one goes on in the event that cancels it.
    private async Task SleepAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        Signal over = new(_clock);
        using ITimer timer = _clock.CreateTimer(static s => ((Signal)s!).End(), over, duration, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration end = cancellationToken.UnsafeRegister(static s => ((Signal)s!).End(), over);
        await over.Task.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed class SimulatedLed(Func<bool> lit) : IRelaySense
    {
        public event Action<ContactEdge>? Edge;

        public TimeSpan Resolution => TimeSpan.Zero;

        public void Tell(TimeSpan at, bool on) => Edge?.Invoke(new ContactEdge(at, on));

        public Task<bool> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(lit());

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class SimulatedPulses(SimulatedPlug plug) : IPulseSource
    {
        private readonly double[] _hertz = new double[3];

        public PulseCapabilities Capabilities { get; } = new(0.1, 10_000, 1, 0, FollowsSel: true);

        public Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
        {
            _hertz[(int)channel] = frequency.Value;
            plug.Model.SetPulses(channel, frequency);
            return Task.CompletedTask;
        }

        public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken) =>
            Task.FromResult(new PulseReadback(new Hertz(_hertz[(int)channel]), Bl0937Model.PulseWidth, plug.Model.EmittedPulses(channel)));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class SimulatedStrap(SimulatedPlug plug) : IStrap
    {
        private bool _asserted;

        public Task SetAsync(bool asserted, CancellationToken cancellationToken)
        {
            _asserted = asserted;
            plug.Model.SetBoot(asserted);
            return Task.CompletedTask;
        }

        public Task<bool?> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(_asserted);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class SimulatedConsole : IConsolePort, ISerialPort
    {
        // Read inside the event that writes.
        private readonly Pipe _pipe = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));

        public string Path => "simulated";

        public PipeReader Input => _pipe.Reader;

        public bool HasModemLines => false;

        public bool CanSetBaud => true;

        public LineErrors Errors => default;

        public void Say(ReadOnlyMemory<byte> bytes)
        {
            ValueTask<FlushResult> said = _pipe.Writer.WriteAsync(bytes);
            if (!said.IsCompleted)
            {
                throw new InvalidOperationException("Nobody reads the simulated console.");
            }
        }

        public Task<ISerialPort> OpenAsync(CancellationToken cancellationToken) => Task.FromResult<ISerialPort>(this);

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => throw new NotSupportedException("A simulated console has no modem lines.");

        public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

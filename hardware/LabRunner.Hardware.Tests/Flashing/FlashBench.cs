using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Tests.Plug;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Host;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>A virtual plug behind a real PTY, with strap and power, and the flasher in front of it.</summary>
internal sealed class FlashBench : IPlugOutside, IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunningEngine _engine;
    private readonly Pty _pty;
    private readonly PtyPump _pump;

    public FlashBench(double scale = 4, int loaderLength = 40_000, string chip = "BL602", long flags = 1024)
    {
        _engine = new RunningEngine(scale);
        _pty = new Pty(_folder.File("p1.tty"));
        Plug = new VirtualPlug(
            new VirtualPlugConfig { Name = "p1", Chip = chip, Wiring = TestBoard.With(17), Template = TestBoard.With(17), Version = "1.18.158", Flags = flags },
            1,
            _engine.Engine,
            this);
        _pump = new PtyPump([(_pty, bytes => _engine.Engine.Post(() => Plug.UartReceived(bytes)))]);
        Strap = new Line(on => _engine.DoAsync(() => Plug.SetBoot(on)));
        ResetLine = new Line(on => _engine.DoAsync(() => Plug.SetReset(on)));
        Power = new Switch(on => _engine.DoAsync(() => Plug.SetPower(on)));
        Flasher = chip == "BL602"
            ? new Bl602Flasher(RamLoader.Read(RamLoader.Build(RamLoader.UsualAddress, new byte[loaderLength]), out _)!)
            : new Bk7231Flasher(ChipModels.Parse(chip));
    }

    public VirtualPlug Plug { get; }

    public Line Strap { get; }

    public Switch Power { get; }

    public IFlasher Flasher { get; set; }

    public Line ResetLine { get; }

    /// <summary>How the slot is wired; by default strap and power.</summary>
    public Func<FlashWiring, FlashWiring> Wire { get; set; } = wiring => wiring;

    public int UartBaud => _pty.Baud;

    /// <summary>Version that would boot now.</summary>
    public Task<string?> BootableAsync() => _engine.GetAsync(() => Plug.BootableVersion);

    public Task SetFaultsAsync(RomFaults faults) => _engine.DoAsync(() => Plug.RomFaults = faults);

    public Task<(long Received, long Sent, long Programmed, int Erases)> CountsAsync() =>
        _engine.GetAsync(() => (Plug.RomBytesReceived, Plug.RomBytesSent, Plug.RomBytesProgrammed, Plug.RomErases));

    /// <summary>Connects, flashes and leaves download mode, as the verb does.</summary>
    public async Task<FlashOutcome> FlashAsync(byte[] file, bool keepSettings = true, bool force = false, CancellationToken cancellationToken = default)
    {
        FlashRequest request = new() { Image = FirmwareImage.Recognise(file), KeepSettings = keepSettings, Force = force };
        return await WithSessionAsync(session => FlashJob.RunAsync(session, request, null, cancellationToken), cancellationToken);
    }

    public async Task<T> WithSessionAsync<T>(Func<IFlashSession, Task<T>> use, CancellationToken cancellationToken = default)
    {
        await using NativeTty tty = new(new ConsoleOptions { Path = _folder.File("p1.tty") }, new HarnessContext(_engine.Clock));
        await using ISerialPort port = await tty.OpenAsync(cancellationToken);
        FlashWiring wiring = Wire(new FlashWiring("p1", port, Strap, null, Power, _engine.Clock));
        await using IFlashSession session = await Flasher.ConnectAsync(wiring, cancellationToken);
        return await use(session);
    }

    /// <summary>Lets run time pass.</summary>
    public Task WaitAsync(TimeSpan runTime) => Task.Delay(runTime, _engine.Clock);

    /// <summary>Off and on, as after flashing.</summary>
    public async Task RestartAsync()
    {
        await Power.SwitchAsync(PowerState.Off, default);
        await Power.SwitchAsync(PowerState.On, default);
    }

    public void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes) => _pty.Write(bytes.Span);

    public void ContactChanged(TimeSpan at, bool closed)
    {
    }

    public void LedChanged(TimeSpan at, bool lit)
    {
    }

    public void SelChanged(TimeSpan at, bool high)
    {
    }

    public void ReachableChanged(TimeSpan at, bool reachable)
    {
    }

    public void ServiceChanged(TimeSpan at, PlugService service, bool answers)
    {
    }

    public void BrokerPathChanged(TimeSpan at, BrokerPath path)
    {
    }

    public void LossChanged(TimeSpan at, double share)
    {
    }

    public void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions)
    {
    }

    public void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain)
    {
    }

    public void MqttDisconnect(TimeSpan at)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _pump.Dispose();
        _pty.Dispose();
        _folder.Dispose();
    }

    internal sealed class Line(Func<bool, Task> set) : IStrap
    {
        public bool Asserted { get; private set; }

        public async Task SetAsync(bool asserted, CancellationToken cancellationToken)
        {
            await set(asserted);
            Asserted = asserted;
        }

        public Task<bool?> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(Asserted);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    internal sealed class Switch(Func<bool, Task> set) : IPowerSwitch
    {
        private PowerState _state = PowerState.Off;

        public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
        {
            await set(state == PowerState.On);
            _state = state;
        }

        public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(_state);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

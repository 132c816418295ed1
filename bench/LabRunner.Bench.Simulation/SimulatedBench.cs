using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation;

/// <summary>What a simulated night is made of.</summary>
public sealed record SimulationOptions
{
    /// <summary>The plugs, one a slot.</summary>
    public required IReadOnlyList<VirtualPlugConfig> Plugs { get; init; }

    /// <summary>Slot of the control plug; null without one.</summary>
    public string? Sentinel { get; init; }

    /// <summary>Cadences, debounces and ladder.</summary>
    public WatchPlan Watch { get; init; } = new();

    /// <summary>The Wi-Fi.</summary>
    public RadioQuality Radio { get; init; } = RadioQuality.Perfect;

    /// <summary>When the contacts may close, of every slot.</summary>
    public RelayRule RelayOn { get; init; }

    /// <summary>Seed of all randomness.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Folder for journal and consoles; null keeps neither.</summary>
    public string? RunFolder { get; init; }

    /// <summary>Wall time at run time zero.</summary>
    public DateTimeOffset Origin { get; init; } = new(2026, 1, 5, 20, 0, 0, TimeSpan.Zero);
}

/// <summary>
/// The bench as it is (watch, classifier, ledger, ladder, journal) over virtual plugs in the same process, on discrete-event time: a night in
/// seconds, exact, and the same for the same seed.
/// </summary>
public sealed class SimulatedBench : IAsyncDisposable
{
    private readonly SimulatedBroker _broker;

    private SimulatedBench(SimulatedTime time, LabClock clock, SimulatedBroker broker, VirtualAir air, IReadOnlyDictionary<string, SimulatedPlug> plugs, BenchSession session) =>
        (Time, Clock, _broker, Air, Plugs, Session) = (time, clock, broker, air, plugs, session);

    /// <summary>The events.</summary>
    public SimulatedTime Time { get; }

    /// <summary>The run's clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Access point, address, name and time servers of the bench.</summary>
    public VirtualAir Air { get; }

    /// <summary>By slot name.</summary>
    public IReadOnlyDictionary<string, SimulatedPlug> Plugs { get; }

    /// <summary>The bench.</summary>
    public BenchSession Session { get; }

    /// <summary>A plug with the usual pins; flag 2 is set, so that it publishes each minute.</summary>
    public static VirtualPlugConfig PlugNamed(string name, params VirtualFaultConfig[] faults)
    {
        Dictionary<int, string> board = new()
        {
            [2] = "Rel;1", [3] = "BL0937CF1;0", [14] = "BL0937CF;0", [17] = "Btn;1", [20] = "LED_n;1", [21] = "BL0937SEL;0",
        };
        return new VirtualPlugConfig
        {
            Name = name, Chip = "BL602", Wiring = board, Template = board, Version = "1.18.158", MqttClient = "obk_" + name, Flags = 1024 | 4, Faults = faults,
        };
    }

    /// <summary>Builds the bench and gives power to every slot; no time has passed then.</summary>
    public static async Task<SimulatedBench> OpenAsync(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SimulatedTime time = new(options.Origin);
        LabClock clock = LabClock.On(time, options.Origin);
        SimulatedBroker broker = new(clock);
        VirtualAir air = new(time.Engine);
        Dictionary<string, SimulatedPlug> plugs = options.Plugs.ToDictionary(
            p => p.Name, p => new SimulatedPlug(p, options.Seed, time, clock, broker, air, options.Radio), StringComparer.Ordinal);
        SourcePlace place = new("simulation", 1, 1);
        BoardDescription board = new("simulated", "Simulated plug", "BL602", new Dictionary<string, string>(), 17, 2, 0.1, 0.01, 1.5);
        SlotHardware[] slots =
        [
            .. options.Plugs.Select(p => Slot(
                new SlotEntry(
                    p.Name, new BoardFile(board, p.Flags, 115_200, "", "simulated.yaml"), p.Name == options.Sentinel, SlotSupply.Isolated3V3, false, false,
                    "simulated:80", p.MqttClient, new Dictionary<string, DriverEntry>(), place)
                {
                    RelayOn = options.RelayOn,
                },
                plugs[p.Name])),
        ];
        BenchSession session = await BenchSession.OpenAsync(
            new BenchSessionOptions
            {
                Inventory = new BenchInventory(
                    "simulation", "", "simulation", null, null, new MqttSection("simulated", 1883, null, null), new Dictionary<string, DriverEntry>(),
                    new Dictionary<string, FirmwareDescription>(), [.. slots.Select(s => s.Entry)])
                {
                    AccessPoint = new AccessPointSection(),
                },
                Plan = new Plan("simulation", "", "simulation", null, 1, TimeSpan.Zero, TimeSpan.FromHours(1), options.Watch, new LeakPlan(), new GoalPlan(), []),
                Slots = slots,
                Clock = clock,
                Seed = options.Seed,
                RunFolder = options.RunFolder ?? "",
                RunnerVersion = "simulation",
                KeepsNothing = options.RunFolder is null,
                Ear = broker.Ear,
            },
            CancellationToken.None).ConfigureAwait(false);
        air.Told = line => session.OnAccessLine(line.At, line.Text);
        return new SimulatedBench(time, clock, broker, air, plugs, session);
    }

    /// <summary>One plug with all its lines, without the watch and the rest of a bench: what is done to a slot by hand.</summary>
    /// <param name="config">The plug.</param>
    /// <param name="supply">How the slot says it is supplied.</param>
    /// <param name="seed">Seed of all randomness.</param>
    public static (SimulatedTime Time, LabClock Clock, SlotHardware Slot) Bare(VirtualPlugConfig config, SlotSupply supply = SlotSupply.Isolated3V3, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        DateTimeOffset origin = new(2026, 1, 5, 20, 0, 0, TimeSpan.Zero);
        SimulatedTime time = new(origin);
        LabClock clock = LabClock.On(time, origin);
        SimulatedPlug plug = new(config, seed, time, clock, new SimulatedBroker(clock), new VirtualAir(time.Engine), RadioQuality.Perfect);
        BoardDescription board = new("unknown", "Unknown board", config.Chip, new Dictionary<string, string>(), null, null, 0.13253012048, 0.0118577075, 1.5);
        SlotEntry entry = new(
            config.Name, new BoardFile(board, 1024, 2_000_000, "", "unknown.yaml"), false, supply, false, false, "simulated:80", null,
            new Dictionary<string, DriverEntry>(), new SourcePlace("simulation", 1, 1));
        return (time, clock, Slot(entry, plug) with { Pulses = plug.Pulses, Led = plug.Led, BootStrap = plug.Strap });
    }

    /// <summary>Lets run time pass.</summary>
    public void Run(TimeSpan duration) => Time.RunUntil(Time.Now + duration);

    /// <summary>Has something done at a run time, as an event.</summary>
    public void At(TimeSpan at, Action action) => Time.Schedule(at, action);

    /// <summary>Starts something that takes run time, now; its failure surfaces when <see cref="Run"/> has passed its end.</summary>
    public Task Do(Func<IBenchApi, Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Task? begun = null;
        Time.Schedule(Time.Now, () => begun = action(Session));
        Run(TimeSpan.Zero);
        return begun ?? Task.CompletedTask;
    }

    /// <summary>Stops or starts the broker.</summary>
    public void SwitchBroker(bool up) => _broker.Switch(up);

    /// <summary>Incidents of a slot so far.</summary>
    public IReadOnlyList<IncidentRecord> Incidents(string slot) => Session.GetIncidentsAsync(slot, TimeSpan.Zero, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Boots of a slot so far.</summary>
    public IReadOnlyList<BootRecord> Boots(string slot) => Session.GetBootsAsync(slot, TimeSpan.Zero, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Ends the night as completed: verdicts are written. The DUTs are not asked once more who they are, since that would take run time.</summary>
    public async Task FinishAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync().ConfigureAwait(false);
        await Session.FinishAsync("completed", now.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Session.DisposeAsync();

    private static SlotHardware Slot(SlotEntry entry, SimulatedPlug plug) => new()
    {
        Entry = entry, Power = plug, Button = plug, RelaySense = plug, Console = plug.Console, Rail = plug, Ping = plug,
        Plug = plug.Web, Dial = plug.DialAsync,
    };
}

using System.Collections.Concurrent;
using System.Device.Gpio;
using System.Globalization;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Composition;

/// <summary>
/// Builds the drivers that an inventory names. Resources (chips, buses) are built on first use and shared; disposing the composer closes
/// them after the slots. Thread safe: one resource that hangs while it is opened holds up only who needs it.
/// </summary>
public sealed class BenchComposer(BenchInventory inventory, DriverCatalogue catalogue, LabClock clock, string runFolder) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lock> _gates = [];
    private readonly ConcurrentDictionary<string, object> _resources = [];
    private readonly ConcurrentDictionary<string, GpioController> _controllers = [];
    private readonly List<SafetyInput> _safety = [];
    private INetworkActuator? _network;
    private IHeartbeat? _heartbeat;

    /// <summary>Builds the named slots with all their drivers.</summary>
    /// <param name="only">Slot names; null: all.</param>
    /// <exception cref="BenchFaultException">A device is missing or in use; nothing stays open.</exception>
    public async Task<IReadOnlyList<SlotHardware>> ComposeAsync(IReadOnlyCollection<string>? only)
    {
        List<SlotHardware> slots = [];
        try
        {
            foreach (SlotEntry entry in inventory.Slots.Where(s => only is null || only.Contains(s.Name)))
            {
                slots.Add(Compose(entry));
            }

            return slots;
        }
        catch
        {
            foreach (SlotHardware slot in slots)
            {
                await slot.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Builds the power switch of a slot alone, with the rules of its inventory, for the guard.</summary>
    public GuardedPower? ComposePower(SlotEntry entry) => ComposePower(entry, []);

    /// <summary>Builds the boot strap of a slot alone, released, for the guard; null where it has none.</summary>
    public IStrap? ComposeBootStrap(SlotEntry entry) => Part<IStrap>(entry, Contracts.BootStrap);

    /// <summary>Builds what disturbs the DUTs' network; it is this composer's and goes with it. Null where the bench has none.</summary>
    /// <exception cref="BenchFaultException">A program or right is missing.</exception>
    public INetworkActuator? ComposeNetwork() => inventory.Network is null ? null
        : _network ??= (INetworkActuator)catalogue.Create(inventory.Network, new Context(this, Contracts.Network, new Dictionary<string, string> { ["run"] = runFolder }));

    /// <summary>Builds the line to the watchdog relay, silent; it is this composer's and goes with it. Null where the bench has none.</summary>
    /// <exception cref="BenchFaultException">The line cannot be had.</exception>
    public IHeartbeat? ComposeHeartbeat() => inventory.Heartbeat is null ? null
        : _heartbeat ??= (IHeartbeat)catalogue.Create(inventory.Heartbeat, new Context(this, Contracts.Heartbeat, new Dictionary<string, string> { ["run"] = runFolder }));

    /// <summary>Builds the bench's safety inputs; they are this composer's and go with it.</summary>
    /// <exception cref="BenchFaultException">A line cannot be had.</exception>
    public IReadOnlyList<SafetyInput> ComposeSafety()
    {
        foreach ((string name, DriverEntry driver) in inventory.Safety)
        {
            Context context = new(this, name, new Dictionary<string, string> { ["run"] = runFolder });
            _safety.Add(new SafetyInput(name, (IRelaySense)catalogue.Create(driver, context)));
        }

        return _safety;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SafetyInput input in _safety)
        {
            await input.Chain.DisposeAsync().ConfigureAwait(false);
        }

        _safety.Clear();
        if (_heartbeat is not null)
        {
            await _heartbeat.DisposeAsync().ConfigureAwait(false);
        }

        if (_network is not null)
        {
            await _network.DisposeAsync().ConfigureAwait(false);
        }

        foreach (GpioController controller in _controllers.Values)
        {
            controller.Dispose();
        }

        foreach (object resource in _resources.Values)
        {
            await ((IAsyncDisposable)resource).DisposeAsync().ConfigureAwait(false);
        }

        _controllers.Clear();
        _resources.Clear();
    }

    private SlotHardware Compose(SlotEntry entry)
    {
        IRelaySense? relay = Part<IRelaySense>(entry, Contracts.RelaySense);
        IRailMonitor? rail = Part<IRailMonitor>(entry, Contracts.Rail);
        return new()
        {
            Entry = entry,
            Power = ComposePower(entry, Witnesses(relay, rail)),
            BootStrap = Part<IStrap>(entry, Contracts.BootStrap),
            Reset = Part<IStrap>(entry, Contracts.Reset),
            Button = Part<IButton>(entry, Contracts.Button),
            RelaySense = relay,
            Console = Part<IConsolePort>(entry, Contracts.Console),
            Pulses = Part<IPulseSource>(entry, Contracts.Pulses),
            Rail = rail,
            Meter = Part<IReferenceMeter>(entry, Contracts.Meter),
            PulseCounter = Part<IPulseCounter>(entry, Contracts.PulseCounter),
            Led = Part<IRelaySense>(entry, Contracts.Led),
            Temperature = Part<ITemperatureSensor>(entry, Contracts.Temperature),
            Ping = Part<IEchoProbe>(entry, Contracts.Ping),
            Reflash = entry.Recovery is null ? null : new SlotReflash(inventory, entry, clock, runFolder),
            Plug = entry.Http is null ? null : new OpenBekenPlug(entry.Http, clock, RequestLimits.Http(clock)),
        };
    }

    private GuardedPower? ComposePower(SlotEntry entry, IReadOnlyList<PowerWitness> witnesses) =>
        Part<IPowerSwitch>(entry, Contracts.Power) is { } power
            ? new GuardedPower(power, (PowerLimits)entry.Drivers[Contracts.Power].Options, $"slot {entry.Name}, {Contracts.Power}", clock, witnesses)
            : null;

    /// <summary>What sees a supply that should be off.</summary>
    private static List<PowerWitness> Witnesses(IRelaySense? relay, IRailMonitor? rail)
    {
        // A BL602 runs above 2.1 V; below 2.5 V a rail may be fed back through the UART's protection diodes.
        const double live = 2.5;
        List<PowerWitness> witnesses = [];
        if (relay is not null)
        {
            witnesses.Add(new("the relay sense", relay.ReadAsync));
        }

        if (rail is not null)
        {
            witnesses.Add(new("the rail monitor", async token => (await rail.ReadAsync(token).ConfigureAwait(false)).Voltage.Value > live));
        }

        return witnesses;
    }

    private T? Part<T>(SlotEntry entry, string contract)
        where T : class =>
        entry.Drivers.TryGetValue(contract, out DriverEntry? driver)
            ? (T)catalogue.Create(driver, new Context(this, $"slot {entry.Name}, {contract}", Facts(entry)))
            : null;

    private Dictionary<string, string> Facts(SlotEntry entry)
    {
        Dictionary<string, string> facts = new()
        {
            ["slot"] = entry.Name,
            ["board"] = entry.Board.Description.Name,
            ["baud"] = entry.Board.ConsoleBaud.ToString(CultureInfo.InvariantCulture),
            ["run"] = runFolder,
        };
        if (entry.KeepPower)
        {
            facts["keepPower"] = "true";
        }

        if (entry.Http is { } http)
        {
            facts["http"] = http;
            facts["host"] = http[..http.LastIndexOf(':')];
            facts["port"] = http[(http.LastIndexOf(':') + 1)..];
        }

        if (entry.MqttClient is { } client)
        {
            facts["mqtt"] = client;
        }

        if (entry.Drivers.TryGetValue(Contracts.Console, out DriverEntry? console)
            && console.Options.GetType().GetProperty("Path")?.GetValue(console.Options) is string path)
        {
            facts["console"] = path;
        }

        return facts;
    }

    private T Resource<T>(string place, string name)
        where T : class
    {
        if (!inventory.Resources.TryGetValue(name, out DriverEntry? entry))
        {
            throw new BenchFaultException(FaultKind.Configuration, place, $"no resource is called '{name}'", "Declare it under resources: in the inventory");
        }

        object? offered;
        lock (_gates.GetOrAdd(name, static _ => new Lock()))
        {
            object resource = _resources.GetOrAdd(
                name, _ => catalogue.Create(entry, new Context(this, $"resource {name}", new Dictionary<string, string> { ["run"] = runFolder })));
            offered = resource switch
            {
                T itself => itself,
                IGpioChip chip when typeof(T) == typeof(GpioController) => _controllers.GetOrAdd(name, _ => new GpioController(chip.Driver)),
                IGpioChip { Driver: T driver } => driver,
                _ => null,
            };
        }

        return offered as T ?? throw new BenchFaultException(
            FaultKind.Configuration, place, $"resource '{name}' ({entry.Word}) is no {typeof(T).Name}", "Name a resource of the right kind");
    }

    private sealed class Context(BenchComposer composer, string place, IReadOnlyDictionary<string, string> facts) : IDriverContext
    {
        public string Place => place;

        public LabClock Clock => composer.Clock;

        public IReadOnlyDictionary<string, string> Facts => facts;

        public T Resource<T>(string name)
            where T : class => composer.Resource<T>(place, name);
    }

    private LabClock Clock => clock;
}

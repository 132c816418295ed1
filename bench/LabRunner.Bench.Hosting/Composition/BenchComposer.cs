using System.Collections.Concurrent;
using System.Device.Gpio;
using System.Globalization;
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

    /// <summary>Builds the power switch of a slot alone, for the guard.</summary>
    public IPowerSwitch? ComposePower(SlotEntry entry) => Part<IPowerSwitch>(entry, Contracts.Power);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
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

    private SlotHardware Compose(SlotEntry entry) => new()
    {
        Entry = entry,
        Power = ComposePower(entry),
        BootStrap = Part<IStrap>(entry, Contracts.BootStrap),
        Reset = Part<IStrap>(entry, Contracts.Reset),
        Button = Part<IButton>(entry, Contracts.Button),
        RelaySense = Part<IRelaySense>(entry, Contracts.RelaySense),
        Console = Part<IConsolePort>(entry, Contracts.Console),
        Pulses = Part<IPulseSource>(entry, Contracts.Pulses),
        Rail = Part<IRailMonitor>(entry, Contracts.Rail),
        Ping = Part<IEchoProbe>(entry, Contracts.Ping),
        Plug = entry.Http is null ? null : new OpenBekenPlug(entry.Http, clock, RequestLimits.Http(clock)),
    };

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

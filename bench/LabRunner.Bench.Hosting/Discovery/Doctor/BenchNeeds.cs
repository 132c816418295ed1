using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.I2c;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Drivers.Pwm;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Discovery.Doctor;

/// <summary>A slot whose DUT is flashed by a program of others.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Flasher">Its flasher.</param>
public sealed record FlasherNeed(string Slot, FlasherDefinition Flasher);

/// <summary>What an inventory needs of the machine. Of a virtual bench's own parts nothing is needed.</summary>
/// <param name="Bench">Bench name, null where no inventory was named.</param>
/// <param name="GpioLabels">Labels of GPIO chips.</param>
/// <param name="GpioPaths">Nodes of GPIO chips given by path.</param>
/// <param name="Consoles">Console paths by slot.</param>
/// <param name="PwmChips">PWM chips as the inventory names them.</param>
/// <param name="I2cBuses">Bus numbers.</param>
/// <param name="Icmp">Slots are pinged.</param>
/// <param name="MqttHost">Broker, null without.</param>
/// <param name="MqttPort">Its port.</param>
/// <param name="Web">Slots have a web page, which suite S18 opens in a browser.</param>
public sealed record BenchNeeds(
    string? Bench, IReadOnlyList<string> GpioLabels, IReadOnlyList<string> GpioPaths, IReadOnlyDictionary<string, string> Consoles,
    IReadOnlyList<string> PwmChips, IReadOnlyList<int> I2cBuses, bool Icmp, string? MqttHost, int MqttPort, bool Web)
{
    /// <summary>No inventory: what a virtual bench needs, which every machine has.</summary>
    public static BenchNeeds None { get; } = new(null, [], [], new Dictionary<string, string>(), [], [], false, null, 0, false);

    /// <summary>Flashing programs of others that slots name.</summary>
    public IReadOnlyList<FlasherNeed> Flashers { get; init; } = [];

    /// <summary>Whether a GPIO chip is needed.</summary>
    public bool Gpio => GpioLabels.Count + GpioPaths.Count > 0;

    /// <summary>Reads them from an inventory.</summary>
    public static BenchNeeds Of(BenchInventory inventory)
    {
        object[] resources = [.. inventory.Resources.Values.Select(resource => resource.Options)];
        return new(
            inventory.Name,
            [.. resources.Select(options => options switch { CdevGpioChipOptions chip => chip.Label, LibGpiodChipOptions chip => chip.Label, _ => null }).OfType<string>()],
            [.. resources.OfType<CdevGpioChipOptions>().Where(chip => chip.Label is null).Select(chip => chip.Path).OfType<string>()],
            inventory.Slots.Where(slot => slot.Drivers.ContainsKey(Contracts.Console))
                .Select(slot => (slot.Name, Path: (slot.Drivers[Contracts.Console].Options as ConsoleOptions)?.Path))
                .Where(console => console.Path is not null && !Placeholder(console.Path)).ToDictionary(console => console.Name, console => console.Path!),
            [.. resources.OfType<SysfsPwmChipOptions>().Select(chip => chip.Chip)],
            [.. resources.OfType<LinuxI2cBusOptions>().Select(bus => bus.Bus)],
            inventory.Slots.Any(slot => slot.Drivers.Values.Any(driver => driver.Options is IcmpEchoOptions)),
            inventory.Mqtt is { } mqtt && !Placeholder(mqtt.Host) ? mqtt.Host : null, inventory.Mqtt?.Port ?? 0,
            inventory.Slots.Any(slot => slot.Http is not null))
        {
            Flashers = [.. inventory.Slots.Where(slot => slot.Flasher is not null).Select(slot => new FlasherNeed(slot.Name, slot.Flasher!))],
        };
    }

    private static bool Placeholder(string text) => text.Contains("${", StringComparison.Ordinal);
}

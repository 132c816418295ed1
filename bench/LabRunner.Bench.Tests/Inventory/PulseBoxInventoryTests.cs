using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>A pulse box that two slots share, as the inventory declares it.</summary>
public sealed class PulseBoxInventoryTests
{
    private const string TwoPlugs =
        """
        bench: box
        resources:
          box-1: { kind: pulseBox, driver: serial, path: /dev/ttyUSB7 }
        slots:
          p1: { board: sm-028-v1.3-b4, supply: isolated-3v3, pulses: { driver: pulse-box, box: box-1, plug: 0 } }
          p2: { board: sm-028-v1.3-b4, supply: isolated-3v3, pulses: { driver: pulse-box, box: box-1, plug: 1 } }
        """;

    [Test]
    public async Task Compose_TwoSlots_ShareTheBoxAndNeedItNotBeThereYet()
    {
        await using BenchComposer composer = new(Load(TwoPlugs), new DriverCatalogue(), LabClock.Start(), "run");
        IReadOnlyList<SlotHardware> slots = await composer.ComposeAsync(null);
        Assert.That(slots.Select(slot => slot.Pulses), Has.Exactly(2).With.Property(nameof(IPulseSource.Capabilities)).With.Property(nameof(PulseCapabilities.Faults)).True);
        foreach (SlotHardware slot in slots)
        {
            await slot.DisposeAsync();
        }
    }

    [TestCase("plug: 1", "plug: 0", "plug '0' of 'box-1' of 'pulses' of slot 'p2' is already used by 'pulses' of slot 'p1'")]
    [TestCase("plug: 1", "plug: 2", "'plug' is '2', out of range. Write 0 to 1.")]
    [TestCase("box: box-1, plug: 1", "box: box-2, plug: 1", "unknown resource of kind pulseBox 'box-2'. Write 'box-1'.")]
    public void Load_Mistake_IsNamedWithItsRemedy(string right, string wrong, string message) =>
        Assert.That(
            () => Load(TwoPlugs.Replace(right, wrong, StringComparison.Ordinal)), Throws.TypeOf<FileProblemsException>().With.Message.Contains(message));

    private static BenchInventory Load(string text) => InventoryLoader.LoadText("box.yaml", text, new DriverCatalogue(), null, BenchFolders.Find().Boards);
}

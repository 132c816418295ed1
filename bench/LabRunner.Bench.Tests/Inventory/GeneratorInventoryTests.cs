using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>A function generator whose outputs feed two slots, as the inventory declares it.</summary>
public sealed class GeneratorInventoryTests
{
    private const string TwoPlugs =
        """
        bench: generator
        resources:
          gen: { kind: scpi, driver: tcp, address: "192.168.4.41:5025" }
          pi: { kind: gpio, driver: cdev, label: pinctrl-rp1 }
        slots:
          p1: { board: sm-028-v1.3-b4, supply: isolated-3v3, pulses: { driver: scpi, bus: gen, cf: 1 } }
          p2: { board: sm-028-v1.3-b4, supply: isolated-3v3, pulses: { driver: scpi, bus: gen, cf: 2 } }
        """;

    [Test]
    public void Load_AnOutputEach_IsTaken() => Assert.That(Load(TwoPlugs).Slots, Has.Count.EqualTo(2));

    [TestCase("cf: 2", "cf: 1", "output '1' of 'gen' of 'pulses' of slot 'p2' is already used by 'pulses' of slot 'p1'")]
    [TestCase("cf: 2", "cf: 9", "'cf' is '9', out of range. Write 1 to 8.")]
    [TestCase("bus: gen, cf: 2", "bus: pi, cf: 2", "the resource 'pi' is of kind gpio, needed is scpi. Known are gen.")]
    public void Load_Mistake_IsNamedWithItsRemedy(string right, string wrong, string message) =>
        Assert.That(() => Load(TwoPlugs.Replace(right, wrong, StringComparison.Ordinal)), Throws.TypeOf<FileProblemsException>().With.Message.Contains(message));

    private static BenchInventory Load(string text) => InventoryLoader.LoadText("generator.yaml", text, new DriverCatalogue(), null, BenchFolders.Find().Boards);
}

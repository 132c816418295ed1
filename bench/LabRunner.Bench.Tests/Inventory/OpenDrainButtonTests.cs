using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>A line of the bench on the button's own pin, as 'bench check' sees it.</summary>
public sealed class OpenDrainButtonTests
{
    private const string Mains =
        """
        bench: lab
        resources:
          pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
        slots:
          p1:
            board: cb2s
            supply: mains
            button: { driver: gpio, chip: pi, line: GPIO24, drive: openDrain }
        """;

    [Test]
    public void Load_OnMains_IsRefused() =>
        Assert.That(
            () => Load(Mains),
            Throws.TypeOf<FileProblemsException>().With.Message.Contains(
                "8:13: slot 'p1' is on mains and has 'button' with drive: openDrain without isolation. Write 'isolated: true' if its line passes an isolator rated for mains, or 'supply: isolated-3v3' if no mains is present."));

    [TestCase("supply: mains", "supply: isolated-3v3")]
    [TestCase("supply: mains", "supply: mains\n    isolated: true")]
    [TestCase("drive: openDrain", "drive: opto")]
    [TestCase("drive: openDrain", "drive: relay")]
    public void Load_IsolatedOneWayOrTheOther_IsTaken(string from, string to) =>
        Assert.That(Load(Mains.Replace(from, to, StringComparison.Ordinal)).Slots, Has.Count.EqualTo(1));

    private static BenchInventory Load(string text) => InventoryLoader.LoadText("lab.yaml", text, new DriverCatalogue(), null, BenchFolders.Find().Boards);
}

using System.Reflection;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Hardware.Catalogue;

namespace LabRunner.Bench.Tests.Conventions;

/// <summary>What the catalogue finds by reflection keeps the promises that the README makes for every driver.</summary>
public sealed class CatalogueTests
{
    private static readonly DriverCatalogue Catalogue = new();

    private static IEnumerable<CatalogueEntry> Entries() => Catalogue.Entries;

    private static IEnumerable<string> Inventories() => Directory.EnumerateFiles(BenchFolders.Find().Inventory, "*.yaml");

    private static IEnumerable<string> PlanFiles() => Directory.EnumerateFiles(BenchFolders.Find().Plans, "*.yaml");

    [TestCase(Contracts.Power)]
    [TestCase(Contracts.BootStrap)]
    [TestCase(Contracts.Reset)]
    [TestCase(Contracts.Button)]
    [TestCase(Contracts.RelaySense)]
    [TestCase(Contracts.Pulses)]
    public void EveryActingContract_HasACommandDriver(string contract) =>
        Assert.That(Catalogue.Entries.Where(e => e.Contract == contract).Select(e => e.Word), Does.Contain("command"));

    [TestCaseSource(nameof(Entries))]
    public void EveryOption_SaysWhatItMeans(CatalogueEntry entry) =>
        Assert.That(
            entry.Options.GetProperties().Where(p => p.CanWrite && p.GetCustomAttribute<System.ComponentModel.DescriptionAttribute>() is null).Select(p => p.Name),
            Is.Empty);

    [TestCaseSource(nameof(Inventories))]
    public void EveryInventory_HoldsWithTheRealDrivers(string file)
    {
        BenchInventory inventory = InventoryLoader.Load(file, Catalogue, null, BenchFolders.Find().Boards);

        Assert.That(inventory.Slots, Is.Not.Empty);
    }

    [TestCaseSource(nameof(PlanFiles))]
    public void EveryPlan_Holds(string file) =>
        Assert.That(PlanLoader.Load(file, BenchFolders.Find().Plans).Suites, Is.Not.Empty);
}

using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class BenchFoldersTests
{
    [Test]
    public void Find_BelowTheRepository_FindsIt()
    {
        BenchFolders found = BenchFolders.Find(null, "/", Path.Combine(DataFiles.Folders.Home, "bench", "plans"));
        Assert.That(found, Is.EqualTo(DataFiles.Folders));
    }

    [Test]
    public void Find_HomeGiven_IsTaken() =>
        Assert.That(BenchFolders.Find(DataFiles.Folders.Home, "/").Boards, Is.EqualTo(Path.Combine(DataFiles.Folders.Home, "hardware", "boards")));

    [Test]
    public void Find_Nowhere_SaysWhatWasLookedFor()
    {
        BenchFaultException failure = Assert.Throws<BenchFaultException>(() => BenchFolders.Find(null, "/"))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure.Kind, Is.EqualTo(FaultKind.Configuration));
            Assert.That(failure.Message, Does.Contain("bench/inventory, bench/plans and hardware/boards").And.Contain("LABRUNNER_HOME"));
        }
    }

    [Test]
    public void Find_WrongHome_SaysWhatIsMissing() =>
        Assert.That(
            () => BenchFolders.Find("/proc", DataFiles.Folders.Home),
            Throws.InstanceOf<BenchFaultException>().With.Message.Contains("LABRUNNER_HOME=/proc: there is no folder /proc/bench/inventory"));

    [TestCase("virtual", true)]
    [TestCase("virtual.yaml", false)]
    [TestCase("some/virtual", false)]
    public void InventoryFile_NameOrPath_IsToldApart(string text, bool isName) =>
        Assert.That(
            DataFiles.Folders.InventoryFile(text), Is.EqualTo(isName ? Path.Combine(DataFiles.Folders.Inventory, text + ".yaml") : text));
}

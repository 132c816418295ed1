using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>The recovery image on a virtual plug behind its real PTY, and images that cannot be one.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.Self)]
public sealed class SlotReflashTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recovery-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task ErasedPlug_IsWrittenAndBootsItsRecoveryImage()
    {
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 8, _ => { }, default);
        SlotReflash recovery = new(bench.Inventory, Slot(bench, VirtualImages.WholeFlash("1.18.200")), bench.Clock, bench.Folder);
        await FlashHand.WithChipAsync(
            bench, null, null, false, _ => { },
            async session =>
            {
                await session.EraseAsync(0, 65_536, null, default);
                return true;
            },
            default);
        await Assert.ThrowsAsync<FlashFailedException>(() => FlashHand.BootAsync(bench, null, default), "with its header erased it boots nothing");

        string done = await recovery.RunAsync(bench.Slot, bench.Interlocks, default);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(done, Does.StartWith("recovery.bin (1.18.200) written over the UART"));
            Assert.That(await FlashHand.BootAsync(bench, "1.18.200", default), Does.Contain("1.18.200"));
            Assert.That(File.Exists(Path.Combine(bench.Folder, "artifacts", "reflash-p1", "flash-trace.txt")), Is.True);
        }
    }

    [Test]
    public async Task ImageThatCannotBe_IsToldWhenTheBenchIsBuilt()
    {
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 8, _ => { }, default);
        SlotEntry ota = Slot(bench, VirtualImages.Ota("1.18.200"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new SlotReflash(bench.Inventory, ota, bench.Clock, _folder), Throws.TypeOf<BenchFaultException>().With.Message.Contains("goes over the network"));
            Assert.That(
                () => new SlotReflash(bench.Inventory, ota with { Recovery = Path.Combine(_folder, "none.bin") }, bench.Clock, _folder),
                Throws.TypeOf<BenchFaultException>().With.Message.Contains("slot p1, recovery").And.Message.Contains("none.bin"));
        }
    }

    private SlotEntry Slot(HandBench bench, byte[] image)
    {
        string file = Path.Combine(_folder, "recovery.bin");
        File.WriteAllBytes(file, image);
        return bench.Slot.Entry with { Recovery = file };
    }
}

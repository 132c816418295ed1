using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>Flashing and updating by hand, on virtual plugs behind their real PTYs and sockets.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class FlashHandTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hand").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Flash_WholeImage_IsVerifiedBootsAndIsOffAtTheEnd()
    {
        FirmwareImage image = FirmwareImage.Recognise(VirtualImages.WholeFlash("1.18.200"));
        List<string> said = [];
        await using (HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 4, said.Add, default))
        {
            FlashOutcome outcome = await FlashHand.FlashAsync(
                bench, null, null, new FlashRequest { Image = image }, said.Add, null, default);
            string banner = await FlashHand.BootAsync(bench, image.Version, default);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(outcome.BytesWritten, Is.GreaterThan(300_000));
                Assert.That(banner, Does.Contain("1.18.200"));
                Assert.That(await bench.Slot.BootStrap!.ReadAsync(default), Is.Not.True, "BOOT is released");
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Has.Some.Match("Loader .* SHA-256 [0-9a-f]{64}"));
            Assert.That(File.ReadLines(Path.Combine(_folder, "run", "flash-trace.txt")).Take(3), Has.Some.Contains("= 500000 baud"));
        }
    }

    [Test]
    public async Task WithChip_NoLoader_SaysWhereVendorsShipIt()
    {
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 1, _ => { }, default);
        UsageException? wrong = await Assert.ThrowsAsync<UsageException>(
            () => FlashHand.WithChipAsync(bench, " ", null, false, _ => { }, _ => Task.FromResult(true), default));
        Assert.That(wrong!.Message, Does.Contain("eflash_loader").And.Contain("--loader"));
    }

    [Test]
    public async Task WithChip_LoaderIsSomethingElse_IsRefused()
    {
        string file = Path.Combine(_folder, "loader.bin");
        await File.WriteAllBytesAsync(file, new byte[500]);
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 1, _ => { }, default);
        UsageException? wrong = await Assert.ThrowsAsync<UsageException>(
            () => FlashHand.WithChipAsync(bench, file, null, false, _ => { }, _ => Task.FromResult(true), default));
        Assert.That(wrong!.Message, Does.Contain("no program for the BL602's RAM"));
    }

    [Test]
    public async Task Ota_GoodFile_BootsItAndKeepsSettings()
    {
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 8, _ => { }, default);
        List<string> said = [];
        OtaOutcome outcome = await OtaHand.RunAsync(bench, VirtualImages.Ota("1.18.210"), OtaSending.Plain, said.Add, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Before, Does.Contain("1.18.158"));
            Assert.That(outcome.After, Does.Contain("1.18.210"));
            Assert.That(outcome.Differences, Is.Empty);
            Assert.That(said, Has.Some.Contains("status line \"HTTP/1.1 200 OK\""));
        }
    }

    [Test]
    public async Task Ota_AbortedInTheMiddle_OldFirmwareIsUpWithItsSettings()
    {
        List<string> said = [];
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 8, _ => { }, default);
        OtaSending sending = new() { AbortAt = OtaPoint.AtPercent(50), AbortBy = OtaAbort.Rst, BytesPerSecond = 128_000 };
        OtaOutcome outcome = await OtaHand.RunAsync(bench, VirtualImages.Ota("1.18.210"), sending, said.Add, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.After, Is.EqualTo(outcome.Before));
            Assert.That(outcome.Reply.Aborted, Is.True);
            Assert.That(outcome.Differences, Is.Empty);
            Assert.That(said, Has.Some.Contains("on purpose (RST)"));
        }
    }

    [Test]
    public async Task Ota_BrokenFile_FailsWithTheDevicesWords()
    {
        await using HandBench bench = await HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 8, _ => { }, default);
        byte[] broken = OtaForge.Make(VirtualImages.Ota("1.18.210").AsSpan(OtaImage.HeaderLength), OtaBreak.Hash, packing: "RAW");
        OtaFailedException? failed = await Assert.ThrowsAsync<OtaFailedException>(() => OtaHand.RunAsync(bench, broken, OtaSending.Plain, _ => { }, default));
        Assert.That(failed!.Message, Does.Contain("SHA256 NOT Correct"));
    }

    [TestCase("virtual", "p1", ChipFamily.Bk7231, "slot p1 has a BL602")]
    [TestCase("virtual-chips", "n1", ChipFamily.Bl602, "slot n1 has a BK7231N")]
    public async Task Ota_FileOfAnotherChip_IsRefusedBeforeThePlugIsTouched(string inventory, string slot, ChipFamily chip, string said)
    {
        byte[] file = chip == ChipFamily.Bl602 ? VirtualImages.Ota("1.18.210") : [.. "RBL\0"u8, .. new byte[4096]];
        OtaOrder order = new() { Image = FirmwareImage.Recognise(file), Name = "update" };
        await using HandBench bench = await HandBench.OpenAsync(inventory, slot, Path.Combine(_folder, "run"), 8, _ => { }, default);
        OtaRefusedException? refused = await Assert.ThrowsAsync<OtaRefusedException>(() => OtaWork.RunAsync(bench, order, _ => { }, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused!.Message, Does.Contain(said).And.Contain("--anyway"));
            Assert.That(await bench.Slot.Power!.ReadStateAsync(default), Is.EqualTo(PowerState.Off));
            Assert.That(OtaWork.Refusal(order with { Anyway = true }, bench.Slot.Entry), Is.Null);
        }
    }
}

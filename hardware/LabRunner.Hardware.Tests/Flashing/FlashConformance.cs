using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>What flashing promises whatever the chip: nothing false is said, and whatever went wrong, the plug can be flashed again.</summary>
public abstract class FlashConformance
{
    [Test]
    public async Task Flash_SameAgain_WritesNothing()
    {
        await using FlashBench bench = Bench();
        byte[] image = Image("1.18.200");
        await bench.FlashAsync(image);
        FlashOutcome again = await bench.FlashAsync(image);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.BytesWritten, Is.Zero);
            Assert.That(again.RegionsSame, Is.EqualTo(again.Regions));
        }
    }

    [Test]
    public async Task Flash_BitWrongInFlash_IsNeverASuccess()
    {
        await using FlashBench bench = Bench();
        await bench.SetFaultsAsync(new RomFaults { FlipProgrammedByte = 70_000 });
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.FlashAsync(Image("1.18.205")));
        Assert.That(failed!.Stage, Is.EqualTo("verify"));
        await AgainAsync(bench, "1.18.205");
    }

    [Test]
    public async Task Flash_Cancelled_ReleasesBootAndCanBeFlashedAgain()
    {
        await using FlashBench bench = Bench();
        using CancellationTokenSource stop = new();
        FlashRequest request = new() { Image = FirmwareImage.Recognise(Image("1.18.207")) };
        await Assert.CatchAsync<OperationCanceledException>(
            () => bench.WithSessionAsync(s => FlashJob.RunAsync(s, request, new AtWrite(50_000, stop.Cancel), stop.Token), stop.Token));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Strap.Asserted, Is.False);
            Assert.That(await bench.BootableAsync(), Is.Null, "half a firmware does not boot");
        }

        await AgainAsync(bench, "1.18.207");
    }

    /// <summary>An E-stop as it is in copper: the supply goes away under the session, whoever still talks.</summary>
    [Test]
    public async Task Flash_SupplyCutInTheMiddle_FailsAndCanBeFlashedAgain()
    {
        await using FlashBench bench = Bench(scale: 40);
        FlashRequest request = new() { Image = FirmwareImage.Recognise(Image("1.18.209")) };
        Task? cut = null;
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(
            () => bench.WithSessionAsync(s => FlashJob.RunAsync(s, request, new AtWrite(50_000, () => cut ??= bench.CutAsync()), default)));
        await cut!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.LinkLost, Is.True, failed.Message);
            Assert.That(bench.Strap.Asserted, Is.False);
            Assert.That(await bench.BootableAsync(), Is.Null);
        }

        await AgainAsync(bench, "1.18.209");
    }

    [TestCase("other family")]
    [TestCase("damaged")]
    [TestCase("noise")]
    public async Task Flash_ImageThatIsNone_IsRefusedBeforeAnythingIsErased(string kind)
    {
        byte[] file = kind == "other family" ? OtherFamily : kind == "noise" ? Images.ImageFiles.Bytes(300_000, "noise") : Image("1.18.206");
        if (kind == "damaged")
        {
            file[^2000] ^= 1;
        }

        await RefusedAsync(file);
    }

    /// <summary>A plug of the chip.</summary>
    private protected abstract FlashBench Bench(double scale = 4);

    /// <summary>Firmware for it, as it is flashed.</summary>
    private protected abstract byte[] Image(string version);

    /// <summary>A sound image for other chips.</summary>
    private protected abstract byte[] OtherFamily { get; }

    /// <summary>Refused as an image, with nothing erased and the old firmware in place.</summary>
    private protected async Task RefusedAsync(byte[] file)
    {
        await using FlashBench bench = Bench();
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.FlashAsync(file));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("image"));
            Assert.That((await bench.CountsAsync()).Erases, Is.Zero);
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.158"));
        }
    }

    private async Task AgainAsync(FlashBench bench, string version)
    {
        await bench.SetFaultsAsync(new RomFaults());
        await bench.FlashAsync(Image(version));
        await bench.RestartAsync();
        Assert.That(await bench.BootableAsync(), Is.EqualTo(version));
    }

    /// <summary>Does something once so many bytes are written.</summary>
    private sealed class AtWrite(long bytes, Action act) : IProgress<FlashProgress>
    {
        public void Report(FlashProgress value)
        {
            if (value.Step == "write" && value.Done > bytes)
            {
                act();
            }
        }
    }
}

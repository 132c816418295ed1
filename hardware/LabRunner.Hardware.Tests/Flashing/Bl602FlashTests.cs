using System.Collections.Concurrent;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Images;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

[TestFixture]
public sealed class Bl602FlashTests : FlashConformance
{
    private static byte[] NewFirmware(string version)
    {
        byte[] whole = VirtualFirmwareImage.BuildWholeFlash(version);
        BootHeader header = BootHeader.Read(whole.AsSpan(0x10000), out _)!;
        return whole[0x10000..(0x11000 + header.CodeLength)];
    }

    [Test]
    public async Task Flash_Firmware_IsVerifiedAndBoots()
    {
        await using FlashBench bench = new();
        FlashOutcome outcome = await bench.FlashAsync(NewFirmware("1.18.200"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.200"));
            Assert.That(outcome.Chip.FlashBytes, Is.EqualTo(2 << 20));
            Assert.That(outcome.Chip.ChipId, Does.StartWith("18:B9:05:"));
            Assert.That(outcome.Chip.Baud, Is.EqualTo(2_000_000));
            Assert.That(outcome.BytesWritten, Is.GreaterThan(300_000));
            Assert.That(bench.Strap.Asserted, Is.False, "BOOT is released");
        }
    }

    [Test]
    public async Task Flash_WholeImageKeepingSettings_LeavesThemAlone()
    {
        await using FlashBench bench = new();
        byte[] settings = await bench.WithSessionAsync(s => s.ReadAsync(0x1E9000, 64, null, default));
        await bench.FlashAsync(VirtualFirmwareImage.BuildWholeFlash("1.18.201"));
        byte[] kept = await bench.WithSessionAsync(s => s.ReadAsync(0x1E9000, 64, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.201"));
            Assert.That(kept, Is.EqualTo(settings));
            Assert.That(settings.AsSpan().IndexOfAnyExcept((byte)0xFF), Is.Zero, "there were settings to keep");
        }
    }

    [Test]
    public async Task Flash_BareCode_TakesTheHeaderOfTheChip()
    {
        await using FlashBench bench = new();
        byte[] bare = NewFirmware("1.18.202")[0x1000..];
        Assert.That(FirmwareImage.Recognise(bare).Kind, Is.EqualTo(ImageKind.Bl602BareCode));
        await bench.FlashAsync(bare);
        Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.202"));
    }

    [Test]
    public async Task Flash_SmallOldLoader_WorksWithoutBusyAnswers()
    {
        await using FlashBench bench = new(loaderLength: 21_872);
        await bench.FlashAsync(NewFirmware("1.18.203"));
        Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.203"));
    }

    [Test]
    public async Task Flash_LoaderTooSlowForTwoMegabaud_FallsBack()
    {
        await using FlashBench bench = new();
        bench.Flasher = new Bl602Flasher(RamLoader.Read(RamLoader.Build(RamLoader.UsualAddress, new byte[40_000]), out _)!, [1_152_000, 460_800]);
        ChipIdentity chip = await bench.WithSessionAsync(s => Task.FromResult(s.Chip));
        Assert.That(chip.Baud, Is.EqualTo(460_800), "1,152,000 cannot be measured by the loader");
    }

    [Test]
    public async Task Flash_SilentRom_SaysWhatToCheckAndReleasesBoot()
    {
        await using FlashBench bench = new();
        await bench.SetFaultsAsync(new RomFaults { Silent = true });
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.FlashAsync(NewFirmware("1.18.204")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("sync"));
            Assert.That(failed.Message, Does.Contain("BOOT").And.Contain("TX and RX"));
            Assert.That(bench.Strap.Asserted, Is.False);
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.158"), "nothing was touched");
        }
    }

    [TestCase("ota")]
    [TestCase("loader")]
    public Task Flash_WrongImage_IsRefusedBeforeAnythingIsErased(string kind) =>
        RefusedAsync(kind == "ota" ? VirtualFirmwareImage.Build("1.18.206") : RamLoader.Build(RamLoader.UsualAddress, new byte[1000]));

    [Test]
    public async Task Connect_ByteLostWhileTheLoaderIsSent_LoadsAgain()
    {
        await using FlashBench bench = new();
        await bench.SetFaultsAsync(new RomFaults { DropReceivedByte = 20_000 });
        byte[] read = await bench.WithSessionAsync(session => session.ReadAsync(0, 176, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BootHeader.Begins(read), Is.True);
            Assert.That((await bench.CountsAsync()).Received, Is.GreaterThan(60_000), "most of the loader's 40,000 bytes went twice");
        }
    }

    [Test]
    public async Task Write_WithoutErase_IsSeenByTheHash()
    {
        await using FlashBench bench = new();
        byte[] data = ImageFiles.Bytes(4096, "over");
        await bench.WithSessionAsync(async session =>
        {
            await session.WriteAsync(0x11000, data, null, default);
            Assert.That(await session.HoldsAsync(0x11000, data, null, default), Is.False);
            return true;
        });
    }

    [Test]
    public async Task Erase_LastByteOfAWholeSector_LeavesTheNextSectorAlone()
    {
        await using FlashBench bench = new();
        await bench.WithSessionAsync(async session =>
        {
            byte[] before = await session.ReadAsync(0x12000, 4096, null, default);
            await session.EraseAsync(0x11000, 4096, null, default);
            byte[] after = await session.ReadAsync(0x12000, 4096, null, default);
            Assert.That(after, Is.EqualTo(before));
            byte[] erased = await session.ReadAsync(0x11000, 4096, null, default);
            Assert.That(erased.AsSpan().IndexOfAnyExcept((byte)0xFF), Is.EqualTo(-1));
            return true;
        });
    }

    [Test]
    public async Task Session_SilentForLong_IsWokenUp()
    {
        await using FlashBench bench = new();
        byte[] read = await bench.WithSessionAsync(async session =>
        {
            await bench.WaitAsync(TimeSpan.FromSeconds(12));
            return await session.ReadAsync(0, 176, null, default);
        });
        Assert.That(BootHeader.Begins(read), Is.True);
    }

    private protected override byte[] OtherFamily => ImageFiles.Beken(500);

    private protected override FlashBench Bench(double scale = 4) => new(scale);

    private protected override byte[] Image(string version) => NewFirmware(version);

    /// <summary>Random faults: each run ends verified or with a clear failure, and the plug can be flashed again.</summary>
    [Test]
    [Category("flash-faults")]
    public async Task Flash_TwoHundredRandomFaults_NeverAFalseSuccess()
    {
        // Most of the time a run waits for an answer that does not come: several plugs wait side by side.
        const int Plugs = 5;
        ConcurrentDictionary<string, int> counts = [];
        await Task.WhenAll(Enumerable.Range(0, Plugs).Select(plug => FlashWithFaultsAsync(plug, 200 / Plugs, counts)));
        foreach ((string what, int count) in counts.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            await TestContext.Out.WriteLineAsync($"{what}: {count}");
        }

        Assert.That(counts.Values.Sum(), Is.EqualTo(200));

        // Where nothing is left to erase, nothing stalls.
        Assert.That(counts.Keys, Has.Member("stalled erase: failed clearly"));
        Assert.That(counts.Keys.Where(k => k.StartsWith("silent", StringComparison.Ordinal)), Is.EqualTo(new[] { "silent: failed clearly" }));
    }

    private static async Task FlashWithFaultsAsync(int plug, int runs, ConcurrentDictionary<string, int> counts)
    {
        Time.Chance chance = new(20, $"flash faults {plug}");
        await using FlashBench bench = new(scale: 40);
        string[] versions = ["1.18.301", "1.18.302"];
        byte[][] images = [.. versions.Select(NewFirmware)];
        for (int run = 0; run < runs; run++)
        {
            (string kind, RomFaults faults) = Draw(chance, run, await bench.CountsAsync());
            await bench.SetFaultsAsync(faults);
            string end;
            try
            {
                await bench.FlashAsync(images[run % 2]);
                end = "verified";
                Assert.That(await bench.BootableAsync(), Is.EqualTo(versions[run % 2]), $"plug {plug} run {run} ({kind}) said verified");
            }
            catch (FlashFailedException)
            {
                end = "failed clearly";
            }

            counts.AddOrUpdate($"{kind}: {end}", 1, (_, count) => count + 1);
            Assert.That(bench.Strap.Asserted, Is.False, $"plug {plug} run {run} ({kind}) left BOOT asserted");
            await bench.SetFaultsAsync(new RomFaults());
        }

        await bench.FlashAsync(images[0]);
        Assert.That(await bench.BootableAsync(), Is.EqualTo(versions[0]), "after all faults it can be flashed");
    }

    private static (string Kind, RomFaults Faults) Draw(Time.Chance chance, int run, (long Received, long Sent, long Programmed, int Erases) so)
    {
        long at = so.Received + chance.Below(360_000);

        // A silent ROM is given six syncs of a machine second each, and a loader that hangs in an erase four: a few of them are enough.
        return (run % 20 == 7 ? 6 : run % 20 == 13 ? 5 : chance.Below(5)) switch
        {
            0 => ("flipped", new RomFaults { FlipReceivedByte = at }),
            1 => ("dropped", new RomFaults { DropReceivedByte = at }),
            2 => ("reply dropped", new RomFaults { DropSentByte = so.Sent + chance.Below(1_200) }),
            3 => ("cut", new RomFaults { CutPowerAtByte = at }),
            4 => ("bad flash", new RomFaults { FlipProgrammedByte = so.Programmed + chance.Below(300_000) }),
            5 => ("stalled erase", new RomFaults { StallErase = so.Erases + chance.Below(4) }),
            _ => ("silent", new RomFaults { Silent = true }),
        };
    }
}

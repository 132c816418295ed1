using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Images;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>BK7231N and T over a real PTY, strict as their download modes are.</summary>
[TestFixture("BK7231N")]
[TestFixture("BK7231T")]
public sealed class Bk7231FlashTests(string chip) : FlashConformance
{
    private bool IsN => chip == "BK7231N";

    private string Other => IsN ? "BK7231T" : "BK7231N";

    private protected override byte[] OtherFamily => VirtualFirmwareImage.BuildWholeFlash("1.18.206");

    private protected override byte[] Image(string version) => IsN ? VirtualBk7231Image.Flash(version, chip) : VirtualBk7231Image.Application(version, chip);

    private protected override FlashBench Bench(double scale = 4) => new(scale, chip: chip);

    [Test]
    public async Task Flash_ItsFile_IsVerifiedAndBoots()
    {
        // As fast as a real one: a rate is given up where an answer comes late, and four times as fast a busy machine makes it late.
        await using FlashBench bench = Bench(scale: 1);
        FlashOutcome outcome = await bench.FlashAsync(Image("1.18.200"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.200"));
            Assert.That(outcome.Chip.Model.Text(), Is.EqualTo(chip));
            Assert.That(outcome.Chip.FlashBytes, Is.EqualTo(2 << 20));
            Assert.That(outcome.Chip.Baud, Is.EqualTo(921_600));
            Assert.That(outcome.Chip.ChipId, Does.Contain(IsN ? "7231C" : "1.0.5"));
            Assert.That(outcome.BytesWritten, Is.GreaterThan(100_000));
            Assert.That(outcome.Proof, Is.EqualTo("the chip's CRC-32"));
        }
    }

    [Test]
    public async Task Flash_OverTheResetLine_NeedsNoSwitch()
    {
        await using FlashBench bench = Bench();
        await bench.Power.SwitchAsync(PowerState.On, default);
        bench.Wire = wiring => wiring with { Power = null, Boot = null, Reset = bench.ResetLine };
        await bench.FlashAsync(Image("1.18.202"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.202"));
            Assert.That(bench.ResetLine.Asserted, Is.False, "reset is released");
        }
    }

    [Test]
    public async Task Connect_NeitherSwitchNorReset_FirmwareRebootsItself()
    {
        await using FlashBench bench = new(scale: 4, chip: chip, flags: 1024 | (1L << 31));
        await bench.Power.SwitchAsync(PowerState.On, default);
        await bench.WaitAsync(TimeSpan.FromSeconds(3));
        bench.Wire = wiring => wiring with { Power = null, Boot = null };
        ChipIdentity found = await bench.WithSessionAsync(session => Task.FromResult(session.Chip));
        Assert.That(found.Model.Text(), Is.EqualTo(chip));
    }

    [Test]
    public async Task Connect_SilentChip_SaysWhatToCheck()
    {
        await using FlashBench bench = Bench(scale: 40);
        await bench.SetFaultsAsync(new RomFaults { Silent = true });
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.FlashAsync(Image("1.18.204")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("sync"));
            Assert.That(failed.Message, Does.Contain("P10").And.Contain("TX and RX"));
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.158"), "nothing was touched");
        }
    }

    [Test]
    public async Task Connect_OtherChipThanTheBoards_IsRefusedBeforeAnythingIsErased()
    {
        await using FlashBench bench = Bench();
        bench.Flasher = new Bk7231Flasher(ChipModels.Parse(Other));
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.WithSessionAsync(s => Task.FromResult(s.Chip)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("chip"));
            Assert.That(failed.Message, Does.Contain(chip).And.Contain(Other));
            Assert.That((await bench.CountsAsync()).Erases, Is.Zero);
        }
    }

    [TestCase("other chip")]
    [TestCase("damaged flash")]
    [TestCase("loader alone")]
    [TestCase("boot loader and application")]
    public Task Flash_WrongImage_IsRefusedBeforeAnythingIsErased(string kind)
    {
        byte[] file = kind switch
        {
            "other chip" => VirtualBk7231Image.Application("1.18.206", Other),
            "loader alone" => VirtualBk7231Image.Flash("1.18.206", chip)[..0x8000],
            "boot loader and application" => VirtualBk7231Image.Flash("1.18.206", "BK7231T"),
            _ => VirtualBk7231Image.Flash("1.18.206", chip),
        };
        if (kind == "damaged flash")
        {
            file[0x11000 + 5000] ^= 1;
        }

        return RefusedAsync(file);
    }

    [Test]
    public async Task Erase_BootLoader_IsRefusedOnTheTBeforeAnythingIsSent()
    {
        await using FlashBench bench = Bench();
        await bench.WithSessionAsync(async session =>
        {
            if (IsN)
            {
                await session.EraseAsync(0x10000, 8192, null, default);
                Assert.That((await bench.CountsAsync()).Erases, Is.EqualTo(2), "its download mode is in mask ROM");
            }
            else
            {
                FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => session.EraseAsync(0x10000, 8192, null, default));
                Assert.That(failed!.Message, Does.Contain("boot loader"));
                Assert.That((await bench.CountsAsync()).Erases, Is.Zero);
            }

            return true;
        });
    }

    [Test]
    public async Task Connect_ChipAnswersWithoutSupply_IsTold()
    {
        await using AnsweringPort port = new();
        FlashWiring wiring = new("p1", port, null, null, new FlashBench.Switch(_ => Task.CompletedTask), Hardware.Time.LabClock.Start(40));
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => new Bk7231Flasher(ChipModels.Parse(chip)).ConnectAsync(wiring, default));
        Assert.That(failed!.Message, Does.Contain("supply is off"));
    }

    [Test]
    public async Task Holds_PartsOfAPage_AreToldExactly()
    {
        await using FlashBench bench = Bench();
        byte[] data = ImageFiles.Bytes(5000, "part");
        await bench.WithSessionAsync(async session =>
        {
            await session.EraseAsync(0x100000, 8192, null, default);
            await session.WriteAsync(0x100000, data, null, default);
            byte[] wrong = [.. data];
            wrong[^1] ^= 1;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(await session.HoldsAsync(0x100000, data, null, default), Is.True);
                Assert.That(await session.HoldsAsync(0x100000, wrong, null, default), Is.False, "the last byte counts");
                Assert.That(await session.HoldsAsync(0x100003, data.AsMemory(3, 900), null, default), Is.True);
                Assert.That(await session.ReadAsync(0x100005, 4500, null, default), Is.EqualTo(data[5..4505]));
            }

            return true;
        });
    }

    [Test]
    public async Task Read_WholeFlash_IsWhatStandsThere()
    {
        await using FlashBench bench = Bench(scale: 40);
        byte[] whole = await bench.WithSessionAsync(s => s.ReadAsync(0, s.Chip.FlashBytes, null, default));
        FirmwareImage dump = FirmwareImage.Recognise(whole);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(dump.Kind, Is.EqualTo(ImageKind.Bk7231Flash), "boot loader included, also where it cannot be read directly");
            Assert.That(dump.Problems, Is.Empty);
            Assert.That(dump.Version, Is.EqualTo("1.18.158"));
        }
    }

    [Test]
    public async Task Flash_ByteLostInASector_IsWrittenAgain()
    {
        await using FlashBench bench = Bench();
        long received = await bench.WithSessionAsync(async _ => (await bench.CountsAsync()).Received);
        await bench.SetFaultsAsync(new RomFaults { DropReceivedByte = received + 60_000 });
        await bench.FlashAsync(Image("1.18.208"));
        Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.208"));
    }
}

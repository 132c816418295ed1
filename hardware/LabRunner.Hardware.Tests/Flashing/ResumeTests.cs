using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>Broken sessions go on where they were; what is right is left alone; erasing and looking.</summary>
[TestFixture]
[CancelAfter(300_000)]
public sealed class ResumeTests
{
    private static byte[] NewFirmware(string version)
    {
        byte[] whole = VirtualFirmwareImage.BuildWholeFlash(version);
        BootHeader header = BootHeader.Read(whole.AsSpan(0x10000), out _)!;
        return whole[0x10000..(0x11000 + header.CodeLength)];
    }

    [Test]
    public async Task Flash_AfterABrokenSession_WritesOnlyWhatIsMissing()
    {
        await using FlashBench bench = new();
        byte[] firmware = NewFirmware("1.18.220");
        using CancellationTokenSource stop = new();
        FlashRequest request = new() { Image = FirmwareImage.Recognise(firmware) };
        await Assert.CatchAsync<OperationCanceledException>(
            () => bench.WithSessionAsync(s => FlashJob.RunAsync(s, request, new StopAtWrite(stop, 200_000), stop.Token), stop.Token));
        FlashOutcome outcome = await bench.FlashAsync(firmware);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.220"));
            Assert.That(outcome.BytesSame, Is.GreaterThanOrEqualTo(2 * FlashPieces.PieceBytes), "what the broken session wrote is not written again");
            Assert.That(outcome.BytesWritten, Is.InRange(1, firmware.Length - (2 * FlashPieces.PieceBytes)));
        }
    }

    [Test]
    public async Task Flash_OnePieceDiffers_WritesThatPieceAlone()
    {
        await using FlashBench bench = new();
        byte[] firmware = NewFirmware("1.18.221");
        await bench.FlashAsync(firmware);
        await bench.WithSessionAsync(async session =>
        {
            await session.EraseAsync(0x31000, 4096, null, default);
            return true;
        });
        FlashIntent? intent = null;
        FlashRequest request = new() { Image = FirmwareImage.Recognise(firmware), BeforeErase = told => intent = told };
        FlashOutcome outcome = await bench.WithSessionAsync(s => FlashJob.RunAsync(s, request, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.BytesWritten, Is.EqualTo(FlashPieces.PieceBytes));
            Assert.That(intent!.Writes.Select(w => w.Address), Is.EqualTo(new uint[] { 0x30000 }));
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.221"));
        }
    }

    [Test]
    public async Task Flash_LinkLostInTheMiddle_EntersAgainAndGoesOn()
    {
        await using FlashBench bench = new();
        byte[] firmware = NewFirmware("1.18.222");
        await bench.SetFaultsAsync(new RomFaults { CutPowerAtByte = (await bench.CountsAsync()).Received + 250_000 });
        List<string> notes = [];
        FlashRequest request = new() { Image = FirmwareImage.Recognise(firmware) };
        FlashOutcome outcome = await FlashReentry.RunAsync(use => bench.WithSessionAsync(use), s => FlashJob.RunAsync(s, request, null, default), notes.Add);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.222"));
            Assert.That(notes, Has.Count.EqualTo(1));
            Assert.That(notes[0], Does.Contain("Entering download mode again, 1 of 3"));
            Assert.That(outcome.BytesSame, Is.GreaterThanOrEqualTo(FlashPieces.PieceBytes));
            Assert.That(bench.Strap.Asserted, Is.False);
        }
    }

    [Test]
    public async Task Reentry_SilentFromTheStart_IsNotTriedAgain()
    {
        int tries = 0;
        List<string> notes = [];
        await Assert.ThrowsAsync<FlashFailedException>(() => FlashReentry.RunAsync<bool>(
            _ =>
            {
                tries++;
                throw new FlashFailedException("sync", "nobody answers", "Look");
            },
            _ => Task.FromResult(true),
            notes.Add));
        Assert.That((tries, notes.Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Reentry_LostAgainAndAgain_EndsAtTheLimit()
    {
        int tries = 0;
        await Assert.ThrowsAsync<FlashFailedException>(() => FlashReentry.RunAsync<bool>(
            use => use(null!),
            _ =>
            {
                tries++;
                throw new FlashFailedException("write", "silence", "Look") { LinkLost = true };
            },
            _ => { }));
        Assert.That(tries, Is.EqualTo(1 + FlashReentry.Most));
    }

    [Test]
    public async Task Reentry_ChipRefuses_IsNotTriedAgain()
    {
        int tries = 0;
        await Assert.ThrowsAsync<FlashFailedException>(() => FlashReentry.RunAsync<bool>(
            use => use(null!),
            _ =>
            {
                tries++;
                throw new FlashFailedException("verify", "another hash", "Look");
            },
            _ => { }));
        Assert.That(tries, Is.EqualTo(1));
    }

    [Test]
    public async Task Erase_Stretch_IsErasedAndItsNeighboursStay()
    {
        await using FlashBench bench = new();
        (byte[] before, byte[] erased, byte[] after) = await bench.WithSessionAsync(async session =>
        {
            await FlashErase.RunAsync(session, 0x12000, 0x2000, false, null, default);
            return (await session.ReadAsync(0x11000, 4096, null, default), await session.ReadAsync(0x12000, 0x2000, null, default), await session.ReadAsync(0x14000, 4096, null, default));
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(erased.AsSpan().IndexOfAnyExcept((byte)0xFF), Is.EqualTo(-1));
            Assert.That(before.AsSpan().IndexOfAnyExcept((byte)0xFF), Is.Not.Negative);
            Assert.That(after.AsSpan().IndexOfAnyExcept((byte)0xFF), Is.Not.Negative);
        }
    }

    [TestCase(0x12100u, 0x1000, "--from 0x12000 --length 0x2000", TestName = "Erase_NotWholeSectors_NamesThoseAround")]
    [TestCase(0x1FF000u, 0x2000, "ends at 0x200000", TestName = "Erase_BeyondTheEnd_IsRefused")]
    [TestCase(0u, 0x200000, "--from 0x0 --length 0x1F8000", TestName = "Erase_AllWithFactory_NamesTheRestAndTheOption")]
    [TestCase(0x1FE000u, 0x1000, "--with-factory", TestName = "Erase_WithinFactory_IsRefused")]
    public async Task Erase_WhatMustNotBe_IsRefusedUntouched(uint from, int length, string said)
    {
        await using FlashBench bench = new();
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => bench.WithSessionAsync(async session =>
        {
            await FlashErase.RunAsync(session, from, length, false, null, default);
            return true;
        }));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("range"));
            Assert.That(failed.Message, Does.Contain(said).And.Contain("nothing was erased"));
            Assert.That((await bench.CountsAsync()).Erases, Is.Zero);
        }
    }

    [Test]
    public async Task Erase_FactoryByName_ErasesAll()
    {
        await using FlashBench bench = new();
        await bench.WithSessionAsync(async session =>
        {
            await FlashErase.RunAsync(session, 0, session.Chip.FlashBytes, true, null, default);
            return true;
        });
        Assert.That(await bench.BootableAsync(), Is.Null);
    }

    [Test]
    public async Task Look_TellsBootHeadersTableAndFirmware()
    {
        await using FlashBench bench = new();
        ChipReport report = await bench.WithSessionAsync(s => ChipSurvey.LookAsync(s, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Contents.Select(c => (c.Name, c.Address, c.Contents.Kind)), Is.EqualTo(new[] { ("boot2", 0u, ImageKind.Bl602Boot2), ("firmware", 0x10000u, ImageKind.Bl602Firmware) }));
            Assert.That(report.Contents[1].Contents.Version, Is.EqualTo("1.18.158"));
            Assert.That(report.Contents.SelectMany(c => c.Contents.Problems), Is.Empty);
            Assert.That(report.Table!.Find("PSM")!.Address0, Is.EqualTo(0x1E9000u));
            Assert.That(report.Problems, Is.Empty);
        }
    }

    [Test]
    public async Task Look_EmptyFlash_SaysWhatIsMissing()
    {
        await using FlashBench bench = new();
        ChipReport report = await bench.WithSessionAsync(async session =>
        {
            await FlashErase.RunAsync(session, 0, 0x1F8000, false, null, default);
            return await ChipSurvey.LookAsync(session, null, default);
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Contents, Is.Empty);
            Assert.That(report.Problems, Has.Some.Contains("boot2").And.Some.Contains("partition table").And.Some.Contains("firmware"));
        }
    }

    [Test]
    public void Pieces_AreCutAtMultiplesAndJoinedAgain()
    {
        FlashRegion region = new("code", 0x11000, new byte[0x25001]);
        IReadOnlyList<FlashRegion> pieces = FlashPieces.Cut([region]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pieces.Select(p => (p.Address, p.Data.Length)), Is.EqualTo(new[] { (0x11000u, 0xF000), (0x20000u, 0x10000), (0x30000u, 0x6001) }));
            Assert.That(FlashPieces.Join(pieces, [region]).Single(), Is.EqualTo(region));
            Assert.That(FlashPieces.Join([pieces[0], pieces[2]], [region]), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public void Pieces_ThatShareAnErasedSector_AreWrittenTogether()
    {
        FlashRegion[] all = [new("a", 0x1000, new byte[0x1100]), new("b", 0x2200, new byte[0x100]), new("c", 0x2400, new byte[0xD00]), new("d", 0x4000, new byte[16])];
        Assert.That(FlashPieces.WithNeighbours([all[0]], all, 4096).Select(r => r.Name), Is.EqualTo(new[] { "a", "b", "c" }), "c shares a sector with b, and b with a");
    }

    private sealed class StopAtWrite(CancellationTokenSource stop, long bytes) : IProgress<FlashProgress>
    {
        public void Report(FlashProgress value)
        {
            if (value.Step == "write" && value.Done > bytes)
            {
                stop.Cancel();
            }
        }
    }
}

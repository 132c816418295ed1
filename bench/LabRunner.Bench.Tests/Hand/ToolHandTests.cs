using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>Flashing programs of others on a virtual plug: their word is checked by the chip, by reading back, or by a version that was not there before.</summary>
[TestFixture]
[CancelAfter(600_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class ToolHandTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("tool").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Flash_ToolSaysDoneAndWroteNothing_IsFoundByTheChipsHash()
    {
        await using HandBench bench = await OpenAsync();
        ToolRequest request = new() { Image = Image("1.18.231") };
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(
            () => ToolHand.FlashAsync(bench, Tool("echo all done"), request, _ => { }, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("verify"));
            Assert.That(failed.Message, Does.Contain("fake said that it wrote").And.Contain("that is not what stands"));
            Assert.That(await bench.Slot.BootStrap!.ReadAsync(default), Is.Not.True);
        }
    }

    [Test]
    public async Task Flash_FlashHoldsTheImage_IsProvedByTheChip()
    {
        await using HandBench bench = await OpenAsync();
        FirmwareImage image = Image("1.18.232");
        await FlashHand.FlashAsync(bench, null, null, new FlashRequest { Image = image }, _ => { }, null, default);
        List<string> said = [];
        ToolOutcome outcome = await ToolHand.FlashAsync(bench, Tool("echo all done"), new ToolRequest { Image = image }, said.Add, null, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Proof, Does.Contain("chip's own hash"));
            Assert.That(outcome.BytesWritten, Is.GreaterThan(1_000_000));
            Assert.That(said, Has.Some.Contains("About to write by fake"));
            Assert.That(File.ReadAllText(Path.Combine(bench.Folder, "flash-tool.txt")), Does.Contain("all done").And.Contain("flash-part-1.bin"));
            Assert.That(Directory.GetFiles(bench.Folder, "flash-part*"), Is.Empty);
        }
    }

    [Test]
    public async Task Flash_ToolReadsBack_IsComparedHere()
    {
        await using HandBench bench = await OpenAsync();
        string flash = Path.Combine(_folder, "flash");

        // It reads whole sectors only, as tools do that compare each with the chip's CRC.
        string read = $"[ $((($3 + $4) % 4096)) -eq 0 ] && (cat {flash}; yes) | head -c $4 >\"$2\" && echo all done";
        FlasherDefinition tool = Tool($"cp \"$2\" {flash}; echo all done", read);
        ToolRequest request = new() { Image = Firmware("1.18.233") };
        ToolOutcome outcome = await ToolHand.FlashAsync(bench, Single(tool), request, _ => { }, null, default);
        FlasherDefinition liar = Tool($"cp \"$2\" {flash}; printf x | dd of={flash} bs=1 seek=70 conv=notrunc; echo all done", read);
        FlashFailedException? wrong = await Assert.ThrowsAsync<FlashFailedException>(() => ToolHand.FlashAsync(bench, Single(liar), request, _ => { }, null, default));
        FlasherDefinition brief = Tool($"cp \"$2\" {flash}; echo all done", "echo x >\"$2\"; echo all done");
        FlashFailedException? cut = await Assert.ThrowsAsync<FlashFailedException>(() => ToolHand.FlashAsync(bench, Single(brief), request, _ => { }, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Proof, Does.Contain("compared here"));
            Assert.That(wrong!.Message, Does.Contain("the first other byte is at 0x"));
            Assert.That(cut!.Message, Does.Contain("its file has 2"));
        }
    }

    [Test]
    public async Task Read_ByATool_IsACopyInMemory_AndNothingOfItIsInTheFolder()
    {
        await using HandBench bench = await OpenAsync();
        FlasherDefinition tool = Tool("echo all done", "head -c \"$4\" /dev/zero | tr '\\0' w >\"$2\" && echo all done");
        FlashCopy copy = await FlashReadWork.RunAsync(bench, new FlashReadOrder(new FlashLink(tool), 0x1000, 5000), _ => { }, null, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(copy.Bytes, Has.Length.EqualTo(5000).And.All.EqualTo((byte)'w'));
            Assert.That((copy.Sight.From, copy.Sight.Bytes, copy.Sight.ProvedBy), Is.EqualTo((0x1000L, 5000, (string?)null)));
            Assert.That(Directory.GetFiles(bench.Folder, "flash*").Where(f => File.ReadAllText(f).Contains("wwww", StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public async Task Flash_PortIsTheToolsWhileItRuns()
    {
        await using HandBench bench = await OpenAsync();
        FlasherDefinition tool = Tool("exec 3<>\"$1\"; flock -n 3 && echo all done");

        // That the plug holds another image is found afterwards; the lock was had if it comes so far.
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => ToolHand.FlashAsync(bench, tool, new ToolRequest { Image = Image("1.18.234") }, _ => { }, null, default));
        Assert.That(failed!.Stage, Is.EqualTo("verify"));
    }

    [Test]
    public async Task Flash_NothingCouldTell_IsRefusedBeforeTheChipIsTouched()
    {
        await using HandBench bench = await OpenAsync();
        string none = Path.Combine(_folder, "no loader");
        UsageException? same = await Assert.ThrowsAsync<UsageException>(
            () => ToolHand.FlashAsync(bench, Tool("echo all done"), new ToolRequest { Image = Image("1.18.158"), Loader = none }, _ => { }, null, default));
        Assert.That(same!.Message, Does.Contain("names version 1.18.158 already").And.Contain("--loader"));
    }

    [Test]
    public async Task Flash_ToolThatTakesWholeFilesOnly_AsksForTheSettings()
    {
        await using HandBench bench = await OpenAsync();
        FlasherDefinition whole = Tool("echo all done") with { Pieces = false };
        UsageException? wrong = await Assert.ThrowsAsync<UsageException>(() => ToolHand.FlashAsync(bench, whole, new ToolRequest { Image = Image("1.18.235") }, _ => { }, null, default));
        Assert.That(wrong!.Message, Does.Contain("--erase-settings"));
    }

    [Test]
    public async Task Flash_ProgramMissing_SaysWhereItIsHad()
    {
        await using HandBench bench = await OpenAsync();
        FlasherDefinition missing = Tool("true") with { Programs = ["no-such-program-here"] };
        Hardware.Faults.BenchFaultException? fault = await Assert.ThrowsAsync<Hardware.Faults.BenchFaultException>(
            () => ToolHand.FlashAsync(bench, missing, new ToolRequest { Image = Image("1.18.236") }, _ => { }, null, default));
        Assert.That(fault!.Message, Does.Contain("no-such-program-here").And.Contain("It is had at the attic"));
    }

    [Test]
    public async Task Flash_ImageOfAnotherKind_IsRefused()
    {
        await using HandBench bench = await OpenAsync();
        FlasherDefinition tool = Tool("true") with { Images = ["bl602WholeFlash"] };
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(
            () => ToolHand.FlashAsync(bench, tool, new ToolRequest { Image = Firmware("1.18.237") }, _ => { }, null, default));
        Assert.That(failed!.Stage, Is.EqualTo("image"));
    }

    private static FirmwareImage Image(string version) => FirmwareImage.Recognise(VirtualImages.WholeFlash(version));

    private static FirmwareImage Firmware(string version)
    {
        byte[] whole = VirtualImages.WholeFlash(version);
        BootHeader header = BootHeader.Read(whole.AsSpan(0x10000), out _)!;
        return FirmwareImage.Recognise(whole.AsMemory(0x10000, 0x1000 + header.CodeLength));
    }

    // The fake keeps one stretch alone: it is asked to write the header and the code of a firmware as one file each, so it remembers by address.
    private static FlasherDefinition Single(FlasherDefinition tool) => tool with
    {
        Write = tool.Write with { Arguments = ["{port}", "{image}", "{address}"] },
        Read = tool.Read! with { Arguments = ["{port}", "{file}", "{address}", "{length}"] },
    };

    private Task<HandBench> OpenAsync() => HandBench.OpenAsync("virtual", "p1", Path.Combine(_folder, "run"), 2, _ => { }, default);

    private FlasherDefinition Tool(string write, string? read = null)
    {
        string writer = Script("writer", write.Replace($"{_folder}/flash", $"{_folder}/flash$3", StringComparison.Ordinal));
        string reader = Script("reader", (read ?? "").Replace($"{_folder}/flash", $"{_folder}/flash$3", StringComparison.Ordinal));
        string both = Script("tool", $"if [ $# -eq 4 ]; then exec {reader} \"$@\"; else exec {writer} \"$@\"; fi");
        return new FlasherDefinition
        {
            Flasher = "fake", Title = "A fake", Had = "the attic", Programs = [both], Chips = ["BL602"], Images = ["bl602WholeFlash", "bl602Firmware"], Baud = 115200,
            Download = new ToolDownload { Pin = "GPIO8 high" },
            Write = new ToolCommand { Arguments = ["{port}", "{image}"], Success = "all done" },
            Read = read is null ? null : new ToolCommand { Arguments = ["{port}", "{file}", "{address}", "{length}"], Success = "all done" },
        };
    }

    private string Script(string name, string body)
    {
        string path = Path.Combine(_folder, $"{name}-{Guid.NewGuid():N}");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}

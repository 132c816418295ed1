using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Tests.Images;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>What belongs to a plug and not to its firmware: settings (PSM) and calibration (factory), under a whole-flash image.</summary>
[TestFixture]
[CancelAfter(300_000)]
public sealed class Bl602SettingsTests
{
    private const uint Psm = 0x1E9000;
    private const int PsmLength = 0x8000;
    private const uint Factory = 0x1F8000;
    private const int FactoryLength = 0x7000;

    private static byte[] ImageWithOtherSettings(string version)
    {
        byte[] image = VirtualFirmwareImage.BuildWholeFlash(version);
        ImageFiles.Bytes(PsmLength, "another plug's settings").CopyTo(image, Psm);
        ImageFiles.Bytes(FactoryLength, "another plug's calibration").CopyTo(image, Factory);
        return image;
    }

    private static async Task WriteAsync(FlashBench bench, uint address, byte[] data) => await bench.WithSessionAsync(async session =>
    {
        await session.EraseAsync(address, data.Length, null, default);
        await session.WriteAsync(address, data, null, default);
        return true;
    });

    private static Task<byte[]> ReadAsync(FlashBench bench, uint address, int length) => bench.WithSessionAsync(s => s.ReadAsync(address, length, null, default));

    [Test]
    public async Task Flash_ImageHasOtherSettings_ThoseOfThePlugStayToTheByte()
    {
        await using FlashBench bench = new();
        byte[] settings = ImageFiles.Bytes(PsmLength, "settings");
        byte[] calibration = ImageFiles.Bytes(FactoryLength, "calibration");
        await WriteAsync(bench, Psm, settings);
        await WriteAsync(bench, Factory, calibration);
        await bench.FlashAsync(ImageWithOtherSettings("1.18.230"), force: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.230"));
            Assert.That((await ReadAsync(bench, Psm, PsmLength)).AsSpan().SequenceEqual(settings), Is.True);
            Assert.That((await ReadAsync(bench, Factory, FactoryLength)).AsSpan().SequenceEqual(calibration), Is.True);
        }
    }

    [TestCase(0)]
    [TestCase(5000)]
    public async Task Flash_PlugHasNoCalibration_TakesTheImages(int bytesOfABrokenSession)
    {
        await using FlashBench bench = new();
        byte[] image = ImageWithOtherSettings("1.18.231");
        byte[] there = new byte[FactoryLength];
        there.AsSpan().Fill(0xFF);
        image.AsSpan((int)Factory, bytesOfABrokenSession).CopyTo(there);
        await WriteAsync(bench, Factory, there);
        byte[] settings = await ReadAsync(bench, Psm, PsmLength);
        await bench.FlashAsync(image);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await ReadAsync(bench, Factory, FactoryLength)).AsSpan().SequenceEqual(image.AsSpan((int)Factory, FactoryLength)), Is.True);
            Assert.That((await ReadAsync(bench, Psm, PsmLength)).AsSpan().SequenceEqual(settings), Is.True);
        }
    }

    /// <summary>EasyGUI's 2 MiB layout: settings up to 0x1FC000 and calibration behind them, where OpenBL602's images have other things.</summary>
    [Test]
    public async Task Flash_PlugHasAnotherLayout_IsRefusedBeforeAnythingIsErased()
    {
        await using FlashBench bench = new();
        byte[] table = new byte[4096];
        table.AsSpan().Fill(0xFF);
        new PartitionTable(
            9,
            [
                new Partition("FW", 0, 0, 0x10000, 0x112000, 0x102000, 0x90000, 0, 0),
                new Partition("PSM", 4, 0, Psm, 0, 0x13000, 0, 0, 0),
                new Partition("factory", 7, 0, 0x1FC000, 0, 0x4000, 0, 0, 0),
            ]).ToBytes().CopyTo(table, 0);
        await WriteAsync(bench, PartitionTable.Addresses[0], table);
        int erases = (await bench.CountsAsync()).Erases;
        byte[] image = VirtualFirmwareImage.BuildWholeFlash("1.18.232");
        FlashFailedException? refused = await Assert.ThrowsAsync<FlashFailedException>(() => bench.FlashAsync(image));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused!.Stage, Is.EqualTo("image"));
            Assert.That(refused.Message, Does.Contain("'PSM' stands at 0x1E9000 to 0x1FBFFF").And.Contain("--erase-settings"));
            Assert.That((await bench.CountsAsync()).Erases, Is.EqualTo(erases));
        }

        await bench.FlashAsync(image, keepSettings: false);
        Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.232"));
    }

    /// <summary>The community's flasher has boot2's code at 0x1000: such a plug is read, shown and restored.</summary>
    [Test]
    public async Task Flash_CopyOfAPlugFlashedByEasyGui_BootsAndIsShown()
    {
        await using FlashBench bench = new();
        await bench.FlashAsync(ImageFiles.AsEasyGui(VirtualFirmwareImage.BuildWholeFlash("1.18.233")));
        ChipReport report = await bench.WithSessionAsync(s => ChipSurvey.LookAsync(s, null, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await bench.BootableAsync(), Is.EqualTo("1.18.233"));
            Assert.That(report.Problems, Is.Empty);
            Assert.That(report.Contents.Select(c => c.Contents.Kind), Is.EqualTo(new[] { ImageKind.Bl602Boot2, ImageKind.Bl602Firmware }));
            Assert.That(report.Contents.SelectMany(c => c.Contents.Problems), Is.Empty);
        }
    }
}

using System.Text;
using CsCheck;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Tests.Images;

[TestFixture]
public sealed class RecogniseTests
{
    private static IEnumerable<TestCaseData> Sound()
    {
        yield return new TestCaseData(ImageFiles.WholeFlash(), ImageKind.Bl602WholeFlash, ChipFamily.Bl602).SetArgDisplayNames("whole flash");
        yield return new TestCaseData(ImageFiles.Firmware(300_001), ImageKind.Bl602Firmware, ChipFamily.Bl602).SetArgDisplayNames("firmware");
        yield return new TestCaseData(OtaImage.Wrap(ImageFiles.Bytes(5000, "body"), packing: "RAW"), ImageKind.Bl602Ota, ChipFamily.Bl602).SetArgDisplayNames("ota");
        yield return new TestCaseData(RamLoader.Build(RamLoader.UsualAddress, ImageFiles.Bytes(30_000, "loader")), ImageKind.Bl602RamLoader, ChipFamily.Bl602).SetArgDisplayNames("ram loader");
        yield return new TestCaseData(ImageFiles.Beken(100), ImageKind.Bk7231Blocks, ChipFamily.Bk7231).SetArgDisplayNames("bk7231");
        yield return new TestCaseData(ImageFiles.Esp(), ImageKind.Esp8266Firmware, ChipFamily.Esp8266).SetArgDisplayNames("esp8266");
        yield return new TestCaseData(ImageFiles.Ln(), ImageKind.Ln882hFlash, ChipFamily.Ln882h).SetArgDisplayNames("ln882h");
    }

    [TestCaseSource(nameof(Sound))]
    public void Recognise_SoundFile_NamesKindAndChipWithoutProblem(byte[] file, ImageKind kind, ChipFamily chip)
    {
        FirmwareImage image = FirmwareImage.Recognise(file);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.Kind, Is.EqualTo(kind));
            Assert.That(image.Chip, Is.EqualTo(chip));
            Assert.That(image.Problems, Is.Empty);
        }
    }

    [Test]
    public void Recognise_LnBootProgram_IsTold() =>
        Assert.That(FirmwareImage.Recognise(ImageFiles.Ln()).Facts, Does.Contain(new ImageFact("boot program", "22,000 bytes for 0x20000000")));

    [TestCase(24 * 1024, "it ends with the boot program")]
    [TestCase(24, "it ends with the boot program")]
    public void Recognise_LnFileWithoutFirmware_IsAProblem(int length, string problem) =>
        Assert.That(FirmwareImage.Recognise(ImageFiles.Ln(length)).Problems, Has.Some.Contains(problem));

    [TestCase(23)]
    [TestCase(0)]
    public void Recognise_LnHeaderCutShort_IsNoImage(int length) =>
        Assert.That(FirmwareImage.Recognise(ImageFiles.Ln(24).AsMemory(0, length)).Kind, Is.EqualTo(ImageKind.Unknown));

    [TestCaseSource(nameof(Sound))]
    public void Recognise_OneBitFlipped_IsSeen(byte[] file, ImageKind kind, ChipFamily chip)
    {
        // Bytes that a check sum covers: the whole-flash image has unused flash, which nothing covers.
        int last = kind switch { ImageKind.Bl602WholeFlash => 0x2000 + 39_312, ImageKind.Ln882hFlash => 24, _ => file.Length };
        int first = kind == ImageKind.Bl602WholeFlash ? 0x2000 : kind == ImageKind.Bl602RamLoader ? 176 : kind == ImageKind.Bl602Firmware ? 0x1000 : 0;
        int end = kind == ImageKind.Bl602RamLoader ? 192 : last;
        Assume.That(chip, Is.Not.EqualTo(ChipFamily.Unknown));
        Gen.Select(Gen.Int[first, end - 1], Gen.Int[0, 7]).Sample(
            (at, bit) =>
            {
                // The texts, hardware version, unpacked length and filler of an OTA header are covered by nothing.
                if (kind == ImageKind.Bl602Ota && at is >= 9 and < 64 or >= 96 and < 512)
                {
                    return true;
                }

                // Of an ESP image only the segments' data are summed: not its header, segment headers and filler.
                if (kind == ImageKind.Esp8266Firmware && at is < 16 or (>= 64 and < 79))
                {
                    return true;
                }

                byte[] damaged = [.. file];
                damaged[at] ^= (byte)(1 << bit);
                FirmwareImage image = FirmwareImage.Recognise(damaged);
                return image.Problems.Count > 0 || image.Kind == ImageKind.Unknown;
            },
            iter: 60);
    }

    [Test]
    public void Recognise_BareCode_NeedsTheStartOfAProgram()
    {
        byte[] code = ImageFiles.Bytes(40_000, "bare");
        Assert.That(FirmwareImage.Recognise(code).Kind, Is.EqualTo(ImageKind.Unknown));
        byte[] start = [0xA1, 0x42, 0x73, 0xB0, 0x02, 0x30];
        start.CopyTo(code, 0);
        Encoding.ASCII.GetBytes("OpenBL602_1.18.57\0").CopyTo(code, 2000);
        FirmwareImage image = FirmwareImage.Recognise(code);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.Kind, Is.EqualTo(ImageKind.Bl602BareCode));
            Assert.That(image.Version, Is.EqualTo("1.18.57"));
        }
    }

    [Test]
    public void Regions_KeepSettings_LeavesOutPsmAndFactory()
    {
        FirmwareImage image = FirmwareImage.Recognise(ImageFiles.WholeFlash());
        IReadOnlyList<FlashRegion> kept = Bl602Images.Regions(image, keepSettings: true);
        IReadOnlyList<FlashRegion> all = Bl602Images.Regions(image, keepSettings: false);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Select(r => (r.Address, r.End)), Is.EqualTo(new (uint, long)[] { (0, 0x1E9000), (0x1F1000, 0x1F8000), (0x1FF000, 0x200000) }));
            Assert.That(all.Select(r => (r.Address, r.End)), Is.EqualTo(new (uint, long)[] { (0, 0x200000) }));
        }
    }

    [Test]
    public void Regions_FirmwareWithCodeFartherOff_StandsAsInFlash()
    {
        byte[] code = ImageFiles.Bytes(200_000, "far");
        byte[] file = new byte[BootHeader.Boot2CodeOffset + code.Length];
        ImageFiles.Header(code).Bytes.CopyTo(file);
        code.CopyTo(file, BootHeader.Boot2CodeOffset);
        FirmwareImage image = FirmwareImage.Recognise(file);
        IReadOnlyList<FlashRegion> regions = Bl602Images.Regions(image, keepSettings: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.Kind, Is.EqualTo(ImageKind.Bl602Firmware));
            Assert.That(image.Problems, Is.Empty);
            Assert.That(regions[0].Address, Is.EqualTo(0x10000));
            Assert.That(regions[1].Address, Is.EqualTo(0x11000));
            Assert.That(regions[1].Data.ToArray(), Is.EqualTo(code));
        }
    }

    [Test]
    public void Recognise_Boot2Alone_IsNoFirmware()
    {
        byte[] code = ImageFiles.Bytes(39_312, "boot2");
        byte[] file = new byte[BootHeader.Boot2CodeOffset + code.Length];
        ImageFiles.Header(code).Bytes.CopyTo(file);
        code.CopyTo(file, BootHeader.Boot2CodeOffset);
        Assert.That(FirmwareImage.Recognise(file).Kind, Is.EqualTo(ImageKind.Bl602Boot2));
    }

    [Test]
    public void FirmwareOf_WholeFlashAndFirmwareAlone_AreTheSameBody()
    {
        byte[] alone = ImageFiles.Firmware(300_000);
        byte[] body = Bl602Images.FirmwareOf(FirmwareImage.Recognise(alone));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(body, Is.EqualTo(alone));
            Assert.That(Bl602Images.FirmwareOf(FirmwareImage.Recognise(ImageFiles.WholeFlash())), Is.EqualTo(body));
            Assert.That(() => Bl602Images.FirmwareOf(FirmwareImage.Recognise(ImageFiles.Esp())), Throws.ArgumentException);
        }
    }

    [Test]
    public void WholeFlash_FirmwareLargerThanItsPartition_IsAProblem()
    {
        byte[] flash = ImageFiles.WholeFlash();
        byte[] code = ImageFiles.Bytes(0xC7000 + 16, "large");
        Bl602Images.WithHeader(ImageFiles.Header([]), code).CopyTo(flash, 0x10000);
        Assert.That(FirmwareImage.Recognise(flash).Problems, Has.Some.Contains("does not fit its partition"));
    }

    [Test]
    public void PartitionTable_TwoCopies_LargerAgeCounts()
    {
        byte[] flash = ImageFiles.WholeFlash();
        ImageFiles.Table(9).ToBytes().CopyTo(flash, PartitionTable.Addresses[1]);
        Assert.That(PartitionTable.Find(flash, out string? problem)!.Age, Is.EqualTo(9));
        Assert.That(problem, Is.Null);
        flash[PartitionTable.Addresses[1] + 20] ^= 1;
        Assert.That(PartitionTable.Find(flash, out problem)!.Age, Is.EqualTo(3));
        Assert.That(problem, Does.Contain("0x0F000").And.Contain("check sum"));
    }

    [TestCase(OtaBreak.Magic, "BL60X_OTA")]
    [TestCase(OtaBreak.Length, "states a body")]
    [TestCase(OtaBreak.Hash, "SHA-256")]
    [TestCase(OtaBreak.FlippedBit, "SHA-256")]
    [TestCase(OtaBreak.UnpackedLength, "running partition")]
    [TestCase(OtaBreak.Truncated, "states a body")]
    [TestCase(OtaBreak.Oversize, "Too large bin")]
    [TestCase(OtaBreak.HeaderOnly, "states a body")]
    [TestCase(OtaBreak.ShortHeader, "No header found")]
    public void Forge_EachDefect_IsNamed(OtaBreak defect, string words)
    {
        byte[] file = OtaForge.Make(ImageFiles.Bytes(9000, "body"), defect, packing: "RAW");
        Assert.That(OtaImage.Check(file), Has.Some.Contains(words));
    }

    [TestCase(OtaBreak.None, 9000)]
    [TestCase(OtaBreak.LargestThatFits, OtaImage.SlotLength - 1)]
    [TestCase(OtaBreak.LargestUnpackedThatFits, 9000)]
    public void Forge_SoundFile_HasNoProblem(OtaBreak defect, int body)
    {
        byte[] file = OtaForge.Make(ImageFiles.Bytes(9000, "body"), defect, packing: "RAW");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(OtaImage.Check(file), Is.Empty);
            Assert.That(file, Has.Length.EqualTo(OtaImage.HeaderLength + body));
        }
    }

    [Test]
    public void Recognise_WholeFlashOfEasyGui_IsSoundAndABitOfItsBoot2Counts()
    {
        byte[] flash = ImageFiles.AsEasyGui(ImageFiles.WholeFlash());
        FirmwareImage sound = FirmwareImage.Recognise(flash);
        byte[] damaged = [.. flash];
        damaged[0x1800] ^= 1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sound.Kind, Is.EqualTo(ImageKind.Bl602WholeFlash));
            Assert.That(sound.Problems, Is.Empty);
            Assert.That(FirmwareImage.Recognise(damaged).Problems, Has.Some.Contains("boot2's code"));
        }
    }

    [Test]
    public void Crc_KnownAnswers()
    {
        // "123456789" is the check text of the CRC catalogue: CRC-32/ISO-HDLC and CRC-16/CMS.
        byte[] text = Encoding.ASCII.GetBytes("123456789");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Crc.Crc32(text), Is.EqualTo(0xCBF43926));
            Assert.That(Crc.Cms16(text), Is.EqualTo(0xAEE7));
            Assert.That(Crc.Beken32(text.AsSpan(4), Crc.Beken32(text.AsSpan(0, 4))), Is.EqualTo(~0xCBF43926));
        }
    }
}

using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Images;

[TestFixture]
public sealed class BekenImageTests
{
    // Bytes 0 to 31, as bk7231tools scrambles them with the key of Tuya's modules.
    [TestCase(0u, "2106b77f250ab37b291ebf772d12bb733136a76f353aa36b392eaf673d22ab63")]
    [TestCase(0x10000u, "2106b77d250ab379291ebf752d12bb713136a76d353aa369392eaf653d22ab61")]
    [TestCase(0x23460u, "f042c6bef44ec2baf85aceb6fc56cab2e072d6aee47ed2aae86adea6ec66daa2")]
    public void Scramble_AnyAddress_IsThatOfAnotherTool(uint address, string scrambled)
    {
        byte[] code = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        BekenScramble.Apply(code, address);
        Assert.That(Convert.ToHexStringLower(code), Is.EqualTo(scrambled));
    }

    // The first words by which the tools of Tuya's cloud cutters know released files.
    [TestCase("4309b596", 0u, 0xEA000E62)]
    [TestCase("2f07b594", 0x10000u, 0xEA00000E)]
    public void Scramble_FirstWordOfReleases_IsABranch(string first, uint address, uint expected)
    {
        byte[] word = Convert.FromHexString(first);
        BekenScramble.Apply(word, address);
        Assert.That(BitConverter.ToUInt32(word), Is.EqualTo(expected));
    }

    [Test]
    public void Scramble_HalfAWord_IsRefused() => Assert.That(() => BekenScramble.Apply(new byte[6], 0), Throws.ArgumentException);

    [Test]
    public void Blocks_ThereAndBack_AreTheSame()
    {
        byte[] code = ImageFiles.Bytes(32 * 50, "code");
        byte[] flash = BekenImages.ToBlocks(code, 0x10000);
        byte[] damaged = [.. flash];
        damaged[34 * 20] ^= 1;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BekenImages.FromBlocks(flash, 0x10000), Is.EqualTo(code));
            Assert.That(BekenImages.FromBlocks(damaged, 0x10000), Has.Length.EqualTo(32 * 20), "up to the damage");
        }
    }

    [TestCase("BK7231N", ChipModel.Bk7231N)]
    [TestCase("BK7231T", ChipModel.Bk7231T)]
    public void Recognise_QioAndUa_NameChipPlaceAndVersion(string chip, ChipModel model)
    {
        FirmwareImage flash = FirmwareImage.Recognise(VirtualBk7231Image.Flash("1.18.200", chip));
        FirmwareImage application = FirmwareImage.Recognise(VirtualBk7231Image.Application("1.18.201", chip));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(flash.Kind, Is.EqualTo(ImageKind.Bk7231Flash));
            Assert.That(application.Kind, Is.EqualTo(ImageKind.Bk7231Application));
            Assert.That(new[] { flash.Model, application.Model }, Is.All.EqualTo(model));
            Assert.That(flash.Version, Is.EqualTo("1.18.200"));
            Assert.That(application.Version, Is.EqualTo("1.18.201"));
            Assert.That(flash.Problems, Is.Empty);
            Assert.That(application.Problems, Is.Empty);
            Assert.That(BekenImages.CodeEnd(flash), Is.EqualTo(flash.File.Length));
        }
    }

    [TestCase("BK7231N_1.0.1", ChipModel.Bk7231N)]
    [TestCase("BK7231S_1.0.5", ChipModel.Bk7231T)]
    public void Recognise_ApplicationWithoutName_IsOfTheLoadersChip(string loader, ChipModel model)
    {
        byte[] file = VirtualBk7231Image.Flash("1.18.200", "BK7231Q");
        byte[] code = BekenImages.FromBlocks(file, 0);
        System.Text.Encoding.ASCII.GetBytes(loader, code.AsSpan(2000));
        BekenImages.ToBlocks(code, 0).CopyTo(file, 0);
        Assert.That(FirmwareImage.Recognise(file).Model, Is.EqualTo(model));
    }

    [Test]
    public void Recognise_LoaderAlone_HasNoPlace()
    {
        byte[] loader = VirtualBk7231Image.Flash("1.18.200", "BK7231T")[..0x8000];
        Assert.That(FirmwareImage.Recognise(loader).Kind, Is.EqualTo(ImageKind.Bk7231Blocks));
    }

    [Test]
    public void Recognise_DumpWithSettings_EndsItsCodeBeforeThem()
    {
        byte[] dump = new byte[2 << 20];
        dump.AsSpan().Fill(0xFF);
        byte[] flash = VirtualBk7231Image.Flash("1.18.200", "BK7231N");
        flash.CopyTo(dump, 0);
        ImageFiles.Bytes(3000, "settings").CopyTo(dump, 0x1D0000);
        FirmwareImage image = FirmwareImage.Recognise(dump);
        byte[] hurt = [.. dump];
        hurt[0x11000 + (34 * 100)] ^= 4;
        FirmwareImage damaged = FirmwareImage.Recognise(hurt);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.Kind, Is.EqualTo(ImageKind.Bk7231Flash));
            Assert.That(image.Problems, Is.Empty);
            Assert.That(BekenImages.CodeEnd(image), Is.EqualTo(flash.Length));
            Assert.That(damaged.Problems, Has.One.Contains("wrong check sum"), "damage within the code is none of its settings");
        }
    }
}

using System.Buffers.Binary;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Tests.Images;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>The virtual BK7231's download mode against the documented frames, byte by byte.</summary>
[TestFixture]
public sealed class Bk7231DownloadTests
{
    private static string Crc(DownloadRig rig, uint from, uint to)
    {
        byte[] words = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(words, from);
        BinaryPrimitives.WriteUInt32LittleEndian(words.AsSpan(4), to);
        return rig.Ask("01E0FC0910" + Convert.ToHexString(words));
    }

    private static string Expected(ReadOnlySpan<byte> data)
    {
        byte[] crc = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(crc, Hardware.Images.Crc.Beken32(data));
        return "040E0801E0FC10" + Convert.ToHexString(crc);
    }

    private static byte[] Read(DownloadRig rig, string address) => Convert.FromHexString(rig.Ask("01E0FCFFF4050009" + address))[15..];

    [TestCase("BK7231N", 100, true)]
    [TestCase("BK7231T", 100, true)]
    [TestCase("BK7231N", 300, false)]
    [TestCase("BK7231T", 300, false)]
    public void LinkCheck_OnlyInTheWindowAfterReset_IsAnswered(string chip, int milliseconds, bool answered)
    {
        DownloadRig rig = new(chip);
        rig.Plug.SetPower(true);
        rig.Run(milliseconds / 1000.0);
        Assert.That(rig.Ask("01E0FC0100", 0.01), answered ? Is.EqualTo("040E0501E0FC0100") : Is.Empty);
    }

    [TestCase("BK7231N")]
    [TestCase("BK7231T")]
    public void Commands_BeforeALinkCheck_AreNotAnswered(string chip)
    {
        DownloadRig rig = new(chip);
        rig.Plug.SetPower(true);
        Assert.That(rig.Ask("01E0FC091000000000FF000000", 0.1), Is.Empty);
    }

    [Test]
    public void Bytes_AtAnotherSpeed_AreLost()
    {
        DownloadRig rig = new("BK7231N") { UartBaud = 57_600 };
        rig.Plug.SetPower(true);
        Assert.That(rig.Ask("01E0FC0100", 0.1), Is.Empty);
    }

    [Test]
    public void SetBaud_EchoComesAtTheNewSpeed()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        rig.Plug.UartReceived(Convert.FromHexString("01E0FC060F00100E0014"));
        rig.Run(0.01);
        rig.UartBaud = 921_600;
        Assert.That(rig.Ask("", 0.1), Is.EqualTo("040E0901E0FC0F00100E0014"));
        Assert.That(rig.Ask("01E0FC0100"), Is.EqualTo("040E0501E0FC0100"));
    }

    [Test]
    public void Registers_ChipNumberOnN_NothingOnT()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new DownloadRig("BK7231N").Link().Ask("01E0FC050300008000"), Is.EqualTo("040E0C01E0FC03000080001C230700"));
            Assert.That(new DownloadRig("BK7231T").Link().Ask("01E0FC050300008000"), Is.Empty);
            Assert.That(new DownloadRig("BK7231T").Link().Ask("01E0FC0111"), Is.EqualTo("040E0901E0FC11" + Convert.ToHexString("1.0.5"u8)));
        }
    }

    /// <summary>As EasyGUI's flasher asks before it writes: number and start bit into the control register, the byte from the data register.</summary>
    [Test]
    public void Efuse_N_HoldsTheKeyOfTuyasModules()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        List<string> read = [];
        for (int number = 0; number < 16; number++)
        {
            string control = $"7400800001{number:X2}0000";
            Assert.That(rig.Ask($"01E0FC0901{control}"), Is.EqualTo($"040E0C01E0FC01{control}"));
            Assert.That(rig.Ask("01E0FC050374008000"), Is.EqualTo($"040E0C01E0FC037400800000{number:X2}0000"), "it is done");
            read.Add(rig.Ask("01E0FC050378008000")["040E0C01E0FC0378008000".Length..]);
        }

        Assert.That(read.Select(r => r[2..]), Is.All.EqualTo("010000"), "the byte counts");
        Assert.That(string.Concat(read.Select(r => r[..2])), Is.EqualTo("93B00F51DCEACBA37EA1935903EBADC7"));
        Assert.That(new DownloadRig("BK7231T").Link().Ask("01E0FC09017400800001000000"), Is.Empty);
    }

    [Test]
    public void FlashIdAndStatus_AreTheNs()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Ask("01E0FCFFF405000E9F000000"), Is.EqualTo("040EFF01E0FCF406000E0000EB6015"));
            Assert.That(rig.Ask("01E0FCFFF402000C05"), Is.EqualTo("040EFF01E0FCF404000C00057C"));
            Assert.That(rig.Ask("01E0FCFFF402000C35"), Is.EqualTo("040EFF01E0FCF404000C003540"));
            Assert.That(new DownloadRig("BK7231T").Link().Ask("01E0FCFFF405000E9F000000"), Is.Empty);
        }
    }

    [Test]
    public void Crc_N_CountsTheLastByteIn()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        byte[] sector = Read(rig, "00100100");
        Assert.That(Crc(rig, 0x11000, 0x11064), Is.EqualTo(Expected(sector.AsSpan(0, 0x65))));
    }

    [TestCase(0x11100u)]
    [TestCase(0x110FFu)]
    [TestCase(0x11001u)]
    public void Crc_T_CountsWholePages(uint end)
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        byte[] sector = Read(rig, "00100100");
        Assert.That(Crc(rig, 0x11000, end), Is.EqualTo(Expected(sector.AsSpan(0, 0x100))));
    }

    [Test]
    public void Read_T_BootLoaderOnlyAboveTheEnd()
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Ask("01E0FCFFF40500090000" + "0000"), Is.Empty);
            Assert.That(Read(rig, "00002000").AsSpan().IndexOfAnyExcept((byte)0xFF), Is.Zero);
            Assert.That(Read(rig, "00102100"), Is.EqualTo(Read(rig, "00100100")), "the same flash again");
        }
    }

    [TestCase("01E0FCFFF406000F20001011", "an address of three bytes")]
    [TestCase("01E0FCFFF406000F2100101100", "an unknown size")]
    [TestCase("01E0FCFFF4060007001011000000", "a sector of two bytes")]
    [TestCase("01E0FC0199", "an unknown command")]
    public void Frames_ThatAreNone_AreNotAnswered(string frame, string what)
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        Assert.That(rig.Ask(frame), Is.Empty, what);
    }

    [Test]
    public void Write_N_ProtectedFlashStaysAsItIs()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        byte[] before = Read(rig, "00100100");
        Assert.That(rig.Ask("01E0FCFFF406000F2000100100"), Is.EqualTo("040EFF01E0FCF407000F002000100100"), "it says that it erased");
        Assert.That(Read(rig, "00100100"), Is.EqualTo(before));
        rig.Ask("01E0FCFFF404000D010000");
        rig.Ask("01E0FCFFF406000F2000100100");
        Assert.That(Read(rig, "00100100").AsSpan().IndexOfAnyExcept((byte)0xFF), Is.EqualTo(-1));
    }

    [Test]
    public void Erase_T_UnlocksOnlyAfterAFreshLinkCheck()
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        byte[] before = Read(rig, "00100100");
        Crc(rig, 0x11000, 0x12000);
        rig.Ask("01E0FCFFF406000F2000100100");
        byte[] locked = Read(rig, "00100100");
        rig.Ask("01E0FC0100");
        rig.Ask("01E0FCFFF406000F2000100100");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(locked, Is.EqualTo(before), "locked since the CRC");
            Assert.That(Read(rig, "00100100").AsSpan().IndexOfAnyExcept((byte)0xFF), Is.EqualTo(-1));
        }
    }

    [Test]
    public void Write_OverWhatIsThere_OnlyClearsBits()
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        byte[] first = ImageFiles.Bytes(4096, "first");
        byte[] second = ImageFiles.Bytes(4096, "second");
        rig.Ask("01E0FCFFF406000F2000001000");
        Assert.That(rig.Ask("01E0FCFFF405100700001000" + Convert.ToHexString(first)), Is.EqualTo("040EFF01E0FCF40600070000001000"));
        rig.Ask("01E0FCFFF4051007" + "00001000" + Convert.ToHexString(second));
        Assert.That(Read(rig, "00001000"), Is.EqualTo(first.Zip(second, (a, b) => (byte)(a & b))));
    }

    [Test]
    public void Power_CutInASector_LeavesAPartWritten()
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        rig.Ask("01E0FCFFF406000F2000001000");
        byte[] data = new byte[4096];
        rig.Plug.UartReceived(Convert.FromHexString("01E0FCFFF405100700001000" + Convert.ToHexString(data)));
        rig.Run(((4096 + 12) * 10 / 115_200.0) + 0.003);
        rig.Plug.SetPower(false);
        rig.Run(1);
        rig.Link();
        int written = Read(rig, "00001000").Count(b => b == 0);
        Assert.That(written, Is.InRange(256, 4095).And.Matches<int>(n => n % 256 == 0), "whole pages, not all");
    }

    [Test]
    public void Boot_TWithoutItsLoader_AnswersNoMore()
    {
        DownloadRig rig = new DownloadRig("BK7231T").Link();
        rig.Ask("01E0FCFFF406000F2000000000");
        Assert.That(rig.Ask("01E0FC0100"), Is.EqualTo("040E0501E0FC0100"), "it runs from RAM until the next start");
        rig.Plug.SetPower(false);
        rig.Run(1);
        rig.Plug.SetPower(true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Ask("01E0FC0100", 0.1), Is.Empty);
            Assert.That(rig.Plug.BootableVersion, Is.Null);
        }
    }

    [Test]
    public void Reboot_LeavesDownloadMode()
    {
        DownloadRig rig = new DownloadRig("BK7231N").Link();
        rig.Ask("01E0FC020EA5", 0.3);
        Assert.That(rig.Ask("01E0FC0100", 0.01), Is.Empty);
    }
}

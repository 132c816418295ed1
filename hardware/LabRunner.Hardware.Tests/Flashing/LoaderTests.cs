using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Tests.Images;
using LabRunner.Hardware.Tests.Plug;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>The virtual chip's loader, frame by frame in pure virtual time: what hosts other than ours make use of.</summary>
[TestFixture]
public sealed class LoaderTests
{
    // `head -c 100 /dev/zero | xz --format=xz --check=crc32 --lzma2=dict=32KiB`.
    private static readonly byte[] HundredZeros = Convert.FromHexString(
        "FD377A585A0000016922DE360200210106000000EB78FCF3E0006300065D00006EA0457800000000CAC6889900011E64B52F18BE9042990D010000000001595A");

    [Test]
    public void ChipErase_LongerThanTheSilenceLimit_LoaderStaysAwake()
    {
        PlugBench bench = Loaded();
        Send(bench, 0x3C, [], 8);
        bench.Take();
        Assert.That(Send(bench, 0x10, [], 1), Does.StartWith("OK"), "the erase took longer than the loader waits for a frame");
        bench.Run(6);
        Assert.That(Send(bench, 0x10, [], 1), Is.Empty, "now it was silent for too long");
    }

    [Test]
    public void Hash_AfterAWrite_IsOfWhatWasWritten()
    {
        PlugBench bench = Loaded();
        byte[] data = ImageFiles.Bytes(2048, "w");
        Send(bench, 0x30, [.. Word(0x10000), .. Word(0x10FFF)], 1);
        Send(bench, 0x31, [.. Word(0x10000), .. data], 1);
        Assert.That(Hash(bench, 0x10000, 2048), Is.EqualTo(SHA256.HashData(data)));
    }

    [Test]
    public void Packed_StreamInPieces_IsUnpackedIntoFlash()
    {
        PlugBench bench = Loaded();
        byte[] xz = HundredZeros;
        Send(bench, 0x30, [.. Word(0x10000), .. Word(0x10FFF)], 1);
        string first = Send(bench, 0x3F, [.. Word(0x8001_0000), .. xz[..30]], 1);
        string second = Send(bench, 0x3F, [.. Word(0x10000 + 30), .. xz[30..]], 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((first, second), Is.EqualTo(("OK", "OK")));
            Assert.That(Send(bench, 0x3A, [], 1), Is.EqualTo("OK"));
            Assert.That(Hash(bench, 0x10000, 100), Is.EqualTo(SHA256.HashData(new byte[100])));
        }
    }

    [TestCase(0x8001_0000u, "no stream")]
    [TestCase(0x0001_0000u, "no beginning")]
    public void Packed_NoStream_IsRefusedWithTheVendorsCode(uint address, string what)
    {
        PlugBench bench = Loaded();
        Assert.That(Send(bench, 0x3F, [.. Word(address), .. ImageFiles.Bytes(50, what)], 1), Is.EqualTo("FL\u000C\0"), what);
    }

    [Test]
    public void Unpaced_LongFrame_IsThereAtOnce()
    {
        PlugBench bench = Loaded();
        byte[] frame = Frame(0x31, [.. Word(0x100000), .. new byte[2048]]);
        Assert.That(Answer(bench, frame, 0.005), Is.Empty, "2,056 bytes take 44.6 ms at 460,800 baud");
        bench.Run(1);
        bench.Take();
        bench.Plug.UartPaced = false;
        Assert.That(Answer(bench, frame, 0.001), Is.EqualTo("OK"));
    }

    private static byte[] Hash(PlugBench bench, uint address, uint length)
    {
        bench.Take();
        bench.Plug.UartReceived(Frame(0x3D, [.. Word(address), .. Word(length)]));
        bench.Run(1);
        return bench.TakeBytes()[4..];
    }

    private static PlugBench Loaded()
    {
        PlugBench bench = new() { UartBaud = 460_800 };
        bench.Plug.SetBoot(true);
        bench.Plug.SetPower(true);
        bench.Run(0.1);
        Sync(bench);
        RamLoader loader = RamLoader.Read(RamLoader.Build(RamLoader.UsualAddress, new byte[2000]), out _)!;
        Assert.That(Send(bench, 0x11, loader.Header.Bytes.ToArray(), 0.1), Is.EqualTo("OK"));
        Send(bench, 0x17, loader.Segments[0].Header.ToArray(), 0.1);
        Send(bench, 0x18, loader.Segments[0].Data.ToArray(), 0.1);
        Send(bench, 0x19, [], 0.1);
        Assert.That(Send(bench, 0x1A, [], 0.3), Is.EqualTo("OK"));
        Sync(bench);
        return bench;
    }

    private static void Sync(PlugBench bench)
    {
        byte[] run = new byte[300];
        Array.Fill(run, (byte)0x55);
        Assert.That(Answer(bench, run, 0.1), Is.EqualTo("OK"));
    }

    private static string Send(PlugBench bench, byte command, byte[] payload, double seconds) => Answer(bench, Frame(command, payload), seconds);

    private static string Answer(PlugBench bench, byte[] bytes, double seconds)
    {
        bench.Take();
        bench.Plug.UartReceived(bytes);
        bench.Run(seconds);
        return Encoding.Latin1.GetString(bench.TakeBytes());
    }

    private static byte[] Frame(byte command, byte[] payload) => [command, 0, (byte)payload.Length, (byte)(payload.Length >> 8), .. payload];

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}

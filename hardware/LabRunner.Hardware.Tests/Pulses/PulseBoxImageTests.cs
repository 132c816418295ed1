using System.Buffers.Binary;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>The image as the chip's boot ROM sees it, reckoned apart from the build.</summary>
[Category("pulse-box")]
public sealed class PulseBoxImageTests
{
    [Test]
    public void Crc_CheckValue_IsThatOfTheStandard() =>
        Assert.That(Crc("123456789"u8), Is.EqualTo(0x0376E6E7), "CRC-32/MPEG-2, catalogue of parametrised CRC algorithms");

    [Test]
    public void Image_BootStage_HasTheChecksumThatTheBootRomDemands()
    {
        byte[] image = File.ReadAllBytes(Path.Combine(PulseBoxEmulator.Need().Built, "pulse-box.bin"));
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(252)), Is.EqualTo(Crc(image.AsSpan(0, 252))));
    }

    [Test]
    public void Uf2_Blocks_HoldTheImageInOrder()
    {
        string built = PulseBoxEmulator.Need().Built;
        byte[] image = File.ReadAllBytes(Path.Combine(built, "pulse-box.bin"));
        byte[][] blocks = [.. File.ReadAllBytes(Path.Combine(built, "pulse-box.uf2")).Chunk(512)];
        using (Assert.EnterMultipleScope())
        {
            foreach ((int number, byte[] block) in blocks.Index())
            {
                uint[] words = [.. Enumerable.Range(0, 8).Select(at => BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at * 4)))];
                Assert.That(words, Is.EqualTo(new uint[] { 0x0A324655, 0x9E5D5157, 0x2000, (uint)(0x10000000 + (number * 256)), 256, (uint)number, (uint)blocks.Length, 0xE48BFF56 }));
                Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(508)), Is.EqualTo(0x0AB16F30));
            }

            Assert.That(blocks.SelectMany(block => block[32..288]).Take(image.Length), Is.EqualTo(image));
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= (uint)value << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
            }
        }

        return crc;
    }
}

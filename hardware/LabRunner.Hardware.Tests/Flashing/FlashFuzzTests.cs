using System.Buffers.Binary;
using CsCheck;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Tests.Images;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>
/// Readers of firmware files under bytes of any kind: chance, cut, and sound ones changed in a few places with their check sums made right
/// again. No exception, and no more memory than the file justifies; a hang is the test host's limit.
/// </summary>
[TestFixture]
[Category("flash-fuzz")]
public sealed class FlashFuzzTests
{
    // Facts, problems and hashes of a file cost a few times its length and some texts.
    private const long MemoryForTexts = 256 * 1024;
    private const int MemoryPerByte = 8;

    private static readonly byte[][] Seeds =
    [
        ImageFiles.Firmware(3000), OtaImage.Wrap(ImageFiles.Bytes(700, "b")), OtaImage.Wrap(ImageFiles.Bytes(700, "r"), packing: "RAW"),
        RamLoader.Build(RamLoader.UsualAddress, ImageFiles.Bytes(500, "l")), ImageFiles.Beken(40), ImageFiles.Esp(), ImageFiles.Table().ToBytes(), [],
    ];

    private static readonly Gen<(int Seed, (int At, byte Value)[] Changes, int Length)> Files =
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 4500], Gen.Byte).Array[0, 40], Gen.Int[0, 6000]);

    [Test]
    [CancelAfter(300_000)]
    public void Recognise_AnyBytes_AnswersWithinItsMemory() => Files.Sample(
        (seed, changes, length) =>
        {
            byte[] file = Changed(Seeds[seed], changes, length);
            return Within(file.Length, () =>
            {
                FirmwareImage image = FirmwareImage.Recognise(file);
                RamLoader.Read(file, out _);
                OtaImage.ReadHeader(file);
                return image.Facts.Count < 64 && image.Problems.Count < 64 && OtaImage.Check(file).Count < 16;
            });
        },
        iter: 60_000);

    [Test]
    [CancelAfter(300_000)]
    public void BootHeader_AnyFieldsWithRightCheckSums_NeverReachesBeyondTheFile() => Files.Sample(
        (seed, changes, length) =>
        {
            byte[] file = Changed(ImageFiles.Firmware(2000 + seed), changes.Select(c => (c.At % BootHeader.Length, c.Value)), Math.Max(length, BootHeader.Length));
            "BFNP"u8.CopyTo(file);
            "FCFG"u8.CopyTo(file.AsSpan(8));
            "PCFG"u8.CopyTo(file.AsSpan(100));
            Sum(file, 96, 12..96);
            Sum(file, 112, 104..112);
            Sum(file, 172, 0..172);
            return Within(file.Length, () =>
            {
                FirmwareImage image = FirmwareImage.Recognise(file);
                bool placed = image.Kind != ImageKind.Bl602Firmware || image.Problems.Count > 0
                    || Bl602Images.Regions(image, keepSettings: true).All(r => r.Data.Length <= file.Length);
                return BootHeader.Read(file, out string? problem) is not null && problem is null && placed;
            });
        },
        iter: 15_000);

    [Test]
    [CancelAfter(300_000)]
    public void PartitionTable_AnyFieldsWithRightCheckSums_ReadsBackWhatItSays() => Gen.Select(Gen.UShort, Gen.Byte.Array[0, 700], Gen.UInt).Sample(
        (count, noise, age) =>
        {
            byte[] file = new byte[Math.Max(16, noise.Length)];
            noise.CopyTo(file, 0);
            "BFPT"u8.CopyTo(file);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), count % 3 == 0 ? count : (ushort)(count % 20));
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), age);
            Sum(file, 12, 0..12);
            int entries = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(6));
            long end = 16 + (36L * entries);
            if (end + 4 <= file.Length)
            {
                Sum(file, (int)end, 16..(int)end);
            }

            return Within(file.Length, () =>
            {
                PartitionTable? table = PartitionTable.Read(file, out string? problem);
                bool whole = entries is > 0 and <= PartitionTable.MostEntries && end + 4 <= file.Length;
                return (table is not null) == whole && (problem is null) == whole && (table is null || (table.Age == age && table.Entries.Count == entries));
            });
        },
        iter: 15_000);

    [Test]
    [CancelAfter(300_000)]
    public void WholeFlash_TablesAndHeadersOfAnyContent_IsJudgedWithoutThrowing()
    {
        byte[] flash = VirtualFirmwareImage.BuildWholeFlash("1.18.158");
        Gen.Select(Gen.Select(Gen.Int[0, 600], Gen.Byte).Array[1, 12], Gen.Int[0, 3]).Sample(
            (changes, where) =>
            {
                byte[] file = [.. flash];
                int at = where switch { 0 => 0, 1 => 0xE000, 2 => 0xF000, _ => 0x10000 };
                foreach ((int offset, byte value) in changes)
                {
                    file[at + offset] = value;
                }

                foreach (int table in new[] { 0xE000, 0xF000 })
                {
                    Sum(file, table + 12, table..(table + 12));
                    int count = Math.Min(PartitionTable.MostEntries, (int)BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(table + 6)));
                    Sum(file, table + 16 + (count * 36), (table + 16)..(table + 16 + (count * 36)));
                }

                FirmwareImage image = FirmwareImage.Recognise(file);
                return image.Problems.Count > 0 || image.Kind == ImageKind.Unknown || Bl602Images.Regions(image, keepSettings: true).All(r => r.End <= file.Length);
            },
            iter: 300);
    }

    private static byte[] Changed(byte[] seed, IEnumerable<(int At, byte Value)> changes, int length)
    {
        // A cut, or grown by zeros.
        byte[] file = new byte[seed.Length == 0 ? Math.Min(length, 300) : Math.Min(length, seed.Length + 200)];
        seed.AsSpan(0, Math.Min(seed.Length, file.Length)).CopyTo(file);
        foreach ((int at, byte value) in changes)
        {
            if (file.Length > 0)
            {
                file[at % file.Length] = value;
            }
        }

        return file;
    }

    private static void Sum(byte[] file, int at, Range of) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), Crc.Crc32(file.AsSpan(of)));

    private static bool Within(int length, Func<bool> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        return read() && GC.GetAllocatedBytesForCurrentThread() - before <= MemoryForTexts + ((long)length * MemoryPerByte);
    }
}

using System.Buffers.Binary;
using System.Globalization;

namespace LabRunner.Hardware.Images;

/// <summary>
/// BK7231 code as it stands in flash: every 32 bytes are followed by their CRC-16/CMS, high byte first (the flash controller checks it on
/// each read). The code itself is scrambled.
/// </summary>
internal static class BekenImages
{
    public const int BlockLength = 34;

    private const int BlocksLookedAt = 32;
    private const int CodeInBlock = 32;

    public static FirmwareImage? Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.StartsWith("RBL\0"u8))
        {
            return new FirmwareImage(ImageKind.Bk7231Ota, ChipFamily.Bk7231, file, [], ["an OTA container goes over HTTP; for the UART take the QIO or UA file of the same release"]);
        }

        if (bytes.Length < BlockLength * 4 || !Sound(bytes[..BlockLength]) || bytes[..CodeInBlock].IndexOfAnyExcept((byte)0xFF) < 0)
        {
            return null;
        }

        int looked = Math.Min(BlocksLookedAt, bytes.Length / BlockLength);
        for (int i = 0; i < looked; i++)
        {
            if (!Sound(bytes.Slice(i * BlockLength, BlockLength)))
            {
                return null;
            }
        }

        (int sound, int broken, int firstBroken) = Count(bytes);
        List<string> problems = [];
        if (broken > 0)
        {
            problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{broken} of {sound + broken} blocks have a wrong check sum, the first at 0x{firstBroken:X}: the file is damaged, or holds data there"));
        }

        return new FirmwareImage(
            ImageKind.Bk7231Blocks,
            ChipFamily.Bk7231,
            file,
            [new ImageFact("blocks", string.Create(CultureInfo.InvariantCulture, $"{sound} with a right check sum, {broken} with a wrong one"))],
            problems);
    }

    private static (int Sound, int Broken, int FirstBroken) Count(ReadOnlySpan<byte> bytes)
    {
        int sound = 0;
        int broken = 0;
        int first = -1;
        for (int at = 0; at + BlockLength <= bytes.Length; at += BlockLength)
        {
            ReadOnlySpan<byte> block = bytes.Slice(at, BlockLength);
            if (Sound(block))
            {
                sound++;
            }
            else if (block.IndexOfAnyExcept((byte)0xFF) >= 0)
            {
                broken++;
                first = first < 0 ? at : first;
            }
        }

        return (sound, broken, first);
    }

    private static bool Sound(ReadOnlySpan<byte> block) =>
        Crc.Cms16(block[..CodeInBlock]) == BinaryPrimitives.ReadUInt16BigEndian(block[CodeInBlock..]);
}

using System.Buffers.Binary;
using System.Globalization;

namespace LabRunner.Hardware.Images;

/// <summary>
/// LN882H flash from address 0: a boot header of 24 bytes (RAM address of the boot program, its length, place and value of its check sum, its
/// vector table, a protection word) whose last word is the CRC-32 of the others (Lightning Semi's image tools, <c>boot_header.py</c>, as ltchiptool carries them).
/// </summary>
internal static class LnImages
{
    private const int HeaderLength = 24;

    /// <summary>Boot header and boot program take the first 24 KiB.</summary>
    private const int BootLength = 24 * 1024;

    public static FirmwareImage? Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderLength - 4)..]) != Crc.Crc32(bytes[..(HeaderLength - 4)]))
        {
            return null;
        }

        uint target = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);

        // A run of zeros or ones has a fitting check sum in no place, but a header without program is none.
        if (length == 0)
        {
            return null;
        }

        return new FirmwareImage(
            ImageKind.Ln882hFlash,
            ChipFamily.Ln882h,
            file,
            [new ImageFact("boot program", string.Create(CultureInfo.InvariantCulture, $"{length:N0} bytes for 0x{target:X8}"))],
            bytes.Length <= BootLength ? [string.Create(CultureInfo.InvariantCulture, $"it ends with the boot program: an image with firmware has more than {BootLength:N0} bytes, this one {bytes.Length:N0}")] : []);
    }
}

using System.Buffers.Binary;
using System.Globalization;

namespace LabRunner.Hardware.Images;

/// <summary>
/// ESP8266 firmware: E9, number of segments, flash mode, size and speed, entry, then segments of address, length and data; the last byte of
/// the padded whole is EF xor all data bytes (Espressif, esptool's "Firmware Image Format").
/// </summary>
internal static class EspImages
{
    private const int HeaderLength = 8;

    private static readonly string[] Modes = ["QIO", "QOUT", "DIO", "DOUT"];

    public static FirmwareImage? Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length < HeaderLength || bytes[0] != 0xE9 || bytes[1] is 0 or > 16 || bytes[2] >= Modes.Length)
        {
            return null;
        }

        uint entry = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        // Instruction RAM: what a boot loader or firmware of an ESP8266 starts in.
        if (entry is < 0x4010_0000 or >= 0x4010_8000)
        {
            return null;
        }

        return new FirmwareImage(
            ImageKind.Esp8266Firmware,
            ChipFamily.Esp8266,
            file,
            [
                new ImageFact("segments", bytes[1].ToString(CultureInfo.InvariantCulture)),
                new ImageFact("flash mode", Modes[bytes[2]]),
                new ImageFact("entry", $"0x{entry:X8}"),
            ],
            Check(bytes));
    }

    private static List<string> Check(ReadOnlySpan<byte> bytes)
    {
        int at = HeaderLength;
        byte sum = 0xEF;
        for (int i = 0; i < bytes[1]; i++)
        {
            if (bytes.Length - at < 8)
            {
                return [$"it ends before segment {i + 1} of {bytes[1]}"];
            }

            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            at += 8;
            if (length > bytes.Length - at)
            {
                return [$"segment {i + 1} states {length:N0} bytes, {bytes.Length - at:N0} are left in the file"];
            }

            foreach (byte b in bytes.Slice(at, (int)length))
            {
                sum ^= b;
            }

            at += (int)length;
        }

        int checkAt = at | 15;
        return checkAt >= bytes.Length
            ? ["it ends before its check sum"]
            : bytes[checkAt] == sum ? [] : [$"its check sum (at 0x{checkAt:X}) is 0x{bytes[checkAt]:X2}, its segments give 0x{sum:X2}"];
    }
}

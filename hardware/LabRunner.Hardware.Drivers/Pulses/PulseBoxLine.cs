using System.Globalization;
using System.Text;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Lines of the pulse box's protocol: <c>sequence words…*CRC</c>, ended by a line feed.</summary>
internal static class PulseBoxLine
{
    /// <summary>A line to send.</summary>
    public static byte[] Write(uint sequence, string command)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{sequence} {command}");
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text}*{Crc(Encoding.ASCII.GetBytes(text)):X4}\n"));
    }

    /// <summary>Reads a received line without its line feed; null when its checksum does not fit.</summary>
    public static (uint Sequence, string[] Words)? Read(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (line.Length < 6
            || line[^5] != '*'
            || !ushort.TryParse(Encoding.ASCII.GetString(line[^4..]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort crc)
            || crc != Crc(line[..^5]))
        {
            return null;
        }

        string[] words = Encoding.ASCII.GetString(line[..^5]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 2 && uint.TryParse(words[0], CultureInfo.InvariantCulture, out uint sequence) ? (sequence, words[1..]) : null;
    }

    /// <summary>The fields <c>name=number</c> among the words.</summary>
    public static Dictionary<string, long> Fields(IEnumerable<string> words) =>
        words.Select(word => word.Split('='))
            .Where(pair => pair.Length == 2 && long.TryParse(pair[1], CultureInfo.InvariantCulture, out _))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));

    /// <summary>CRC-16/CCITT-FALSE: polynomial 1021h, start FFFFh, most significant bit first.</summary>
    public static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        int crc = 0xFFFF;
        foreach (byte value in bytes)
        {
            crc ^= value << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = ((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xFFFF;
            }
        }

        return (ushort)crc;
    }
}

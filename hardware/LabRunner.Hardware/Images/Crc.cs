namespace LabRunner.Hardware.Images;

/// <summary>The check sums that firmware images of the plugs carry. Pure functions, thread safe.</summary>
public static class Crc
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>CRC-32 as zlib computes it (reflected 0xEDB88320, start and end inverted): BL602 headers and partition tables.</summary>
    public static uint Crc32(ReadOnlySpan<byte> bytes) => ~Beken32(bytes, uint.MaxValue);

    /// <summary>CRC-32 without the final inversion, as the BK7231 boot loader answers it. Chain pieces by passing the last result.</summary>
    /// <param name="bytes">What to add.</param>
    /// <param name="start">Result so far; 0xFFFFFFFF at the beginning.</param>
    public static uint Beken32(ReadOnlySpan<byte> bytes, uint start = uint.MaxValue)
    {
        uint crc = start;
        foreach (byte b in bytes)
        {
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return crc;
    }

    /// <summary>CRC-16/CMS (0x8005, MSB first, start 0xFFFF, no inversion): two bytes after every 32 of BK7231 code, high byte first.</summary>
    public static ushort Cms16(ReadOnlySpan<byte> bytes)
    {
        int crc = 0xFFFF;
        foreach (byte b in bytes)
        {
            crc ^= b << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1;
            }
        }

        return (ushort)crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}

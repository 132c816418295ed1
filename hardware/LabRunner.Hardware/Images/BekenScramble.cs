using System.Buffers.Binary;
using System.Numerics;

namespace LabRunner.Hardware.Images;

/// <summary>
/// The scrambling of code that the flash controller of Tuya's BK7231 modules undoes on each read, with the one key that all of them carry
/// (510fb093 a3cbeadc 5993a17e c7adeb03, as bk7231tools and ltchiptool document it). The key's last word switches all but one of the
/// generators off, so that only that one is here. Scrambling and unscrambling are the same. Pure functions, thread safe.
/// </summary>
public static class BekenScramble
{
    private const uint AddressKey = 0x510FB093;
    private const uint FinalKey = 0x5993A17E;
    private const uint NibbleTaps = 0xE519A4F1;

    /// <summary>Scrambles, or unscrambles, in place.</summary>
    /// <param name="code">Code without block check sums, a multiple of 4 bytes.</param>
    /// <param name="address">Address of its first byte as the processor sees it (without check sums), a multiple of 4.</param>
    /// <exception cref="ArgumentException">A length or address that is no multiple of 4.</exception>
    public static void Apply(Span<byte> code, uint address)
    {
        if (code.Length % 4 != 0 || address % 4 != 0)
        {
            throw new ArgumentException("Code is scrambled in words of 4 bytes.", nameof(code));
        }

        for (int at = 0; at < code.Length; at += 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(code[at..]);
            BinaryPrimitives.WriteUInt32LittleEndian(code[at..], word ^ Mask(address + (uint)at));
        }
    }

    private static uint Mask(uint address)
    {
        uint index = BitOperations.RotateRight(address, 8) ^ AddressKey;
        uint nibble = (index >> 2) & 0xF;
        return BitOperations.RotateRight(index, 15) ^ (NibbleTaps & (nibble * 0x1111_1111)) ^ FinalKey;
    }
}

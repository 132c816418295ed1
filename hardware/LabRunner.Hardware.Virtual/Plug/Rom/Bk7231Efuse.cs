using System.Buffers.Binary;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The efuses of a BK7231N as its mask ROM's register commands reach them: a write to the control register with a number and the start bit
/// has the byte of that number in the data register. Bytes 0 to 15 are the key by which flash is scrambled; hosts look whether it is Tuya's.
/// </summary>
internal sealed class Bk7231Efuse
{
    /// <summary>Control register: start in bit 0, number in bits 8 to 12.</summary>
    public const uint Control = 0x00800074;

    /// <summary>Data register: the byte, and bit 8 when it counts.</summary>
    public const uint Data = 0x00800078;

    private const uint Start = 1;
    private const uint Valid = 0x100;

    // 510fb093 a3cbeadc 5993a17e c7adeb03, the key of all Tuya modules, in which the virtual images are scrambled.
    private static readonly uint[] Key = [0x510FB093, 0xA3CBEADC, 0x5993A17E, 0xC7ADEB03];

    private uint _control;
    private uint _data;

    /// <summary>Value of a register; 0 for one that is no efuse register.</summary>
    public uint Read(uint register) => register switch
    {
        Control => _control,
        Data => _data,
        _ => 0,
    };

    /// <summary>Writes a register; others than the control register stay as they are.</summary>
    public void Write(uint register, uint value)
    {
        if (register != Control)
        {
            return;
        }

        _control = value & ~Start;
        if ((value & Start) != 0)
        {
            _data = Valid | ByteAt((int)(value >> 8) & 0x1F);
        }
    }

    private static byte ByteAt(int number)
    {
        Span<byte> key = stackalloc byte[16];
        for (int i = 0; i < Key.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key[(4 * i)..], Key[i]);
        }

        return number < key.Length ? key[number] : (byte)0;
    }
}

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// NOR flash: erasing sets sectors to ones, programming can only clear bits, so that writing without erasing corrupts; while its status
/// register protects it, both do nothing. Belongs to the engine's thread.
/// </summary>
/// <param name="length">Size, bytes, a power of two.</param>
/// <param name="maker">JEDEC manufacturer.</param>
/// <param name="type">JEDEC type.</param>
internal sealed class FlashMemory(int length, byte maker = 0xC8, byte type = 0x40)
{
    /// <summary>Bits of the status register that protect: BP0 to BP4 and CMP; any of them protects all here.</summary>
    public const int Protection = 0x407C;

    private readonly byte[] _bytes = Filled(length);

    /// <summary>Typical times of a 2 MiB SPI NOR flash; loaders' own limits are 300 ms a sector and 1,200 ms a block.</summary>
    public static TimeSpan SectorErase { get; } = TimeSpan.FromMilliseconds(45);

    /// <summary>Time to erase 32 KiB.</summary>
    public static TimeSpan HalfBlockErase { get; } = TimeSpan.FromMilliseconds(130);

    /// <summary>Time to erase 64 KiB.</summary>
    public static TimeSpan BlockErase { get; } = TimeSpan.FromMilliseconds(220);

    /// <summary>Time to program 256 bytes.</summary>
    public static TimeSpan PageTime { get; } = TimeSpan.FromMicroseconds(450);

    public int Length => _bytes.Length;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>JEDEC identification: manufacturer, type, capacity (power of two).</summary>
    public byte[] Jedec { get; } = [maker, type, (byte)int.Log2(length)];

    /// <summary>Status register, two bytes.</summary>
    public int Status { get; set; }

    private bool Protected => (Status & Protection) != 0;

    public void Erase(int address, int count)
    {
        if (!Protected)
        {
            int start = Math.Clamp(address, 0, _bytes.Length);
            _bytes.AsSpan(start, Math.Clamp(count, 0, _bytes.Length - start)).Fill(0xFF);
        }
    }

    public void Program(int address, ReadOnlySpan<byte> data)
    {
        for (int i = 0; !Protected && i < data.Length && address + i < _bytes.Length; i++)
        {
            _bytes[address + i] &= data[i];
        }
    }

    /// <summary>Puts contents there as a production line would, without the rules of NOR flash.</summary>
    public void Place(uint address, ReadOnlySpan<byte> data) => data.CopyTo(_bytes.AsSpan((int)address));

    public void Flip(int address, int bit) => _bytes[address % _bytes.Length] ^= (byte)(1 << bit);

    private static byte[] Filled(int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(0xFF);
        return bytes;
    }
}

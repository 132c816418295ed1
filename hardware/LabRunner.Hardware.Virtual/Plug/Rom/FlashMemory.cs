namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// NOR flash: erasing sets sectors to ones, programming can only clear bits, so that writing without erasing corrupts. Belongs to the
/// engine's thread.
/// </summary>
internal sealed class FlashMemory(int length)
{
    private readonly byte[] _bytes = Filled(length);

    public int Length => _bytes.Length;

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>JEDEC identification: manufacturer, type, capacity (power of two).</summary>
    public byte[] Jedec { get; } = [0xC8, 0x40, (byte)int.Log2(length)];

    public void Erase(int address, int count)
    {
        int start = Math.Clamp(address, 0, _bytes.Length);
        _bytes.AsSpan(start, Math.Clamp(count, 0, _bytes.Length - start)).Fill(0xFF);
    }

    public void Program(int address, ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length && address + i < _bytes.Length; i++)
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

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LabRunner.Hardware.Images;

/// <summary>
/// The 176-byte header that the BL602's boot ROM and boot2 read before code (ISP document of Bouffalo Lab, "602_isp"; blisp's
/// <c>bl_boot_header</c>): "BFNP", flash and clock configuration with check sums, code length, SHA-256, check sum. Immutable.
/// </summary>
public sealed class BootHeader
{
    /// <summary>Size in bytes.</summary>
    public const int Length = 176;

    /// <summary>Distance from a firmware's header to its code in flash.</summary>
    public const int CodeOffset = 0x1000;

    /// <summary>Distance from boot2's header (address 0) to its code, where the SDK's tools wrote it; see <see cref="Boot2CodeAt"/>.</summary>
    public const int Boot2CodeOffset = 0x2000;

    /// <summary>Code is hashed padded with zeros to a multiple of this.</summary>
    public const int CodeAlignment = 16;

    private const uint NoCheck = 0xDEADBEEF;
    private const uint RamBegins = 0x2200_0000;
    private const int CodeLengthAt = 120;
    private const int HashAt = 132;
    private const int CrcAt = 172;

    private readonly byte[] _bytes;

    private BootHeader(byte[] bytes) => _bytes = bytes;

    /// <summary>The header as it stands in flash.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Flash image: length of the code in bytes. RAM image: number of segments.</summary>
    public int CodeLength => (int)Math.Min(Word(CodeLengthAt), int.MaxValue);

    /// <summary>SHA-256 of the code as the header states it.</summary>
    public ReadOnlySpan<byte> Hash => _bytes.AsSpan(HashAt, 32);

    /// <summary>Boot configuration bits (0-1 sign, 2-3 encrypt, 8 no segment, 16 no CRC, 17 no hash).</summary>
    public uint BootConfiguration => Word(116);

    /// <summary>True: the code's hash is not checked at boot.</summary>
    public bool HashIgnored => (BootConfiguration & (1u << 17)) != 0;

    /// <summary>True: the code is signed or encrypted, which no plug firmware is.</summary>
    public bool Protected => (BootConfiguration & 0x0F) != 0;

    /// <summary>
    /// Address field: for a flash image 0x2000, or 0x1000 from EasyGUI's flasher (of firmware it does not count, boot2 adds 0x1000 itself);
    /// 0x22010000 for the RAM loader.
    /// </summary>
    public uint ImageAddress => Word(128);

    /// <summary>Where boot2's code stands under this header: the boot ROM reads it there.</summary>
    public int Boot2CodeAt => ImageAddress == CodeOffset ? CodeOffset : Boot2CodeOffset;

    /// <summary>True: a program for RAM; false: code in flash.</summary>
    public bool ForRam => ImageAddress >= RamBegins;

    /// <summary>Crystal: 0 none, 1 24 MHz, 2 32 MHz, 3 38.4 MHz, 4 40 MHz, 5 26 MHz, 6 RC 32 MHz.</summary>
    public int Crystal => _bytes[104];

    /// <summary>True when the four letters "BFNP" are there.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith("BFNP"u8);

    /// <summary>Reads a header and checks everything in it that needs no code.</summary>
    /// <param name="bytes">At least <see cref="Length"/> bytes.</param>
    /// <param name="problem">Why it is no good header, for the user; null when it is.</param>
    /// <returns>The header, also with a wrong check sum; null when the magic words are absent or bytes are missing.</returns>
    public static BootHeader? Read(ReadOnlySpan<byte> bytes, out string? problem)
    {
        if (bytes.Length < Length)
        {
            problem = $"a boot header has {Length} bytes, here are {bytes.Length}";
            return null;
        }

        if (!Begins(bytes))
        {
            problem = "it does not begin with \"BFNP\"";
            return null;
        }

        BootHeader header = new(bytes[..Length].ToArray());
        problem = header.Check();
        return header;
    }

    /// <summary>True when <paramref name="code"/> (padded with zeros to 16 bytes) has the hash the header states.</summary>
    public bool Matches(ReadOnlySpan<byte> code) => HashOf(code).AsSpan().SequenceEqual(Hash);

    /// <summary>The same board's header for other code: length, hash and check sum are renewed, flash and clock settings stay.</summary>
    /// <param name="code">Code without header.</param>
    public BootHeader ForCode(ReadOnlySpan<byte> code)
    {
        byte[] bytes = [.. _bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CodeLengthAt), (uint)Padded(code.Length));
        HashOf(code).CopyTo(bytes, HashAt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Crc.Crc32(bytes.AsSpan(0, CrcAt)));
        return new BootHeader(bytes);
    }

    /// <summary>A header for a flash image from its settings blocks.</summary>
    /// <param name="flashConfiguration">84 bytes: opcodes, dummy clocks and timings of the flash chip.</param>
    /// <param name="clockConfiguration">8 bytes: crystal, PLL and dividers; plugs have 04 04 00 01 03 01 00 00.</param>
    /// <param name="code">Code without header.</param>
    /// <exception cref="ArgumentException">A block has another length.</exception>
    public static BootHeader Make(ReadOnlySpan<byte> flashConfiguration, ReadOnlySpan<byte> clockConfiguration, ReadOnlySpan<byte> code)
    {
        if (flashConfiguration.Length != 84 || clockConfiguration.Length != 8)
        {
            throw new ArgumentException("A flash configuration has 84 bytes and a clock configuration 8.");
        }

        byte[] bytes = new byte[Length];
        Encoding.ASCII.GetBytes("BFNP", bytes);
        bytes[4] = 1;
        Encoding.ASCII.GetBytes("FCFG", bytes.AsSpan(8));
        flashConfiguration.CopyTo(bytes.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(96), Crc.Crc32(flashConfiguration));
        Encoding.ASCII.GetBytes("PCFG", bytes.AsSpan(100));
        clockConfiguration.CopyTo(bytes.AsSpan(104));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(112), Crc.Crc32(clockConfiguration));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(116), 0x3300);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(128), 0x2000);
        return new BootHeader(bytes).ForCode(code);
    }

    private static byte[] HashOf(ReadOnlySpan<byte> code)
    {
        int padding = Padded(code.Length) - code.Length;
        if (padding == 0)
        {
            return SHA256.HashData(code);
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(code);
        hash.AppendData(new byte[padding]);
        return hash.GetHashAndReset();
    }

    private static int Padded(int length) => (length + CodeAlignment - 1) / CodeAlignment * CodeAlignment;

    private string? Check()
    {
        bool flashBlock = _bytes.AsSpan(8).StartsWith("FCFG"u8);
        bool clockBlock = _bytes.AsSpan(100).StartsWith("PCFG"u8);

        // Vendors ship RAM loaders without a clock block; code in flash needs both.
        if (!(flashBlock && clockBlock) && !ForRam)
        {
            return "its flash (FCFG) or clock (PCFG) block is missing";
        }

        if ((BootConfiguration & (1u << 16)) != 0 && Word(CrcAt) == NoCheck)
        {
            return null;
        }

        if (Word(CrcAt) != Crc.Crc32(_bytes.AsSpan(0, CrcAt)))
        {
            return "its check sum (bytes 172 to 175) is wrong";
        }

        return (flashBlock && Word(96) != Crc.Crc32(_bytes.AsSpan(12, 84))) || (clockBlock && Word(112) != Crc.Crc32(_bytes.AsSpan(104, 8)))
            ? "the check sum of its flash or clock block is wrong"
            : null;
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));
}

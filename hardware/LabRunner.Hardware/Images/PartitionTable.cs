using System.Buffers.Binary;
using System.Text;

namespace LabRunner.Hardware.Images;

/// <summary>One line of a BL602 partition table.</summary>
/// <param name="Name">"FW", "PSM", "factory"…: entries are known by name, their type numbers differ between SDK versions.</param>
/// <param name="Type">Type number.</param>
/// <param name="ActiveSlot">0 or 1.</param>
/// <param name="Address0">Flash address of slot 0, bytes.</param>
/// <param name="Address1">Flash address of slot 1; 0 when there is none.</param>
/// <param name="MaxLength0">Size of slot 0, bytes.</param>
/// <param name="MaxLength1">Size of slot 1, bytes.</param>
/// <param name="ContentLength">Bytes in use, as last written.</param>
/// <param name="Age">Counts changes of the entry.</param>
public sealed record Partition(
    string Name, int Type, int ActiveSlot, uint Address0, uint Address1, uint MaxLength0, uint MaxLength1, uint ContentLength, uint Age)
{
    /// <summary>Where slot <paramref name="slot"/> begins.</summary>
    public uint AddressOf(int slot) => slot == 0 ? Address0 : Address1;

    /// <summary>How large slot <paramref name="slot"/> is.</summary>
    public uint LengthOf(int slot) => slot == 0 ? MaxLength0 : MaxLength1;
}

/// <summary>
/// A BL602 partition table: header "BFPT", up to 16 entries of 36 bytes, check sums (Bouffalo SDK boot2, <c>partition.c</c>). Two copies
/// stand in flash; the valid one with the larger age counts, the first on a tie. Immutable.
/// </summary>
public sealed class PartitionTable
{
    /// <summary>Flash addresses of the two copies.</summary>
    public static IReadOnlyList<uint> Addresses { get; } = [0xE000, 0xF000];

    /// <summary>Most entries a table has.</summary>
    public const int MostEntries = 16;

    /// <summary>Most bytes a table takes.</summary>
    public const int MostBytes = HeaderLength + (MostEntries * EntryLength) + 4;

    private const int HeaderLength = 16;
    private const int EntryLength = 36;

    /// <summary>A table of these entries.</summary>
    /// <param name="age">Counts changes of the whole table.</param>
    /// <param name="entries">1 to 16.</param>
    public PartitionTable(uint age, IReadOnlyList<Partition> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentOutOfRangeException.ThrowIfZero(entries.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, MostEntries);
        Age = age;
        Entries = entries;
    }

    /// <summary>Counts changes of the whole table.</summary>
    public uint Age { get; }

    /// <summary>Entries in their order.</summary>
    public IReadOnlyList<Partition> Entries { get; }

    /// <summary>The entry of a name, without regard to case; null when there is none.</summary>
    public Partition? Find(string name) => Entries.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads one copy.</summary>
    /// <param name="bytes">From the copy's address; <see cref="MostBytes"/> are enough.</param>
    /// <param name="problem">Why it is no valid table; null when it is.</param>
    public static PartitionTable? Read(ReadOnlySpan<byte> bytes, out string? problem)
    {
        if (bytes.Length < HeaderLength || !bytes.StartsWith("BFPT"u8))
        {
            problem = "it does not begin with \"BFPT\"";
            return null;
        }

        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        uint age = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Crc.Crc32(bytes[..12]))
        {
            problem = "its header's check sum is wrong";
            return null;
        }

        if (count is 0 or > MostEntries)
        {
            problem = $"it says {count} entries (1 to {MostEntries} are possible)";
            return null;
        }

        int end = HeaderLength + (count * EntryLength);
        if (bytes.Length < end + 4)
        {
            problem = $"it is cut short: {count} entries need {end + 4} bytes, here are {bytes.Length}";
            return null;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[end..]) != Crc.Crc32(bytes[HeaderLength..end]))
        {
            problem = "its entries' check sum is wrong";
            return null;
        }

        Partition[] entries = new Partition[count];
        for (int i = 0; i < count; i++)
        {
            entries[i] = ReadEntry(bytes.Slice(HeaderLength + (i * EntryLength), EntryLength));
        }

        problem = null;
        return new PartitionTable(age, entries);
    }

    /// <summary>The table that counts in a flash image, from its two copies.</summary>
    /// <param name="flash">Flash contents from address 0.</param>
    /// <param name="problem">What is wrong with which copy; null when both are valid. A table may be found all the same.</param>
    public static PartitionTable? Find(ReadOnlySpan<byte> flash, out string? problem)
    {
        PartitionTable? best = null;
        List<string> problems = [];
        foreach (uint address in Addresses)
        {
            string? wrong = "it is beyond the end of the file";
            PartitionTable? table = flash.Length > address ? Read(flash[(int)address..], out wrong) : null;
            if (wrong is not null)
            {
                problems.Add($"partition table at 0x{address:X5}: {wrong}");
            }

            if (table is not null && (best is null || table.Age > best.Age))
            {
                best = table;
            }
        }

        problem = problems.Count == 0 ? null : string.Join("; ", problems);
        return best;
    }

    /// <summary>The table as it stands in flash.</summary>
    public byte[] ToBytes()
    {
        int end = HeaderLength + (Entries.Count * EntryLength);
        byte[] bytes = new byte[end + 4];
        Encoding.ASCII.GetBytes("BFPT", bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), (ushort)Entries.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Age);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc.Crc32(bytes.AsSpan(0, 12)));
        for (int i = 0; i < Entries.Count; i++)
        {
            WriteEntry(Entries[i], bytes.AsSpan(HeaderLength + (i * EntryLength), EntryLength));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(end), Crc.Crc32(bytes.AsSpan(HeaderLength, end - HeaderLength)));
        return bytes;
    }

    private static Partition ReadEntry(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> name = bytes.Slice(3, 9);
        int end = name.IndexOf((byte)0);
        return new Partition(
            Encoding.ASCII.GetString(end < 0 ? name : name[..end]),
            bytes[0],
            bytes[2] == 0 ? 0 : 1,
            Word(bytes, 12),
            Word(bytes, 16),
            Word(bytes, 20),
            Word(bytes, 24),
            Word(bytes, 28),
            Word(bytes, 32));
    }

    private static void WriteEntry(Partition entry, Span<byte> bytes)
    {
        bytes[0] = (byte)entry.Type;
        bytes[2] = (byte)entry.ActiveSlot;
        Encoding.ASCII.GetBytes(entry.Name.Length > 8 ? entry.Name[..8] : entry.Name, bytes.Slice(3, 9));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], entry.Address0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], entry.Address1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], entry.MaxLength0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], entry.MaxLength1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], entry.ContentLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[32..], entry.Age);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}

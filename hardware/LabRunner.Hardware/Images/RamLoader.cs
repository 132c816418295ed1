using System.Buffers.Binary;

namespace LabRunner.Hardware.Images;

/// <summary>One part of a RAM image: where it goes and what it holds.</summary>
/// <param name="Header">16 bytes as the boot ROM wants them: address, length, reserved, CRC-32 of the first 12.</param>
/// <param name="Address">RAM address.</param>
/// <param name="Data">Contents.</param>
public sealed record RamSegment(ReadOnlyMemory<byte> Header, uint Address, ReadOnlyMemory<byte> Data);

/// <summary>
/// A program that the BL602's boot ROM loads into RAM and runs, as vendors ship <c>eflash_loader_40m.bin</c>: boot header, then for each
/// segment its 16-byte header and its data (ISP document of Bouffalo Lab, "602_isp"). Immutable.
/// </summary>
public sealed class RamLoader
{
    /// <summary>Where the vendor's flash loader runs.</summary>
    public const uint UsualAddress = 0x22010000;

    private const int SegmentHeaderLength = 16;
    private const int MostSegments = 16;

    private RamLoader(BootHeader header, IReadOnlyList<RamSegment> segments)
    {
        Header = header;
        Segments = segments;
    }

    /// <summary>Its boot header.</summary>
    public BootHeader Header { get; }

    /// <summary>Its segments in order.</summary>
    public IReadOnlyList<RamSegment> Segments { get; }

    /// <summary>Crystal the loader was built for, as words; plugs have 40 MHz.</summary>
    public string CrystalText => Header.Crystal switch
    {
        1 => "24 MHz", 2 => "32 MHz", 3 => "38.4 MHz", 4 => "40 MHz", 5 => "26 MHz", 6 => "RC 32 MHz", _ => "none",
    };

    /// <summary>Reads a loader file.</summary>
    /// <param name="file">Whole file.</param>
    /// <param name="problem">Why it is no RAM image; null when it is.</param>
    public static RamLoader? Read(ReadOnlyMemory<byte> file, out string? problem)
    {
        BootHeader? header = BootHeader.Read(file.Span, out problem);
        if (header is null || problem is not null)
        {
            return null;
        }

        if (!header.ForRam || header.CodeLength is < 1 or > MostSegments)
        {
            problem = header.ForRam ? $"its header states {header.CodeLength} segments (1 to {MostSegments} are possible)" : "its header is that of code in flash, not of a program for RAM";
            return null;
        }

        List<RamSegment> segments = [];
        int at = BootHeader.Length;
        for (int i = 0; i < header.CodeLength; i++)
        {
            if (file.Length - at < SegmentHeaderLength)
            {
                problem = $"it ends before segment {i + 1} of {header.CodeLength}";
                return null;
            }

            ReadOnlyMemory<byte> head = file.Slice(at, SegmentHeaderLength);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(head.Span[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head.Span[12..]) != Crc.Crc32(head.Span[..12]))
            {
                problem = $"the check sum of segment {i + 1}'s header is wrong";
                return null;
            }

            at += SegmentHeaderLength;
            if (length == 0 || length > file.Length - at)
            {
                problem = $"segment {i + 1} states {length:N0} bytes, {file.Length - at:N0} are left in the file";
                return null;
            }

            segments.Add(new RamSegment(head, BinaryPrimitives.ReadUInt32LittleEndian(head.Span), file.Slice(at, (int)length)));
            at += (int)length;
        }

        return new RamLoader(header, segments);
    }

    /// <summary>A RAM image of one segment, with a header whose own check sums are right and whose code hash is not checked.</summary>
    /// <param name="address">RAM address.</param>
    /// <param name="code">Contents, 1 byte or more.</param>
    public static byte[] Build(uint address, ReadOnlySpan<byte> code)
    {
        ArgumentOutOfRangeException.ThrowIfZero(code.Length);
        byte[] file = new byte[BootHeader.Length + SegmentHeaderLength + code.Length];
        BootHeader.Make(new byte[84], [4, 4, 0, 1, 3, 1, 0, 0], []).Bytes.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(116), 0x30300);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(120), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(128), address);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(172), 0xDEADBEEF);
        Span<byte> segment = file.AsSpan(BootHeader.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(segment, address);
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], (uint)code.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(segment[12..], Crc.Crc32(segment[..12]));
        code.CopyTo(segment[SegmentHeaderLength..]);
        return file;
    }
}

using System.Globalization;

namespace LabRunner.Hardware.Images;

/// <summary>Files for a BL602, and what of them goes where in flash.</summary>
public static class Bl602Images
{
    /// <summary>Flash address of the firmware's boot header.</summary>
    public const uint FirmwareAddress = 0x10000;

    /// <summary>Flash address of boot2's header.</summary>
    public const uint Boot2Address = 0;

    /// <summary>Smallest erasable unit of flash, bytes.</summary>
    public const int SectorLength = 4096;

    /// <summary>
    /// The stretches of flash that a file fills. Settings (PSM) and calibration (factory) are left out of a whole-flash image when they
    /// are to be kept.
    /// </summary>
    /// <param name="image">Whole flash, or firmware with boot header, without problems.</param>
    /// <param name="keepSettings">Leave PSM and factory as they are on the chip.</param>
    /// <exception cref="ArgumentException">The image is of another kind.</exception>
    public static IReadOnlyList<FlashRegion> Regions(FirmwareImage image, bool keepSettings)
    {
        ArgumentNullException.ThrowIfNull(image);
        ReadOnlyMemory<byte> file = image.File;
        switch (image.Kind)
        {
            case ImageKind.Bl602Firmware:
                return
                [
                    new FlashRegion("firmware header", FirmwareAddress, file[..BootHeader.Length]),
                    new FlashRegion("firmware code", FirmwareAddress + BootHeader.CodeOffset, file[CodeAt(file.Span)..]),
                ];
            case ImageKind.Bl602WholeFlash when !keepSettings:
                return [new FlashRegion("whole flash", Boot2Address, file)];
            case ImageKind.Bl602WholeFlash:
                return Without(image, KeptNames);
            default:
                throw new ArgumentException($"A {image.KindText} has no place in flash by itself.", nameof(image));
        }
    }

    /// <summary>Partitions that belong to the plug and not to its firmware: settings, and calibration.</summary>
    internal static IReadOnlyList<string> KeptNames { get; } = ["PSM", "factory"];

    /// <summary>A whole-flash image without these partitions of its table.</summary>
    internal static IReadOnlyList<FlashRegion> Without(FirmwareImage image, IReadOnlyList<string> names)
    {
        PartitionTable? table = PartitionTable.Find(image.File.Span, out _);
        return Around(image.File, [.. names.Select(n => table?.Find(n)).OfType<Partition>().Select(p => ((long)p.Address0, (long)p.Address0 + p.MaxLength0)).OrderBy(p => p.Item1)]);
    }

    /// <summary>Firmware with a boot header made from the header that a chip carries now.</summary>
    /// <param name="onChip">Header read from the chip at <see cref="FirmwareAddress"/> (or of boot2), whose flash and clock settings suit the board.</param>
    /// <param name="code">Code without header.</param>
    public static byte[] WithHeader(BootHeader onChip, ReadOnlySpan<byte> code)
    {
        ArgumentNullException.ThrowIfNull(onChip);
        byte[] whole = new byte[BootHeader.CodeOffset + code.Length];
        whole.AsSpan(0, BootHeader.CodeOffset).Fill(0xFF);
        onChip.ForCode(code).Bytes.CopyTo(whole);
        code.CopyTo(whole.AsSpan(BootHeader.CodeOffset));
        return whole;
    }

    /// <summary>Boot header (4,096 bytes with its filler) and code as they stand at <see cref="FirmwareAddress"/>: the body of an update, unpacked.</summary>
    /// <param name="image">Whole flash, or firmware with boot header, without problems.</param>
    /// <exception cref="ArgumentException">The image is of another kind, or holds no firmware.</exception>
    public static byte[] FirmwareOf(FirmwareImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ReadOnlySpan<byte> file = image.File.Span;
        int at = image.Kind switch
        {
            ImageKind.Bl602Firmware => 0,
            ImageKind.Bl602WholeFlash when PartitionTable.Find(file, out _)?.Find("FW") is { } firmware && firmware.AddressOf(firmware.ActiveSlot) < file.Length =>
                (int)firmware.AddressOf(firmware.ActiveSlot),
            _ => throw new ArgumentException($"A {image.KindText} holds no firmware.", nameof(image)),
        };
        BootHeader header = BootHeader.Read(file[at..], out string? problem) is { } read && problem is null
            ? read
            : throw new ArgumentException($"The firmware's boot header is not sound: {problem}.", nameof(image));
        int codeAt = at + (at == 0 ? CodeAt(file) : BootHeader.CodeOffset);
        ReadOnlySpan<byte> code = file[Math.Min(codeAt, file.Length)..Math.Min(file.Length, (int)Math.Min(codeAt + (long)header.CodeLength, int.MaxValue))];
        return WithHeader(header, code);
    }

    /// <summary>
    /// Where the code stands in a file that begins with its header: 0x1000 as in flash, or 0x2000 as the SDK's tools lay it down between
    /// their steps. The hash tells; without one that fits it is taken to stand as in flash.
    /// </summary>
    internal static int CodeAt(ReadOnlySpan<byte> file)
    {
        BootHeader? header = BootHeader.Read(file, out _);
        int other = BootHeader.Boot2CodeOffset;
        return header is not null && !header.HashIgnored && header.CodeLength > 0 && (long)other + header.CodeLength <= file.Length
            && header.Matches(file.Slice(other, header.CodeLength))
            ? other
            : BootHeader.CodeOffset;
    }

    private static List<FlashRegion> Around(ReadOnlyMemory<byte> file, IReadOnlyList<(long From, long To)> kept)
    {
        List<FlashRegion> regions = [];
        long at = 0;
        foreach ((long from, long to) in kept)
        {
            if (from > at && from <= file.Length)
            {
                regions.Add(new FlashRegion($"flash 0x{at:X6} to 0x{from - 1:X6}", (uint)at, file[(int)at..(int)from]));
            }

            at = Math.Max(at, to);
        }

        if (at < file.Length)
        {
            regions.Add(new FlashRegion($"flash from 0x{at:X6}", (uint)at, file[(int)at..]));
        }

        return regions;
    }
}

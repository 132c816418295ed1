using System.Globalization;
using System.Text;

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

    private const int LongestVersion = 32;

    private static readonly int[] WholeSizes = [1 << 20, 2 << 20, 4 << 20];

    private static ReadOnlySpan<byte> StopByRegister => [0x73, 0xB0, 0x02, 0x30];

    private static ReadOnlySpan<byte> StopByNumber => [0x73, 0x70, 0x04, 0x30];

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
                PartitionTable? table = PartitionTable.Find(file.Span, out _);
                Partition? psm = table?.Find("PSM");
                Partition? factory = table?.Find("factory");
                (long From, long To)[] kept =
                [
                    .. new[] { psm, factory }.OfType<Partition>()
                        .Select(p => ((long)p.Address0, (long)p.Address0 + p.MaxLength0)).OrderBy(p => p.Item1),
                ];
                return Around(file, kept);
            default:
                throw new ArgumentException($"A {image.KindText} has no place in flash by itself.", nameof(image));
        }
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

    internal static FirmwareImage? Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (OtaImage.Begins(bytes))
        {
            return Ota(file);
        }

        if (!BootHeader.Begins(bytes))
        {
            return null;
        }

        BootHeader? header = BootHeader.Read(bytes, out string? problem);
        if (header is null)
        {
            return new FirmwareImage(ImageKind.Unknown, ChipFamily.Bl602, file, [], [problem!]);
        }

        if (header.ForRam)
        {
            RamLoader? loader = RamLoader.Read(file, out string? wrong);
            return new FirmwareImage(
                ImageKind.Bl602RamLoader,
                ChipFamily.Bl602,
                file,
                loader is null
                    ? []
                    : [
                        new ImageFact("segments", string.Join(", ", loader.Segments.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Data.Length:N0} bytes at 0x{s.Address:X8}")))),
                        new ImageFact("crystal", loader.CrystalText),
                    ],
                wrong is null ? [] : [wrong]);
        }

        return WholeSizes.Contains(bytes.Length) ? Whole(file, header, problem) : Firmware(file, header, problem);
    }

    /// <summary>
    /// Code without a header carries no mark; it is known by the instruction that stops interrupts at the very start of every build of the
    /// SDK (<c>csrc mstatus, t0</c> or <c>csrci mstatus, 8</c>).
    /// </summary>
    internal static FirmwareImage? RecogniseBareCode(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length is < 16 * 1024 or > (2 << 20))
        {
            return null;
        }

        ReadOnlySpan<byte> start = bytes[..64];
        return start.IndexOf(StopByRegister) >= 0 || start.IndexOf(StopByNumber) >= 0
            ? new FirmwareImage(
                ImageKind.Bl602BareCode,
                ChipFamily.Bl602,
                file,
                [new ImageFact("code", string.Create(CultureInfo.InvariantCulture, $"{bytes.Length:N0} bytes without header"))],
                [],
                VersionIn(bytes))
            : null;
    }

    private static FirmwareImage Ota(ReadOnlyMemory<byte> file)
    {
        OtaHeader? header = OtaImage.ReadHeader(file.Span);
        ImageFact[] facts = header is null
            ? []
            : [
                new ImageFact("packing", header.Packing),
                new ImageFact("body", string.Create(CultureInfo.InvariantCulture, $"{header.BodyLength:N0} bytes stated, {file.Length - OtaImage.HeaderLength:N0} in the file, slot {OtaImage.SlotLength:N0}")),
                new ImageFact("unpacked", header.UnpackedLength is { } u ? string.Create(CultureInfo.InvariantCulture, $"{u:N0} bytes") : "not stated"),
                new ImageFact("hardware version", header.HardwareVersion),
                new ImageFact("software version", header.SoftwareVersion),
            ];
        return new FirmwareImage(ImageKind.Bl602Ota, ChipFamily.Bl602, file, facts, OtaImage.Check(file.Span), header?.SoftwareVersion);
    }

    private static FirmwareImage Firmware(ReadOnlyMemory<byte> file, BootHeader header, string? problem)
    {
        List<string> problems = problem is null ? [] : [problem];
        int codeAt = CodeAt(file.Span);
        bool boot2 = codeAt == BootHeader.Boot2CodeOffset && header.CodeLength <= PartitionTable.Addresses[0] - BootHeader.Boot2CodeOffset;
        string name = boot2 ? "boot2" : "firmware";
        CheckCode(file, 0, codeAt, header, name, problems);
        ImageKind kind = boot2 ? ImageKind.Bl602Boot2 : ImageKind.Bl602Firmware;
        return new FirmwareImage(kind, ChipFamily.Bl602, file, HeaderFacts(name, header), problems, VersionIn(file.Span));
    }

    /// <summary>
    /// Where the code stands in a file that begins with its header: 0x1000 as in flash, or 0x2000 as the SDK's tools lay it down between
    /// their steps. The hash tells; without one that fits it is taken to stand as in flash.
    /// </summary>
    private static int CodeAt(ReadOnlySpan<byte> file)
    {
        BootHeader? header = BootHeader.Read(file, out _);
        int other = BootHeader.Boot2CodeOffset;
        return header is not null && !header.HashIgnored && header.CodeLength > 0 && (long)other + header.CodeLength <= file.Length
            && header.Matches(file.Slice(other, header.CodeLength))
            ? other
            : BootHeader.CodeOffset;
    }

    /// <summary>OpenBeken names itself "OpenBL602_1.18.57" in its code; null where nothing like it is found.</summary>
    private static string? VersionIn(ReadOnlySpan<byte> code)
    {
        int at = code.IndexOf("OpenBL602_"u8);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = code[(at + 10)..];
        int end = rest[..Math.Min(rest.Length, LongestVersion)].IndexOf((byte)0);
        return end > 0 && rest[..end].IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0 ? Encoding.ASCII.GetString(rest[..end]) : null;
    }

    private static FirmwareImage Whole(ReadOnlyMemory<byte> file, BootHeader boot2, string? problem)
    {
        List<string> problems = problem is null ? [] : ["boot2's header: " + problem];
        List<ImageFact> facts = [.. HeaderFacts("boot2", boot2)];
        CheckCode(file, 0, BootHeader.Boot2CodeOffset, boot2, "boot2", problems);
        PartitionTable? table = PartitionTable.Find(file.Span, out string? wrong);
        if (table is null)
        {
            problems.Add(wrong!);
            return new FirmwareImage(ImageKind.Bl602WholeFlash, ChipFamily.Bl602, file, facts, problems);
        }

        if (wrong is not null)
        {
            facts.Add(new ImageFact("note", wrong));
        }

        foreach (Partition entry in table.Entries)
        {
            facts.Add(new ImageFact("partition " + entry.Name, Describe(entry)));
            for (int slot = 0; slot < 2; slot++)
            {
                if (entry.LengthOf(slot) > 0 && (long)entry.AddressOf(slot) + entry.LengthOf(slot) > file.Length)
                {
                    problems.Add($"partition {entry.Name} ends at 0x{(long)entry.AddressOf(slot) + entry.LengthOf(slot):X}, beyond the image");
                }
            }
        }

        if (table.Find("FW") is not { } firmware)
        {
            problems.Add("the partition table has no entry FW");
        }
        else
        {
            CheckFirmware(file, firmware, facts, problems);
        }

        return new FirmwareImage(ImageKind.Bl602WholeFlash, ChipFamily.Bl602, file, facts, problems, VersionIn(file.Span));
    }

    private static void CheckFirmware(ReadOnlyMemory<byte> file, Partition firmware, List<ImageFact> facts, List<string> problems)
    {
        uint at = firmware.AddressOf(firmware.ActiveSlot);
        if (at >= file.Length)
        {
            return;
        }

        BootHeader? header = BootHeader.Read(file.Span[(int)at..], out string? wrong);
        if (wrong is not null)
        {
            problems.Add($"firmware header at 0x{at:X}: {wrong}");
        }

        if (header is null)
        {
            return;
        }

        facts.AddRange(HeaderFacts("firmware", header));
        CheckCode(file, (int)at, BootHeader.CodeOffset, header, "firmware", problems);
        if ((long)header.CodeLength + BootHeader.CodeOffset > firmware.LengthOf(firmware.ActiveSlot))
        {
            problems.Add($"the firmware's code has {header.CodeLength:N0} bytes and does not fit its partition of {firmware.LengthOf(firmware.ActiveSlot):N0}");
        }
    }

    private static void CheckCode(ReadOnlyMemory<byte> file, int headerAt, int codeOffset, BootHeader header, string name, List<string> problems)
    {
        long start = (long)headerAt + codeOffset;
        if (header.Protected)
        {
            problems.Add($"{name} is signed or encrypted");
        }

        if (header.CodeLength == 0)
        {
            problems.Add($"{name}'s header states no code");
        }
        else if (start + header.CodeLength > file.Length + (BootHeader.CodeAlignment - 1))
        {
            problems.Add($"{name}'s header states {header.CodeLength:N0} bytes of code at 0x{start:X}, the file ends at 0x{file.Length:X}");
        }
        else if (!header.HashIgnored)
        {
            int length = (int)Math.Min(header.CodeLength, file.Length - start);
            if (!header.Matches(file.Span.Slice((int)start, length)))
            {
                problems.Add($"the SHA-256 of {name}'s code is not the header's: the boot loader would not start it");
            }
        }
    }

    private static ImageFact[] HeaderFacts(string name, BootHeader header) =>
    [
        new ImageFact(
            name,
            string.Create(CultureInfo.InvariantCulture, $"code {header.CodeLength:N0} bytes, SHA-256 {Convert.ToHexStringLower(header.Hash)}{(header.HashIgnored ? " (not checked at boot)" : "")}")),
    ];

    private static string Describe(Partition entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"type {entry.Type}, 0x{entry.Address0:X6} +0x{entry.MaxLength0:X}{(entry.MaxLength1 > 0 ? $", slot 1 0x{entry.Address1:X6} +0x{entry.MaxLength1:X}, active {entry.ActiveSlot}" : "")}, {entry.ContentLength:N0} bytes used");

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

using System.Globalization;
using System.Text;

namespace LabRunner.Hardware.Images;

/// <summary>Tells a BL602's files by their contents, and what is wrong with them.</summary>
internal static class Bl602Recognition
{
    private const int LongestVersion = 32;

    private static readonly int[] WholeSizes = [1 << 20, 2 << 20, 4 << 20];

    private static ReadOnlySpan<byte> StopByRegister => [0x73, 0xB0, 0x02, 0x30];

    private static ReadOnlySpan<byte> StopByNumber => [0x73, 0x70, 0x04, 0x30];

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

    /// <summary>What stands at address 0 of a chip, where it can be nothing but boot2.</summary>
    /// <param name="file">Flash from address 0 up to the partition table.</param>
    /// <param name="header">Its header.</param>
    /// <param name="problem">What is wrong with the header; null: nothing.</param>
    internal static FirmwareImage Boot2(ReadOnlyMemory<byte> file, BootHeader header, string? problem)
    {
        List<string> problems = problem is null ? [] : [problem];
        CheckCode(file, 0, header.Boot2CodeAt, header, "boot2", problems);
        return new FirmwareImage(ImageKind.Bl602Boot2, ChipFamily.Bl602, file, HeaderFacts("boot2", header), problems);
    }

    private static FirmwareImage Firmware(ReadOnlyMemory<byte> file, BootHeader header, string? problem)
    {
        List<string> problems = problem is null ? [] : [problem];
        int codeAt = Bl602Images.CodeAt(file.Span);
        bool boot2 = codeAt == BootHeader.Boot2CodeOffset && header.CodeLength <= PartitionTable.Addresses[0] - BootHeader.Boot2CodeOffset;
        string name = boot2 ? "boot2" : "firmware";
        CheckCode(file, 0, codeAt, header, name, problems);
        ImageKind kind = boot2 ? ImageKind.Bl602Boot2 : ImageKind.Bl602Firmware;
        return new FirmwareImage(kind, ChipFamily.Bl602, file, HeaderFacts(name, header), problems, VersionIn(file.Span));
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
        CheckCode(file, 0, boot2.Boot2CodeAt, boot2, "boot2", problems);
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
}

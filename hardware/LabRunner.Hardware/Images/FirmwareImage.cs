using System.Security.Cryptography;

namespace LabRunner.Hardware.Images;

/// <summary>Chip family that an image or a board is for.</summary>
public enum ChipFamily
{
    /// <summary>Cannot be told.</summary>
    Unknown,

    /// <summary>Bouffalo Lab BL602 or BL604.</summary>
    Bl602,

    /// <summary>Beken BK7231N, BK7231T or BK7231U.</summary>
    Bk7231,

    /// <summary>Lightning Semi LN882H.</summary>
    Ln882h,

    /// <summary>Espressif ESP8266.</summary>
    Esp8266,
}

/// <summary>What a file is.</summary>
public enum ImageKind
{
    /// <summary>Not recognised.</summary>
    Unknown,

    /// <summary>BL602: the whole flash from address 0 (boot2, partition tables, firmware).</summary>
    Bl602WholeFlash,

    /// <summary>BL602: boot header and code as they stand at 0x10000.</summary>
    Bl602Firmware,

    /// <summary>BL602: boot2 with its header; part of a whole-flash image, never written alone.</summary>
    Bl602Boot2,

    /// <summary>BL602: code alone, as OpenBL602 releases call "UART flash"; useless without a boot header.</summary>
    Bl602BareCode,

    /// <summary>BL602: OTA file; goes over HTTP, never over the UART.</summary>
    Bl602Ota,

    /// <summary>BL602: a program for RAM, such as the vendor's flash loader.</summary>
    Bl602RamLoader,

    /// <summary>BK7231: boot loader and application from address 0 ("QIO"), or a dump of a whole flash.</summary>
    Bk7231Flash,

    /// <summary>BK7231: application for 0x11000 ("UA").</summary>
    Bk7231Application,

    /// <summary>BK7231: code with check sums after every 32 bytes whose address cannot be told.</summary>
    Bk7231Blocks,

    /// <summary>BK7231: OTA container ("RBL").</summary>
    Bk7231Ota,

    /// <summary>ESP8266: firmware for address 0.</summary>
    Esp8266Firmware,

    /// <summary>LN882H: flash from address 0, boot program first.</summary>
    Ln882hFlash,
}

/// <summary>One stretch of flash to be written.</summary>
/// <param name="Name">For messages: "boot2", "firmware header"…</param>
/// <param name="Address">Flash address, bytes.</param>
/// <param name="Data">Contents.</param>
public sealed record FlashRegion(string Name, uint Address, ReadOnlyMemory<byte> Data)
{
    /// <summary>First address after the region.</summary>
    public long End => (long)Address + Data.Length;
}

/// <summary>One line of what is known of an image.</summary>
public sealed record ImageFact(string Name, string Value);

/// <summary>A firmware file: what it is, what it says of itself, and what is wrong with it. Immutable.</summary>
public sealed class FirmwareImage
{
    /// <summary>Largest file that is looked at, bytes: the largest flash of any of the chips.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    internal FirmwareImage(
        ImageKind kind, ChipFamily chip, ReadOnlyMemory<byte> file, IReadOnlyList<ImageFact> facts, IReadOnlyList<string> problems, string? version = null,
        ChipModel? model = null)
    {
        Kind = kind;
        Chip = chip;
        Model = model ?? chip switch
        {
            ChipFamily.Bl602 => ChipModel.Bl602,
            ChipFamily.Ln882h => ChipModel.Ln882h,
            ChipFamily.Esp8266 => ChipModel.Esp8266,
            _ => ChipModel.Unknown,
        };
        File = file;
        Facts = facts;
        Problems = problems;
        Version = version;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Span));
    }

    /// <summary>What it is.</summary>
    public ImageKind Kind { get; }

    /// <summary>Chip family it is for.</summary>
    public ChipFamily Chip { get; }

    /// <summary>The very chip it is for; Unknown where the family has several and the file does not tell.</summary>
    public ChipModel Model { get; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> File { get; }

    /// <summary>SHA-256 of the file in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Version the image names itself; null when it does not.</summary>
    public string? Version { get; }

    /// <summary>What it says of itself, for people.</summary>
    public IReadOnlyList<ImageFact> Facts { get; }

    /// <summary>What is wrong with it; empty for a sound image.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>What the kind is called in messages.</summary>
    public string KindText => Kind switch
    {
        ImageKind.Bl602WholeFlash => "BL602 whole-flash image",
        ImageKind.Bl602Firmware => "BL602 firmware with boot header (for 0x10000)",
        ImageKind.Bl602Boot2 => "BL602 boot2 with boot header",
        ImageKind.Bl602BareCode => "BL602 code without boot header",
        ImageKind.Bl602Ota => "BL602 OTA file",
        ImageKind.Bl602RamLoader => "BL602 program for RAM",
        ImageKind.Bk7231Flash => "BK7231 flash image from address 0 (QIO)",
        ImageKind.Bk7231Application => "BK7231 application for 0x11000 (UA)",
        ImageKind.Bk7231Blocks => "BK7231 code for an unknown address",
        ImageKind.Bk7231Ota => "BK7231 OTA file (RBL)",
        ImageKind.Esp8266Firmware => "ESP8266 firmware",
        ImageKind.Ln882hFlash => "LN882H flash image",
        _ => "unknown file",
    };

    /// <summary>Recognises a file by its contents. Never throws for what is in it.</summary>
    /// <param name="file">Whole file, at most <see cref="MostBytes"/>.</param>
    public static FirmwareImage Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.Length > MostBytes)
        {
            return new FirmwareImage(ImageKind.Unknown, ChipFamily.Unknown, file[..0], [], [$"it has {bytes.Length:N0} bytes, more than any of the chips' flash ({MostBytes:N0})"]);
        }

        if (bytes.IsEmpty)
        {
            return new FirmwareImage(ImageKind.Unknown, ChipFamily.Unknown, file, [], ["it is empty"]);
        }

        return Bl602Recognition.Recognise(file)
            ?? BekenImages.Recognise(file)
            ?? EspImages.Recognise(file)
            ?? LnImages.Recognise(file)
            ?? Bl602Recognition.RecogniseBareCode(file)
            ?? new FirmwareImage(ImageKind.Unknown, ChipFamily.Unknown, file, [], ["no known image begins like this; it may be the wrong file, or one to unpack or convert first (.zip, .hex)"]);
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Images;

/// <summary>
/// BK7231 code as it stands in flash: every 32 bytes are followed by their CRC-16/CMS, high byte first (the flash controller checks it on
/// each read). The code itself is scrambled on Tuya's modules; unscrambled for the right address it begins with ARM vectors, by which
/// a file for address 0 (QIO: boot loader and application) and one for 0x11000 (UA: application) are told apart.
/// </summary>
public static partial class BekenImages
{
    /// <summary>Bytes of a block in flash: 32 of code and their check sum.</summary>
    public const int BlockLength = 34;

    /// <summary>Bytes of code in a block.</summary>
    public const int CodeInBlock = 32;

    /// <summary>Where the application begins in flash; before it stands the boot loader.</summary>
    public const uint ApplicationAddress = 0x11000;

    /// <summary>Where the application begins as the processor sees it.</summary>
    public const uint ApplicationCode = ApplicationAddress / BlockLength * CodeInBlock;

    private const int BlocksLookedAt = 32;
    private const int SmallestDump = 1 << 20;
    private const int SectorLength = 4096;

    /// <summary>Code as it stands in flash: scrambled, in blocks with their check sums; filled up to a whole block with 0xFF.</summary>
    /// <param name="code">Code.</param>
    /// <param name="address">Its address as the processor sees it, a multiple of 32.</param>
    public static byte[] ToBlocks(ReadOnlySpan<byte> code, uint address)
    {
        int blocks = (code.Length + CodeInBlock - 1) / CodeInBlock;
        byte[] flash = new byte[blocks * BlockLength];
        for (int i = 0; i < blocks; i++)
        {
            Span<byte> block = flash.AsSpan(i * BlockLength, BlockLength);
            ReadOnlySpan<byte> part = code[(i * CodeInBlock)..Math.Min(code.Length, (i + 1) * CodeInBlock)];
            block.Fill(0xFF);
            part.CopyTo(block);
            BekenScramble.Apply(block[..CodeInBlock], address + (uint)(i * CodeInBlock));
            BinaryPrimitives.WriteUInt16BigEndian(block[CodeInBlock..], Crc.Cms16(block[..CodeInBlock]));
        }

        return flash;
    }

    /// <summary>Code as the processor reads it, up to the first block whose check sum is wrong.</summary>
    /// <param name="flash">Flash from a block's border.</param>
    /// <param name="address">Address of the first block as the processor sees it.</param>
    /// <param name="most">Most bytes of code wanted.</param>
    public static byte[] FromBlocks(ReadOnlySpan<byte> flash, uint address, int most = int.MaxValue)
    {
        int blocks = Math.Min(flash.Length / BlockLength, most / CodeInBlock);
        byte[] code = new byte[blocks * CodeInBlock];
        for (int i = 0; i < blocks; i++)
        {
            ReadOnlySpan<byte> block = flash.Slice(i * BlockLength, BlockLength);
            if (!Sound(block))
            {
                return code[..(i * CodeInBlock)];
            }

            Span<byte> part = code.AsSpan(i * CodeInBlock, CodeInBlock);
            block[..CodeInBlock].CopyTo(part);
            BekenScramble.Apply(part, address + (uint)(i * CodeInBlock));
        }

        return code;
    }

    /// <summary>End of the code in a file: what follows is filler, or in a dump of a whole flash settings and other data.</summary>
    /// <param name="image">A BK7231 image with blocks.</param>
    public static int CodeEnd(FirmwareImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Survey(image.File.Span).CodeEnd;
    }

    internal static FirmwareImage? Recognise(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (bytes.StartsWith("RBL\0"u8))
        {
            return new FirmwareImage(ImageKind.Bk7231Ota, ChipFamily.Bk7231, file, [], ["an OTA container goes over HTTP; for the UART take the QIO or UA file of the same release"]);
        }

        if (bytes.Length < BlockLength * 4 || bytes[..CodeInBlock].IndexOfAnyExcept((byte)0xFF) < 0)
        {
            return null;
        }

        for (int i = 0; i < Math.Min(BlocksLookedAt, bytes.Length / BlockLength); i++)
        {
            ReadOnlySpan<byte> block = bytes.Slice(i * BlockLength, BlockLength);
            if (!Sound(block) && !Blank(block))
            {
                return null;
            }
        }

        return Describe(file, Survey(bytes));
    }

    private static FirmwareImage? Describe(ReadOnlyMemory<byte> file, BlockSurvey blocks)
    {
        ReadOnlySpan<byte> bytes = file.Span;
        if (blocks.Sound == 0)
        {
            return null;
        }

        bool loader = BeginsWithVectors(bytes, 0);
        bool follows = bytes.Length > ApplicationAddress && BeginsWithVectors(bytes[(int)ApplicationAddress..], ApplicationCode);
        ImageKind kind = loader && follows ? ImageKind.Bk7231Flash
            : BeginsWithVectors(bytes, ApplicationCode) ? ImageKind.Bk7231Application
            : ImageKind.Bk7231Blocks;
        bool dump = kind == ImageKind.Bk7231Flash && bytes.Length >= SmallestDump && BitOperations.IsPow2(bytes.Length);
        List<string> problems = [];
        List<ImageFact> facts = [new("blocks", string.Create(CultureInfo.InvariantCulture, $"{blocks.Sound:N0} with a right check sum, code ends at 0x{blocks.CodeEnd:X}"))];
        if (blocks.FirstBroken is { } broken)
        {
            // In a dump of a whole flash, settings follow the code after blank sectors; anywhere else a wrong check sum is damage.
            if (dump && broken - blocks.CodeEnd >= SectorLength)
            {
                facts.Add(new ImageFact("data", string.Create(CultureInfo.InvariantCulture, $"from 0x{broken:X}: a dump of a whole flash, with settings")));
            }
            else
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{blocks.Broken:N0} of {blocks.Sound + blocks.Broken:N0} blocks have a wrong check sum, the first at 0x{broken:X}: the file is damaged, or holds data there"));
            }
        }

        (ChipModel model, string? version) = NamesIn(bytes, kind);
        facts.Add(new ImageFact("for", model == ChipModel.Unknown ? "a BK7231; its texts do not say which" : model.Text()));
        return new FirmwareImage(kind, ChipFamily.Bk7231, file, facts, problems, version, model);
    }

    private static (ChipModel Model, string? Version) NamesIn(ReadOnlySpan<byte> file, ImageKind kind)
    {
        byte[] code = kind switch
        {
            ImageKind.Bk7231Flash => FromBlocks(file[(int)ApplicationAddress..], ApplicationCode),
            ImageKind.Bk7231Application => FromBlocks(file, ApplicationCode),
            _ => [],
        };
        string text = Encoding.Latin1.GetString(code);
        Match named = ChipName().Match(text);
        ChipModel model = named.Success ? ChipModels.Parse(named.Groups[1].Value)
            : kind == ImageKind.Bk7231Flash ? LoaderOf(Encoding.Latin1.GetString(FromBlocks(file[..(int)ApplicationAddress], 0)))
            : ChipModel.Unknown;
        Match version = VersionText().Match(text);
        return (model, version.Success ? version.Groups[1].Value : null);
    }

    /// <summary>Tuya's boot loaders name themselves BK7231N_1.0.1 (N) and BK7231S_1.0.5 (T).</summary>
    private static ChipModel LoaderOf(string text) => LoaderName().Match(text) is not { Success: true } named ? ChipModel.Unknown
        : named.Groups[1].Value == "N" ? ChipModel.Bk7231N
        : ChipModel.Bk7231T;

    private static bool BeginsWithVectors(ReadOnlySpan<byte> flash, uint address)
    {
        byte[] code = FromBlocks(flash, address, CodeInBlock);
        if (code.Length < CodeInBlock)
        {
            return false;
        }

        // b reset; then ldr pc, [pc, #…] or another branch.
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(code.AsSpan(4));
        return code[3] == 0xEA && (second >> 24 == 0xEA || (second & 0xFFFFF000) == 0xE59FF000);
    }

    private static BlockSurvey Survey(ReadOnlySpan<byte> bytes)
    {
        int sound = 0;
        int broken = 0;
        int codeEnd = 0;
        int? first = null;
        for (int at = 0; at + BlockLength <= bytes.Length; at += BlockLength)
        {
            ReadOnlySpan<byte> block = bytes.Slice(at, BlockLength);
            if (Blank(block))
            {
                continue;
            }

            if (Sound(block))
            {
                sound++;
                codeEnd = first is null ? at + BlockLength : codeEnd;
            }
            else
            {
                broken++;
                first ??= at;
            }
        }

        return new BlockSurvey(sound, broken, first, codeEnd);
    }

    private static bool Blank(ReadOnlySpan<byte> block) => block.IndexOfAnyExcept((byte)0xFF) < 0;

    private static bool Sound(ReadOnlySpan<byte> block) =>
        Crc.Cms16(block[..CodeInBlock]) == BinaryPrimitives.ReadUInt16BigEndian(block[CodeInBlock..]);

    [GeneratedRegex(@"BK7231([NS])_\d", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex LoaderName();

    [GeneratedRegex("Open(BK7231[NTU])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ChipName();

    [GeneratedRegex(@"(?:OpenBK7231[NTU]_|Built on [ -~]{1,40} version (?:OpenBK7231[NTU]_)?)(\d[ -~]{0,31}?)(?=\0|$)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VersionText();

    private readonly record struct BlockSurvey(int Sound, int Broken, int? FirstBroken, int CodeEnd);
}

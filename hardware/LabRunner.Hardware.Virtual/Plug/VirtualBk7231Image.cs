using System.Buffers.Binary;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// Firmware images of the virtual BK7231 plugs: a boot loader and an application that begin with ARM vectors, a marker, the chip and the
/// version, filled up with chance; scrambled and in blocks with check sums as on the real chip. Code of another chip, or code of which a
/// block is damaged, does not come up.
/// </summary>
public static class VirtualBk7231Image
{
    /// <summary>Length of the application's code, bytes. Shorter than a real one (about 1 MB): what counts is its form.</summary>
    public const int CodeLength = 120_000;

    private const int LoaderLength = 30_000;
    private const int LengthAt = 32;
    private const int TextAt = 36;
    private const string LoaderMark = "LABRUNNER-VIRTUAL-LOADER-";
    private const string ApplicationMark = "LABRUNNER-VIRTUAL-";

    /// <summary>A file for address 0 ("QIO"): boot loader and application.</summary>
    /// <param name="version">Version it reports after booting, 1 to 32 printable ASCII characters.</param>
    /// <param name="chip">BK7231N or BK7231T.</param>
    /// <exception cref="ArgumentException"><paramref name="version"/> is empty, too long or not printable ASCII.</exception>
    public static byte[] Flash(string version, string chip)
    {
        byte[] application = Application(version, chip);
        byte[] flash = new byte[BekenImages.ApplicationAddress + application.Length];
        flash.AsSpan().Fill(0xFF);
        BekenImages.ToBlocks(Code(LoaderLength, $"{LoaderMark}{chip}\n"), 0).CopyTo(flash, 0);
        application.CopyTo(flash, BekenImages.ApplicationAddress);
        return flash;
    }

    /// <summary>A file for 0x11000 ("UA"): the application alone.</summary>
    /// <param name="version">As for <see cref="Flash"/>.</param>
    /// <param name="chip">As for <see cref="Flash"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Flash"/>.</exception>
    public static byte[] Application(string version, string chip)
    {
        VirtualFirmwareImage.CheckVersion(version);
        return BekenImages.ToBlocks(Code(CodeLength, $"{ApplicationMark}{chip}\n{version}\nOpen{chip}_{version}\0"), BekenImages.ApplicationCode);
    }

    /// <summary>Version in an application's code as the processor reads it; null where it is incomplete or of another chip.</summary>
    internal static string? VersionOf(ReadOnlySpan<byte> code, string chip) =>
        Text(code, $"{ApplicationMark}{chip}\n") is { } rest && rest.IndexOf('\n', StringComparison.Ordinal) is > 0 and var end ? rest[..end] : null;

    /// <summary>True for a whole boot loader of a chip.</summary>
    internal static bool IsLoader(ReadOnlySpan<byte> code, string chip) => Text(code, $"{LoaderMark}{chip}\n") is not null;

    private static string? Text(ReadOnlySpan<byte> code, string mark)
    {
        if (code.Length < TextAt + mark.Length || BinaryPrimitives.ReadUInt32LittleEndian(code[LengthAt..]) > code.Length)
        {
            return null;
        }

        string text = Encoding.Latin1.GetString(code.Slice(TextAt, Math.Min(128, code.Length - TextAt)));
        return text.StartsWith(mark, StringComparison.Ordinal) ? text[mark.Length..] : null;
    }

    private static byte[] Code(int length, string text)
    {
        byte[] code = new byte[length];
        new Chance(0x7231, text).Fill(code);
        for (int vector = 0; vector < 8; vector++)
        {
            // b 0x40; ldr pc, [pc, #20].
            BinaryPrimitives.WriteUInt32LittleEndian(code.AsSpan(4 * vector), vector == 0 ? 0xEA00000E : 0xE59FF014);
        }

        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(LengthAt), length);
        Encoding.ASCII.GetBytes(text, code.AsSpan(TextAt));
        return code;
    }
}

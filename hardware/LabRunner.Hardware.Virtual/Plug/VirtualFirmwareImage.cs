using System.Globalization;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// Firmware images of the virtual BL602 plug: real OTA containers and headers; the code is a marker, the version and filler. The virtual boot loader
/// reads the version back; a body without the marker is code for some other board and does not come up.
/// </summary>
public static class VirtualFirmwareImage
{
    /// <summary>Code in bytes: about that of a packed OpenBL602 build.</summary>
    public const int CodeLength = 300_000;

    /// <summary>Body of an OTA file in bytes: the boot header's block and the code.</summary>
    public const int BodyLength = BootHeader.CodeOffset + CodeLength;

    // The first instructions of every SDK program (c.li t0, 8; csrc mstatus, t0), by which a file without header is known.
    private static ReadOnlySpan<byte> Start => [0xA1, 0x42, 0x73, 0xB0, 0x02, 0x30, 0, 0];

    private const string Marker = "LABRUNNER-VIRTUAL-BL602\n";

    /// <summary>Builds an OTA file.</summary>
    /// <param name="version">Version it reports after booting, 1 to 32 printable ASCII characters, for example 1.18.159.</param>
    /// <exception cref="ArgumentException"><paramref name="version"/> is empty, too long or not printable ASCII.</exception>
    public static byte[] Build(string version) => OtaImage.Wrap(FlashLayout.Firmware(Code(version)), BodyLength, softwareVersion: version.Length > 16 ? version[..16] : version, packing: "RAW");

    /// <summary>Builds a whole-flash image of 2 MiB: boot2, partition tables and firmware; settings and calibration are empty.</summary>
    /// <param name="version">As for <see cref="Build"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Build"/>.</exception>
    public static byte[] BuildWholeFlash(string version) => FlashLayout.Image(Code(version));

    /// <summary>Refuses what no virtual firmware can be called.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Build"/>.</exception>
    internal static void CheckVersion(string version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        if (version.Length > 32 || version.Any(c => c is <= ' ' or > '~'))
        {
            throw new ArgumentException("A version has 1 to 32 printable ASCII characters.", nameof(version));
        }
    }

    private static byte[] Code(string version)
    {
        CheckVersion(version);
        byte[] body = new byte[CodeLength];
        new Chance(0x602, version).Fill(body);
        Start.CopyTo(body);
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Marker}{version}\nOpenBL602_{version}\0"), body.AsSpan(Start.Length));
        return body;
    }

    /// <summary>The version in code, with its boot header in front of it or without, as <see cref="Build"/> makes it; null for anything else.</summary>
    public static string? VersionOf(ReadOnlySpan<byte> body)
    {
        if (BootHeader.Begins(body) && body.Length > BootHeader.CodeOffset)
        {
            body = body[BootHeader.CodeOffset..];
        }

        int marked = Start.Length + Marker.Length;
        if (body.Length < marked || Encoding.ASCII.GetString(body[Start.Length..marked]) != Marker)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = body[marked..];
        int end = rest[..Math.Min(rest.Length, 33)].IndexOf((byte)'\n');
        return end < 1 ? null : Encoding.ASCII.GetString(rest[..end]);
    }
}

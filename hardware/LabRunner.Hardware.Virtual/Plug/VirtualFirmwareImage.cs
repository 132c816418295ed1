using System.Globalization;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// Firmware images of the virtual plug: real OTA containers whose body is a marker, the version and filler. The virtual boot loader
/// reads the version back; a body without the marker is code for some other board and does not come up.
/// </summary>
public static class VirtualFirmwareImage
{
    /// <summary>Body length in bytes: about that of a packed OpenBL602 build.</summary>
    public const int BodyLength = 300_000;

    private const string Marker = "LABRUNNER-VIRTUAL-BL602\n";

    /// <summary>Builds an OTA file.</summary>
    /// <param name="version">Version it reports after booting, 1 to 32 printable ASCII characters, for example 1.18.159.</param>
    /// <exception cref="ArgumentException"><paramref name="version"/> is empty, too long or not printable ASCII.</exception>
    public static byte[] Build(string version) => OtaImage.Wrap(Code(version));

    /// <summary>Builds a whole-flash image of 2 MiB: boot2, partition tables and firmware; settings and calibration are empty.</summary>
    /// <param name="version">As for <see cref="Build"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="Build"/>.</exception>
    public static byte[] BuildWholeFlash(string version) => FlashLayout.Image(Code(version));

    private static byte[] Code(string version)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        if (version.Length > 32 || version.Any(c => c is <= ' ' or > '~'))
        {
            throw new ArgumentException("A version has 1 to 32 printable ASCII characters.", nameof(version));
        }

        byte[] body = new byte[BodyLength];
        new Chance(0x602, version).Fill(body);
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Marker}{version}\nOpenBL602_{version}\0"), body);
        return body;
    }

    /// <summary>The version in a body as <see cref="Build"/> makes it; null for anything else.</summary>
    public static string? VersionOf(ReadOnlySpan<byte> body)
    {
        if (body.Length < Marker.Length || Encoding.ASCII.GetString(body[..Marker.Length]) != Marker)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = body[Marker.Length..];
        int end = rest[..Math.Min(rest.Length, 33)].IndexOf((byte)'\n');
        return end < 1 ? null : Encoding.ASCII.GetString(rest[..end]);
    }
}

using System.Security.Cryptography;
using System.Text;

namespace LabRunner.Hardware.Plugs;

/// <summary>
/// BL602 OTA files: a 512-byte header ("BL60X_OTA_Ver1.0", type, body length, versions, SHA-256 of the body, unpacked length) and a
/// body (OpenBL602 image_conf/flash_build.py, OpenBeken hal_ota_bl602.c).
/// </summary>
public static class OtaImage
{
    /// <summary>Header size in bytes.</summary>
    public const int HeaderLength = 512;

    /// <summary>Size of the OTA slot in bytes; the largest accepted body is one less.</summary>
    public const int SlotLength = 557_056;

    /// <summary>Largest unpacked length in bytes: the size of the running partition.</summary>
    public const int MaxUnpackedLength = 819_200;

    /// <summary>Wraps a body with a valid header.</summary>
    /// <param name="body">Packed firmware.</param>
    /// <param name="unpackedLength">Length after unpacking; 0xFFFFFFFF for images of older builds.</param>
    /// <param name="softwareVersion">At most 16 ASCII characters.</param>
    /// <exception cref="ArgumentException"><paramref name="softwareVersion"/> is longer than 16 characters.</exception>
    public static byte[] Wrap(ReadOnlySpan<byte> body, uint unpackedLength = 0xFFFFFFFF, string softwareVersion = "EVENT_V1.1.1")
    {
        if (softwareVersion.Length > 16)
        {
            throw new ArgumentException("A software version has at most 16 characters.", nameof(softwareVersion));
        }

        byte[] file = new byte[HeaderLength + body.Length];
        Span<byte> header = file.AsSpan(0, HeaderLength);
        header.Fill(0xFF);
        header[..112].Clear();
        Encoding.ASCII.GetBytes("BL60X_OTA_Ver1.0", header);
        Encoding.ASCII.GetBytes("XZ  ", header[16..]);
        BitConverter.TryWriteBytes(header[20..], body.Length);
        for (int i = 0; i < 8; i++)
        {
            header[24 + i] = (byte)(i + 1);
        }

        Encoding.ASCII.GetBytes("BFL_Module_v1.1", header[32..]);
        Encoding.ASCII.GetBytes(softwareVersion, header[48..]);
        SHA256.HashData(body, header[64..]);
        BitConverter.TryWriteBytes(header[96..], unpackedLength);
        header[100..112].Fill(0xFF);
        body.CopyTo(file.AsSpan(HeaderLength));
        return file;
    }
}

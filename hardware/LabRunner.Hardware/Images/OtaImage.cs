using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LabRunner.Hardware.Images;

/// <summary>What an OTA file's header says.</summary>
/// <param name="Packing">"XZ" or "RAW" in a sound file; up to 4 characters.</param>
/// <param name="BodyLength">Bytes after the header, as stated.</param>
/// <param name="HardwareVersion">At most 16 characters.</param>
/// <param name="SoftwareVersion">At most 16 characters.</param>
/// <param name="BodyHash">SHA-256 of the body as stored, as stated.</param>
/// <param name="UnpackedLength">Length after unpacking; null where the builder did not know (0xFFFFFFFF).</param>
public sealed record OtaHeader(
    string Packing, uint BodyLength, string HardwareVersion, string SoftwareVersion, ReadOnlyMemory<byte> BodyHash, uint? UnpackedLength);

/// <summary>
/// BL602 OTA files: a 512-byte header ("BL60X_OTA_Ver1.0", packing, body length, versions, SHA-256 of the body, unpacked length) and a
/// body (OpenBL602 image_conf/flash_build.py, OpenBeken hal_ota_bl602.c). Pure functions, thread safe.
/// </summary>
public static class OtaImage
{
    /// <summary>Header size in bytes.</summary>
    public const int HeaderLength = 512;

    /// <summary>Size of the OTA slot in bytes; the largest accepted body is one less.</summary>
    public const int SlotLength = 557_056;

    /// <summary>Largest unpacked length in bytes: the size of the running partition.</summary>
    public const int MaxUnpackedLength = 819_200;

    /// <summary>The flash layout of both sizes, for people (OpenBL602 image_conf/bl602/partition_cfg_2M.toml).</summary>
    public const string Layout = "the layout of 2 MB flash: update slot 557,056 bytes, running partition 819,200 bytes";

    /// <summary>"unpacked length" of a builder that does not know it.</summary>
    public const uint UnknownLength = 0xFFFFFFFF;

    /// <summary>True when a file begins as the device demands: it compares nine letters only.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith("BL60X_OTA"u8);

    /// <summary>Wraps a body with a valid header.</summary>
    /// <param name="body">Packed firmware.</param>
    /// <param name="unpackedLength">Length after unpacking; <see cref="UnknownLength"/> for images of older builds.</param>
    /// <param name="softwareVersion">At most 16 ASCII characters.</param>
    /// <param name="packing">"XZ" or "RAW".</param>
    /// <exception cref="ArgumentException">A text is longer than its field.</exception>
    public static byte[] Wrap(
        ReadOnlySpan<byte> body, uint unpackedLength = UnknownLength, string softwareVersion = "EVENT_V1.1.1", string packing = "XZ")
    {
        if (softwareVersion.Length > 16 || packing.Length > 4)
        {
            throw new ArgumentException("A software version has at most 16 characters, a packing at most 4.", nameof(softwareVersion));
        }

        byte[] file = new byte[HeaderLength + body.Length];
        Span<byte> header = file.AsSpan(0, HeaderLength);
        header.Fill(0xFF);
        header[..112].Clear();
        Encoding.ASCII.GetBytes("BL60X_OTA_Ver1.0", header);
        Encoding.ASCII.GetBytes(packing.PadRight(4), header[16..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], body.Length);
        for (int i = 0; i < 8; i++)
        {
            header[24 + i] = (byte)(i + 1);
        }

        Encoding.ASCII.GetBytes("BFL_Module_v1.1", header[32..]);
        Encoding.ASCII.GetBytes(softwareVersion, header[48..]);
        SHA256.HashData(body, header[64..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[96..], unpackedLength);
        header[100..112].Fill(0xFF);
        body.CopyTo(file.AsSpan(HeaderLength));
        return file;
    }

    /// <summary>Reads the header.</summary>
    /// <param name="file">Whole file.</param>
    /// <returns>Null when it is no OTA file or is shorter than a header.</returns>
    public static OtaHeader? ReadHeader(ReadOnlySpan<byte> file)
    {
        if (!Begins(file) || file.Length < HeaderLength)
        {
            return null;
        }

        uint unpacked = BinaryPrimitives.ReadUInt32LittleEndian(file[96..]);
        return new OtaHeader(
            Text(file.Slice(16, 4)),
            BinaryPrimitives.ReadUInt32LittleEndian(file[20..]),
            Text(file.Slice(32, 16)),
            Text(file.Slice(48, 16)),
            file.Slice(64, 32).ToArray(),
            unpacked == UnknownLength ? null : unpacked);
    }

    /// <summary>Everything in a file that a device refuses, or that would go wrong after it accepted; empty for a sound file.</summary>
    /// <param name="file">Whole file.</param>
    public static IReadOnlyList<string> Check(ReadOnlySpan<byte> file)
    {
        if (!Begins(file))
        {
            return ["it does not begin with \"BL60X_OTA\": the device answers \"Invalid header ident\""];
        }

        if (ReadHeader(file) is not { } header)
        {
            return [$"it has {file.Length} bytes and the header alone has {HeaderLength}: the device answers \"No header found\""];
        }

        List<string> problems = [];
        int body = file.Length - HeaderLength;
        if (header.BodyLength != body)
        {
            problems.Add($"the header states a body of {header.BodyLength:N0} bytes, the file has {body:N0}");
        }

        if (!SHA256.HashData(file[HeaderLength..]).AsSpan().SequenceEqual(header.BodyHash.Span))
        {
            problems.Add("the body's SHA-256 is not the header's: the device answers \"SHA256 NOT Correct\" after it has erased the update slot");
        }

        if (body >= SlotLength)
        {
            problems.Add($"the body has {body:N0} bytes and the update slot takes at most {SlotLength - 1:N0}: the device answers \"Too large bin\"");
        }

        if (header.UnpackedLength > MaxUnpackedLength)
        {
            problems.Add($"unpacked it has {header.UnpackedLength:N0} bytes and the running partition {MaxUnpackedLength:N0}: the device refuses it");
        }

        if (header.Packing is not ("XZ" or "RAW"))
        {
            problems.Add($"its packing is \"{header.Packing}\", known are XZ and RAW");
        }
        else if (header.Packing == "XZ" && !IsXz(file[HeaderLength..]))
        {
            problems.Add("its packing is XZ but the body does not begin as an XZ stream: boot2 cannot unpack it");
        }

        return problems;
    }

    private static bool IsXz(ReadOnlySpan<byte> body) => body.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]);

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        ReadOnlySpan<byte> used = (end < 0 ? field : field[..end]).TrimEnd((byte)0xFF);
        return Encoding.ASCII.GetString(used).Trim();
    }
}

using System.Buffers.Binary;

namespace LabRunner.Hardware.Images;

/// <summary>A way to break an OTA file, each refused (or swallowed) by the device in its own way.</summary>
public enum OtaBreak
{
    /// <summary>A sound file.</summary>
    None,

    /// <summary>The first nine letters are wrong: refused at the first bytes, after the update slot is erased.</summary>
    Magic,

    /// <summary>The header states one body byte less than there are; the device does not look at this field.</summary>
    Length,

    /// <summary>The header's SHA-256 is of something else: refused at the end.</summary>
    Hash,

    /// <summary>One bit of the body is flipped: refused at the end by its SHA-256.</summary>
    FlippedBit,

    /// <summary>The stated unpacked length is one more than the running partition.</summary>
    UnpackedLength,

    /// <summary>The stated unpacked length is the running partition's. Sound by the device's rules.</summary>
    LargestUnpackedThatFits,

    /// <summary>The file ends in the middle of the body: the device waits for the rest.</summary>
    Truncated,

    /// <summary>The body is as large as the update slot: one byte too many.</summary>
    Oversize,

    /// <summary>The body is the largest that fits: one byte less than the slot. Sound by the device's rules.</summary>
    LargestThatFits,

    /// <summary>Only the 512 header bytes.</summary>
    HeaderOnly,

    /// <summary>One byte less than a header.</summary>
    ShortHeader,
}

/// <summary>Makes OTA files, sound and deliberately broken ones, for abuse tests of an update. Pure functions, thread safe.</summary>
public static class OtaForge
{
    /// <summary>Makes a file.</summary>
    /// <param name="body">Packed firmware; at least 1 byte.</param>
    /// <param name="defect">How to break it.</param>
    /// <param name="unpackedLength">Unpacked length to state.</param>
    /// <param name="softwareVersion">At most 16 ASCII characters.</param>
    /// <param name="packing">"XZ" or "RAW".</param>
    /// <exception cref="ArgumentException">The body is empty, or too large for <see cref="OtaBreak.LargestThatFits"/>.</exception>
    public static byte[] Make(
        ReadOnlySpan<byte> body,
        OtaBreak defect = OtaBreak.None,
        uint unpackedLength = OtaImage.UnknownLength,
        string softwareVersion = "EVENT_V1.1.1",
        string packing = "XZ")
    {
        if (body.IsEmpty)
        {
            throw new ArgumentException("An OTA file needs a body.", nameof(body));
        }

        byte[] whole = defect switch
        {
            OtaBreak.Oversize => Wrap(Stretched(body, OtaImage.SlotLength)),
            OtaBreak.LargestThatFits => Wrap(Stretched(body, OtaImage.SlotLength - 1)),
            _ => Wrap(body),
        };
        switch (defect)
        {
            case OtaBreak.Magic:
                whole[8] = (byte)'X';
                break;
            case OtaBreak.Length:
                BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(20), body.Length - 1);
                break;
            case OtaBreak.Hash:
                whole[64] ^= 0xFF;
                break;
            case OtaBreak.FlippedBit:
                whole[OtaImage.HeaderLength + (body.Length / 2)] ^= 0x10;
                break;
            case OtaBreak.UnpackedLength:
                BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(96), OtaImage.MaxUnpackedLength + 1);
                break;
            case OtaBreak.LargestUnpackedThatFits:
                BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(96), OtaImage.MaxUnpackedLength);
                break;
            case OtaBreak.Truncated:
                return whole[..(OtaImage.HeaderLength + (body.Length / 2))];
            case OtaBreak.HeaderOnly:
                return whole[..OtaImage.HeaderLength];
            case OtaBreak.ShortHeader:
                return whole[..(OtaImage.HeaderLength - 1)];
        }

        return whole;

        byte[] Wrap(ReadOnlySpan<byte> content) => OtaImage.Wrap(content, unpackedLength, softwareVersion, packing);
    }

    /// <summary>A sound file with the body of another, filled up with zeros or cut; its header is made anew.</summary>
    /// <param name="file">A file with a whole header.</param>
    /// <param name="length">Bytes of the body, 1 or more.</param>
    /// <exception cref="ArgumentException">The file has no header, or the length is less than 1.</exception>
    public static byte[] WithBodyLength(ReadOnlySpan<byte> file, int length)
    {
        OtaHeader header = OtaImage.ReadHeader(file) ?? throw new ArgumentException("It is no OTA file with a whole header.", nameof(file));
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        byte[] body = new byte[length];
        ReadOnlySpan<byte> old = file[OtaImage.HeaderLength..];
        old[..Math.Min(length, old.Length)].CopyTo(body);
        return OtaImage.Wrap(body, header.UnpackedLength ?? OtaImage.UnknownLength, header.SoftwareVersion, header.Packing);
    }

    private static byte[] Stretched(ReadOnlySpan<byte> body, int length)
    {
        if (body.Length > length)
        {
            throw new ArgumentException($"The body has {body.Length:N0} bytes already, more than {length:N0}.", nameof(body));
        }

        byte[] longer = new byte[length];
        body.CopyTo(longer);
        return longer;
    }
}

using SharpCompress.Compressors.Xz;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>XZ streams as boot2 and the flash loader unpack them. Pure, thread safe.</summary>
internal static class XzUnpack
{
    private const int FooterLength = 12;

    /// <summary>True when bytes begin as an XZ stream.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]);

    /// <summary>True when bytes end as an XZ stream does.</summary>
    public static bool Ends(ReadOnlySpan<byte> bytes) => bytes.Length > FooterLength && bytes.EndsWith("YZ"u8);

    /// <summary>Unpacks a whole stream.</summary>
    /// <param name="stream">From its magic on; what follows its end is not looked at.</param>
    /// <param name="most">Largest result, bytes.</param>
    /// <returns>Null when it is damaged, cut, or larger.</returns>
    public static byte[]? Unpack(ReadOnlyMemory<byte> stream, int most)
    {
        if (!Begins(stream.Span))
        {
            return null;
        }

        try
        {
            using MemoryStream packed = new(stream.ToArray());
            using XZStream xz = new(packed);
            byte[] result = new byte[most + 1];
            int length = xz.ReadAtLeast(result, result.Length, throwOnEndOfStream: false);
            return length > most ? null : result[..length];
        }
        catch (Exception damaged) when (damaged is not OutOfMemoryException)
        {
            // Whatever a decoder stumbles over: to the chip it is all the same.
            return null;
        }
    }
}

using System.Buffers.Binary;
using System.IO.Compression;

namespace LabRunner.Reports.Drawing;

/// <summary>A colour of a <see cref="Raster"/>.</summary>
internal readonly record struct Colour(byte R, byte G, byte B);

/// <summary>A picture of dots with rectangles and text, written as PNG (RFC 2083) without any library of the machine. Not thread safe.</summary>
internal sealed class Raster
{
    private readonly byte[] _dots;

    /// <param name="width">Dots, 1 to 4096.</param>
    /// <param name="height">Dots, 1 to 4096.</param>
    /// <param name="paper">Colour of all dots.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side outside its range.</exception>
    internal Raster(int width, int height, Colour paper)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, 4096);
        (Width, Height) = (width, height);
        _dots = new byte[width * height * 3];
        Fill(0, 0, width, height, paper);
    }

    internal int Width { get; }

    internal int Height { get; }

    /// <summary>Fills a rectangle; what lies outside the picture is left out.</summary>
    internal void Fill(int x, int y, int width, int height, Colour colour)
    {
        for (int row = Math.Max(0, y); row < Math.Min(Height, y + height); row++)
        {
            for (int column = Math.Max(0, x); column < Math.Min(Width, x + width); column++)
            {
                int at = ((row * Width) + column) * 3;
                (_dots[at], _dots[at + 1], _dots[at + 2]) = (colour.R, colour.G, colour.B);
            }
        }
    }

    /// <summary>Draws one line of text and returns its width; what does not fit into <paramref name="room"/> ends with an ellipsis.</summary>
    internal int Text(int x, int y, string text, Colour colour, int scale = 2, int room = int.MaxValue)
    {
        int step = (PixelFont.Width + 1) * scale;
        int most = Math.Max(1, room / step);
        string shown = text.Length <= most ? text : text[..(most - 1)] + "…";
        for (int i = 0; i < shown.Length; i++)
        {
            IReadOnlyList<byte> rows = PixelFont.Of(shown[i]);
            for (int row = 0; row < PixelFont.Height; row++)
            {
                for (int column = 0; column < PixelFont.Width; column++)
                {
                    if ((rows[row] >> (PixelFont.Width - 1 - column) & 1) != 0)
                    {
                        Fill(x + (i * step) + (column * scale), y + (row * scale), scale, scale, colour);
                    }
                }
            }
        }

        return shown.Length * step;
    }

    /// <summary>The file.</summary>
    internal byte[] ToPng()
    {
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, Width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), Height);

        // 8 bits a channel, RGB.
        (head[8], head[9]) = (8, 2);
        Chunk(png, "IHDR"u8, head);
        using MemoryStream data = new();
        using (ZLibStream zip = new(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int row = 0; row < Height; row++)
            {
                zip.WriteByte(0);
                zip.Write(_dots, row * Width * 3, Width * 3);
            }
        }

        Chunk(png, "IDAT"u8, data.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(kind);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(kind, uint.MaxValue)));
        png.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return crc;
    }
}

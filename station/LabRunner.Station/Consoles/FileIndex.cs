using System.Buffers;
using System.Globalization;
using System.Text;

namespace LabRunner.Station.Consoles;

/// <summary>Where each two-hundredth line of a file of console lines begins. Not thread safe.</summary>
/// <param name="path">File.</param>
internal sealed class FileIndex(string path)
{
    private const int IndexEvery = 200;

    private readonly List<long> _offsets = [];
    private long _lines;
    private bool _scanned;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>A line was added that begins at an offset.</summary>
    public void Add(long offset)
    {
        if (_lines++ % IndexEvery == 0)
        {
            _offsets.Add(offset);
        }

        _scanned = true;
    }

    /// <summary>Ends a half line that a killed station left.</summary>
    public void EndLine()
    {
        using FileStream file = StateFile.Append(path);
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }
    }

    /// <summary>Counts the lines.</summary>
    public long Scan()
    {
        if (_scanned)
        {
            return _lines;
        }

        _scanned = true;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
        long at = 0;
        bool begins = true;
        for (int read; (read = file.Read(buffer)) > 0; at += read)
        {
            for (int i = 0; i < read; i++)
            {
                if (begins)
                {
                    Add(at + i);
                }

                begins = buffer[i] == '\n';
            }
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return _lines;
    }

    /// <summary>Lines from a number on.</summary>
    /// <param name="first">Number of the file's first line.</param>
    /// <param name="from">Number to begin with.</param>
    /// <param name="most">Most lines.</param>
    public IEnumerable<StoredLine> Read(long first, long from, int most)
    {
        Scan();
        int block = (int)((from - first) / IndexEvery);
        if (block >= _offsets.Count)
        {
            yield break;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(_offsets[block], SeekOrigin.Begin);
        using StreamReader reader = new(file, Encoding.UTF8);
        long number = first + ((long)block * IndexEvery);
        while (most > 0 && reader.ReadLine() is { } line)
        {
            if (number >= from)
            {
                most--;
                yield return Parse(number, line);
            }

            number++;
        }
    }

    private static StoredLine Parse(long number, string line)
    {
        int space = Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal));
        return DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? new StoredLine(number, at, line[(space + 1)..])
            : new StoredLine(number, default, line);
    }
}

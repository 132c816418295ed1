using System.Buffers;
using System.Globalization;
using System.Text;

namespace LabRunner.Station.Consoles;

/// <summary>Where each two-hundredth line of a file of console lines begins. Thread safe; one writer, who waits for no reader of the file.</summary>
/// <param name="path">File.</param>
internal sealed class FileIndex(string path)
{
    private const int IndexEvery = 200;

    private readonly Lock _gate = new();
    private readonly List<long> _offsets = [];
    private long _lines;
    private bool _scanned;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>A line was added that begins at an offset.</summary>
    public void Add(long offset)
    {
        lock (_gate)
        {
            Count(offset);
            _scanned = true;
        }
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
    /// <exception cref="FileNotFoundException">It is kept no longer.</exception>
    public long Scan()
    {
        lock (_gate)
        {
            if (_scanned)
            {
                return _lines;
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            long at = 0;
            bool begins = true;
            for (int read; (read = file.Read(buffer)) > 0; at += read)
            {
                for (int i = 0; i < read; i++)
                {
                    if (begins)
                    {
                        Count(at + i);
                    }

                    begins = buffer[i] == '\n';
                }
            }

            ArrayPool<byte>.Shared.Return(buffer);
            _scanned = true;
            return _lines;
        }
    }

    /// <summary>Lines from a number on; none where the file is kept no longer.</summary>
    /// <param name="first">Number of the file's first line.</param>
    /// <param name="from">Number to begin with.</param>
    /// <param name="end">Number to end before: what is behind it may be half written.</param>
    /// <param name="most">Most lines.</param>
    public IReadOnlyList<StoredLine> Read(long first, long from, long end, int most)
    {
        try
        {
            return Scan() > 0 ? ReadBlocks(first, from, end, most) : [];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private List<StoredLine> ReadBlocks(long first, long from, long end, int most)
    {
        List<StoredLine> lines = [];
        long block = (from - first) / IndexEvery;
        long offset;
        lock (_gate)
        {
            if (block >= _offsets.Count)
            {
                return lines;
            }

            offset = _offsets[(int)block];
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(offset, SeekOrigin.Begin);
        using StreamReader reader = new(file, Encoding.UTF8);
        for (long number = first + (block * IndexEvery); number < end && lines.Count < most && reader.ReadLine() is { } line; number++)
        {
            if (number >= from)
            {
                lines.Add(Parse(number, line));
            }
        }

        return lines;
    }

    private void Count(long offset)
    {
        if (_lines++ % IndexEvery == 0)
        {
            _offsets.Add(offset);
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

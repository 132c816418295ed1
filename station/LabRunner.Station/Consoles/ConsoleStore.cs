using System.Buffers;
using System.Globalization;
using System.Text;

namespace LabRunner.Station.Consoles;

/// <summary>A console line as the station keeps it.</summary>
/// <param name="Number">Counts on for ever, over runs and starts of the station.</param>
/// <param name="At">Wall time.</param>
/// <param name="Text">Redacted. One that begins with "--- " is the bench's own.</param>
public sealed record StoredLine(long Number, DateTimeOffset At, string Text);

/// <summary>
/// Every line of one console since the station was first started, numbered for ever: the newest in memory, all in files of a fixed number of
/// lines each, whose name is the number of their first. Files beyond <see cref="KeptFiles"/> go. Thread safe; one writer.
/// </summary>
internal sealed class ConsoleStore : IDisposable
{
    /// <summary>Files kept: two million lines.</summary>
    public const int KeptFiles = 40;

    /// <summary>Lines in memory.</summary>
    public const int KeptInMemory = 20_000;

    private const int UsualLinesPerFile = 50_000;
    private const int IndexEvery = 200;
    private const string Stamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly int _linesPerFile;
    private readonly SortedList<long, FileIndex> _files = [];
    private readonly Queue<StoredLine> _newest = [];
    private FileStream? _file;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

    /// <param name="folder">Folder of this console's files.</param>
    /// <param name="linesPerFile">Lines of a file.</param>
    public ConsoleStore(string folder, int linesPerFile = UsualLinesPerFile)
    {
        (_folder, _linesPerFile) = (folder, linesPerFile);
        StateFile.MakeFolder(folder);
        foreach (string file in Directory.EnumerateFiles(folder, "*.log"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out long first))
            {
                _files.Add(first, new FileIndex(file));
            }
        }

        if (_files.Count > 0)
        {
            (long first, FileIndex last) = (_files.GetKeyAtIndex(_files.Count - 1), _files.GetValueAtIndex(_files.Count - 1));
            last.EndLine();
            _next = first + last.Scan();
            foreach (StoredLine line in ReadFiles(Math.Max(first, _next - 2000), 2000))
            {
                _newest.Enqueue(line);
            }
        }
    }

    /// <summary>Number of the next line.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
            {
                return _next;
            }
        }
    }

    /// <summary>Number of the oldest line kept.</summary>
    public long First
    {
        get
        {
            lock (_gate)
            {
                return _files.Count == 0 ? _next : _files.GetKeyAtIndex(0);
            }
        }
    }

    /// <summary>The newest line; null before the first.</summary>
    public StoredLine? Last
    {
        get
        {
            lock (_gate)
            {
                return _newest.LastOrDefault();
            }
        }
    }

    /// <summary>Keeps lines: they are with the kernel when this returns, so that a killed station loses none of them.</summary>
    /// <exception cref="IOException">The disk takes no more; readers in memory have them all the same.</exception>
    public void Append(IEnumerable<(DateTimeOffset At, string Text)> lines)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            try
            {
                foreach ((DateTimeOffset at, string text) in lines)
                {
                    StoredLine line = new(_next, at, text.ReplaceLineEndings(" "));
                    _newest.Enqueue(line);
                    if (_newest.Count > KeptInMemory)
                    {
                        _newest.Dequeue();
                    }

                    _next++;
                    Write(line);
                }

                _file?.Flush();
            }
            finally
            {
                (waiting, _more) = (_more, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        waiting.TrySetResult();
    }

    /// <summary>Lines from a number on, oldest first. Where <paramref name="from"/> is no longer kept, from the oldest that is.</summary>
    public IReadOnlyList<StoredLine> Read(long from, int most)
    {
        lock (_gate)
        {
            if (_newest.TryPeek(out StoredLine? oldest) && from >= oldest.Number)
            {
                return [.. _newest.Skip((int)Math.Min(int.MaxValue, from - oldest.Number)).Take(most)];
            }

            return [.. ReadFiles(from, most)];
        }
    }

    /// <summary>Lines that hold a text, whatever its case, newest first.</summary>
    /// <param name="text">What to look for.</param>
    /// <param name="before">Only lines before this number.</param>
    /// <param name="most">Most lines.</param>
    public IReadOnlyList<StoredLine> Search(string text, long before, int most)
    {
        List<StoredLine> found = [];
        for (long to = Math.Min(before, Next); to > First && found.Count < most;)
        {
            long from = Math.Max(First, to - 5000);
            IReadOnlyList<StoredLine> part = Read(from, (int)(to - from));
            found.AddRange(part.Reverse().Where(l => l.Text.Contains(text, StringComparison.OrdinalIgnoreCase)).Take(most - found.Count));
            to = from;
        }

        return found;
    }

    /// <summary>Ends when there is a line with this number or a later one.</summary>
    public async Task WaitAsync(long number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_next > number)
                {
                    return;
                }

                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Write(StoredLine line)
    {
        if (_files.Count == 0 || line.Number - _files.GetKeyAtIndex(_files.Count - 1) >= _linesPerFile)
        {
            _file?.Dispose();
            _file = null;
            string path = Path.Combine(_folder, line.Number.ToString("D12", CultureInfo.InvariantCulture) + ".log");
            _files.Add(line.Number, new FileIndex(path));
            while (_files.Count > KeptFiles)
            {
                File.Delete(_files.GetValueAtIndex(0).Path);
                _files.RemoveAt(0);
            }
        }

        FileIndex index = _files.GetValueAtIndex(_files.Count - 1);
        _file ??= StateFile.Append(index.Path);
        index.Add(_file.Position);
        _file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture)} {line.Text}\n")));
    }

    private IEnumerable<StoredLine> ReadFiles(long from, int most)
    {
        _file?.Flush();
        int left = most;
        for (int i = 0; i < _files.Count && left > 0; i++)
        {
            long first = _files.GetKeyAtIndex(i);
            long end = i + 1 < _files.Count ? _files.GetKeyAtIndex(i + 1) : _next;
            if (end <= from)
            {
                continue;
            }

            foreach (StoredLine line in _files.GetValueAtIndex(i).Read(first, Math.Max(from, first), left))
            {
                left--;
                yield return line;
            }
        }
    }

    /// <summary>Where each two-hundredth line of a file begins.</summary>
    private sealed class FileIndex(string path)
    {
        private readonly List<long> _offsets = [];
        private long _lines;
        private bool _scanned;

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
}

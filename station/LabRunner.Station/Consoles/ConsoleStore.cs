using System.Globalization;
using System.Text;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Consoles;

/// <summary>A console line as the station keeps it.</summary>
/// <param name="Number">Counts on for ever, over runs and starts of the station.</param>
/// <param name="At">Wall time.</param>
/// <param name="Text">Redacted. One that begins with "--- " is the bench's own.</param>
public sealed record StoredLine(long Number, DateTimeOffset At, string Text);

/// <summary>
/// Every line of one console since the station was first started, numbered for ever: the newest in memory, all in files of a fixed number of
/// lines each, whose name is the number of their first. Files beyond <see cref="KeptFiles"/> go. Thread safe; one writer, who waits for no reader of
/// the files.
/// </summary>
internal sealed class ConsoleStore : IDisposable
{
    /// <summary>Files kept: two million lines.</summary>
    public const int KeptFiles = 40;

    /// <summary>Lines in memory.</summary>
    public const int KeptInMemory = 20_000;

    private const int UsualLinesPerFile = 50_000;
    private const string Stamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly int _linesPerFile;
    private readonly SortedList<long, FileIndex> _files = [];
    private readonly Queue<StoredLine> _newest = [];
    private FileStream? _file;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;
    private bool _broken;

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
            long from = Math.Max(first, _next - 2000);
            ReadFiles(Files(from), from, 2000).ForEach(_newest.Enqueue);
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
    /// <exception cref="IOException">The disk takes no more; readers have the newest all the same, and what can be kept again later has its right numbers.</exception>
    public void Append(IEnumerable<(DateTimeOffset At, string Text)> lines)
    {
        TaskCompletionSource waiting;
        Exception? full = null;
        lock (_gate)
        {
            foreach ((DateTimeOffset at, string text) in lines)
            {
                StoredLine line = new(_next++, at, text.ReplaceLineEndings(" "));
                _newest.Enqueue(line);
                if (_newest.Count > KeptInMemory)
                {
                    _newest.Dequeue();
                }

                full ??= Try(() => Write(line));
            }

            full ??= Try(() => _file?.Flush());
            if (full is null)
            {
                Forget();
            }

            (waiting, _more) = (_more, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.TrySetResult();
        if (full is not null)
        {
            throw new IOException(full.Message, full);
        }
    }

    /// <summary>Lines from a number on, oldest first. Where <paramref name="from"/> is no longer kept, from the oldest that is.</summary>
    public IReadOnlyList<StoredLine> Read(long from, int most)
    {
        (long First, long End, FileIndex File)[] files;
        lock (_gate)
        {
            if (_newest.TryPeek(out StoredLine? oldest) && from >= oldest.Number)
            {
                return Newest(from - oldest.Number, most);
            }

            files = Files(from);
        }

        List<StoredLine> kept = ReadFiles(files, from, most);
        lock (_gate)
        {
            return kept.Count > 0 ? kept : Newest(0, most);
        }
    }

    /// <summary>Lines that hold a text, whatever its case, newest first.</summary>
    /// <param name="text">What to look for.</param>
    /// <param name="before">Only lines before this number.</param>
    /// <param name="most">Most lines.</param>
    /// <param name="cancellationToken">Whoever asked has gone: two million lines are read for nobody.</param>
    public IReadOnlyList<StoredLine> Search(string text, long before, int most, CancellationToken cancellationToken)
    {
        List<StoredLine> found = [];
        for (long to = Math.Min(before, Next); to > First && found.Count < most;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long from = Math.Max(First, to - 5000);
            IReadOnlyList<StoredLine> part = Read(from, (int)(to - from));
            found.AddRange(part.Reverse().Where(l => l.Number < to && l.Text.Contains(text, StringComparison.OrdinalIgnoreCase)).Take(most - found.Count));
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
        if (_broken || _files.Count == 0 || line.Number - _files.GetKeyAtIndex(_files.Count - 1) >= _linesPerFile)
        {
            _file?.Dispose();
            _file = null;
            _files.Add(line.Number, new FileIndex(Path.Combine(_folder, line.Number.ToString("D12", CultureInfo.InvariantCulture) + ".log")));
            _broken = false;
        }

        FileIndex index = _files.GetValueAtIndex(_files.Count - 1);
        _file ??= StateFile.Append(index.Path);
        index.Add(_file.Position);
        _file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture)} {line.Text}\n")));
    }

    /// <summary>Does it; null: it is done.</summary>
    private Exception? Try(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or BenchFaultException)
        {
            Break();
            return failure;
        }
    }

    /// <summary>Leaves a file that takes no more. Lines are counted from its name, so that the next one that can be kept needs a file of its own.</summary>
    private void Break()
    {
        _broken = true;
        (FileStream? file, _file) = (_file, null);
        long first = _files.GetKeyAtIndex(_files.Count - 1);
        string path = _files.GetValueAtIndex(_files.Count - 1).Path;
        try
        {
            file?.Dispose();
        }
        catch (IOException)
        {
            // What it still held does not fit either.
        }

        // Counted anew: nobody knows how much of the last lines is there. An empty one would only push an older one out.
        _files.Remove(first);
        FileInfo left = new(path);
        if (left is { Exists: true, Length: > 0 })
        {
            _files.Add(first, new FileIndex(path));
        }
        else if (left.Exists)
        {
            left.Delete();
        }
    }

    private void Forget()
    {
        while (_files.Count > KeptFiles)
        {
            File.Delete(_files.GetValueAtIndex(0).Path);
            _files.RemoveAt(0);
        }
    }

    private StoredLine[] Newest(long skipped, int most) => [.. _newest.Skip((int)Math.Min(int.MaxValue, skipped)).Take(most)];

    /// <summary>The files with lines from a number on, each with its first number and the number behind its last.</summary>
    private (long First, long End, FileIndex File)[] Files(long from) =>
    [
        .. _files.Select((file, i) => (First: file.Key, End: i + 1 < _files.Count ? _files.GetKeyAtIndex(i + 1) : _next, File: file.Value)).Where(file => file.End > from),
    ];

    private static List<StoredLine> ReadFiles((long First, long End, FileIndex File)[] files, long from, int most)
    {
        List<StoredLine> lines = [];
        foreach ((long first, long end, FileIndex file) in files)
        {
            if (lines.Count >= most)
            {
                break;
            }

            lines.AddRange(file.Read(first, Math.Max(from, first), end, most - lines.Count));
        }

        return lines;
    }
}

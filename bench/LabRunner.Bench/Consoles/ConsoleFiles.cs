using System.Globalization;
using System.Text;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// The files consoles/&lt;slot&gt;.log and .raw. Where a log may not grow for ever, both begin anew when it is full; the ones before are then
/// &lt;slot&gt;.1.log and .1.raw, and older ones go. A disk that fails is reported once; the capture goes on in memory. One writer.
/// </summary>
internal sealed class ConsoleFiles : IDisposable
{
    /// <summary>Bytes of a log of a watch: about a day of a plug that says a line each second.</summary>
    public const long MostOfWatch = 16 * 1024 * 1024;

    private readonly LabClock _clock;
    private readonly Action<BenchFaultException> _fault;
    private readonly string _path;
    private readonly string _rawPath;
    private readonly long _mostBytes;
    private FileStream? _log;
    private FileStream? _raw;
    private byte[] _buffer = new byte[1024];
    private byte[] _stamp = [];
    private TimeSpan _stampAt = TimeSpan.MinValue;
    private long _fullAt;
    private bool _failed;

    /// <param name="folder">Folder; created.</param>
    /// <param name="slot">Slot.</param>
    /// <param name="clock">Clock of the stamps.</param>
    /// <param name="fault">Told once of a disk that fails.</param>
    /// <param name="mostBytes">A log of so many bytes, more than zero, is full.</param>
    public ConsoleFiles(string folder, string slot, LabClock clock, Action<BenchFaultException> fault, long mostBytes = long.MaxValue)
    {
        _clock = clock;
        _fault = fault;
        _mostBytes = _fullAt = mostBytes;
        (_path, _rawPath) = (Path.Combine(folder, slot + ".log"), Path.Combine(folder, slot + ".raw"));
        Try(() =>
        {
            Directory.CreateDirectory(folder);
            _log = Append(_path);
            _raw = Append(_rawPath);
        });
    }

    // A runner that was killed may have left half a line.
    private static FileStream Append(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, 16_384);
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }

        return file;
    }

    /// <summary>Writes one line to both files; raw is null for a line of the bench's own.</summary>
    public void Write(TimeSpan at, string text, ReadOnlyMemory<byte>? raw) => Try(() =>
    {
        if (_log?.Position >= _fullAt)
        {
            Try(BeginAnew);
        }

        // Lines that were read at once have the same stamp.
        if (at != _stampAt)
        {
            _stampAt = at;
            _stamp = Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{_clock.UtcAt(at):yyyy-MM-ddTHH:mm:ss.fffZ} +{at.TotalSeconds:0.000} "));
        }

        int most = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        if (_buffer.Length < most)
        {
            _buffer = new byte[most];
        }

        int length = Encoding.UTF8.GetBytes(text, _buffer);
        _buffer[length] = (byte)'\n';
        _log?.Write(_stamp);
        _log?.Write(_buffer.AsSpan(0, length + 1));
        if (raw is { } bytes)
        {
            _raw?.Write(bytes.Span);
            _raw?.WriteByte((byte)'\n');
        }
    });

    /// <summary>The file before one: p1.1.log of p1.log.</summary>
    private static string Before(string path) => Path.Combine(Path.GetDirectoryName(path)!, $"{Path.GetFileNameWithoutExtension(path)}.1{Path.GetExtension(path)}");

    // Between two lines, so that none is lost or cut.
    private void BeginAnew()
    {
        try
        {
            _log?.Dispose();
            _raw?.Dispose();
            File.Move(_path, Before(_path), overwrite: true);
            File.Move(_rawPath, Before(_rawPath), overwrite: true);
        }
        finally
        {
            // Also where they could not be moved: then they grow on, and it is tried again when as much has come.
            (_log, _raw) = (null, null);
            (_log, _raw) = (Append(_path), Append(_rawPath));
            _fullAt = _log.Position > 0 ? _log.Position + _mostBytes : _mostBytes;
        }
    }

    /// <summary>Hands what is buffered to the kernel, so that kill -9 loses nothing of it.</summary>
    public void Flush() => Try(() =>
    {
        _log?.Flush();
        _raw?.Flush();
    });

    public void Dispose()
    {
        Try(() => _log?.Dispose());
        Try(() => _raw?.Dispose());
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
            {
                _failed = true;
                _fault(new BenchFaultException(
                    FaultKind.Storage, _path, $"the console cannot be stored ({failure.Message})", StorageRemedy.Text, failure));
            }
        }
    }
}

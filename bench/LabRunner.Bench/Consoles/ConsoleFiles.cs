using System.Globalization;
using System.Text;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Consoles;

/// <summary>The files consoles/&lt;slot&gt;.log and .raw. A disk that fails is reported once; the capture goes on in memory. One writer.</summary>
internal sealed class ConsoleFiles : IDisposable
{
    private readonly LabClock _clock;
    private readonly Action<BenchFaultException> _fault;
    private readonly string _path;
    private FileStream? _log;
    private FileStream? _raw;
    private byte[] _buffer = new byte[1024];
    private byte[] _stamp = [];
    private TimeSpan _stampAt = TimeSpan.MinValue;
    private bool _failed;

    public ConsoleFiles(string folder, string slot, LabClock clock, Action<BenchFaultException> fault)
    {
        _clock = clock;
        _fault = fault;
        _path = Path.Combine(folder, slot + ".log");
        Try(() =>
        {
            Directory.CreateDirectory(folder);
            _log = Append(_path);
            _raw = Append(Path.Combine(folder, slot + ".raw"));
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

using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Api;

/// <summary>An answer that is given again.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Of the body; null: none.</param>
/// <param name="Location">Header of that name; null: none.</param>
/// <param name="Body">Body.</param>
internal sealed record KeptAnswer(int Status, string? ContentType, string? Location, byte[] Body);

/// <summary>A request under an idempotency key.</summary>
/// <param name="Key">Caller and key.</param>
/// <param name="Print">What the request was, by which another one under the same key is told.</param>
/// <param name="At">When it came, wall time.</param>
/// <param name="Answer">What it was answered; null: it is under way, or was when the station died.</param>
/// <param name="Forgotten">It may be asked again as if it had never been.</param>
internal sealed record KeptRequest(string Key, string Print, DateTimeOffset At, KeptAnswer? Answer = null, bool Forgotten = false);

/// <summary>
/// Idempotency keys on disk, each written before its request does anything, so that the next station knows what this one may have begun.
/// Not thread safe.
/// </summary>
internal sealed class KeyBook : IDisposable
{
    // Answers are small JSON; a file of this size holds many times what is kept.
    private const long LargestFile = 8_000_000;

    private readonly string _file;
    private readonly Action<string> _warn;
    private FileStream? _stream;
    private bool _failed;

    /// <param name="folder">State folder of the station.</param>
    /// <param name="warn">Told when the disk takes no more.</param>
    public KeyBook(string folder, Action<string> warn) => (_file, _warn) = (Path.Combine(folder, "keys.jsonl"), warn);

    /// <summary>What an earlier station left, the newest line of each key.</summary>
    public IReadOnlyList<KeptRequest> Read()
    {
        Dictionary<string, KeptRequest> kept = new(StringComparer.Ordinal);

        // The request of half a line had not begun.
        foreach (KeptRequest request in StateFile.ReadLines<KeptRequest>(_file).Where(r => r is { Key: not null, Print: not null }))
        {
            kept[request.Key] = request;
        }

        return [.. kept.Values.Where(k => !k.Forgotten)];
    }

    /// <summary>
    /// Writes a line and waits until it is on the disk. Where the disk takes no more the log is told once and the request goes on: whoever
    /// switches mains off is not refused for want of room.
    /// </summary>
    /// <param name="request">What.</param>
    /// <param name="all">All that are kept, for a file that has grown too large.</param>
    public void Put(KeptRequest request, Func<IEnumerable<KeptRequest>> all)
    {
        try
        {
            if (_stream is null || _stream.Length > LargestFile)
            {
                Write(all());
            }

            // After a failure the line before may be half a line.
            _stream!.Write([.. _failed ? "\n"u8 : [], .. Line(request)]);
            _stream.Flush(flushToDisk: true);
            _failed = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or BenchFaultException)
        {
            if (!_failed)
            {
                _warn($"Idempotency keys cannot be kept ({failure.Message.TrimEnd('.')}); the next station will not know those of now. Free space, or choose another folder with --state.");
            }

            _failed = true;
        }
    }

    public void Dispose()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (IOException)
        {
            // What is still held does not fit, as was said.
        }
    }

    private void Write(IEnumerable<KeptRequest> all)
    {
        _stream?.Dispose();
        _stream = null;
        StateFile.Write(_file, all.SelectMany(Line).ToArray());
        _stream = StateFile.Append(_file);
    }

    private static byte[] Line(KeptRequest request) => [.. JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web), (byte)'\n'];
}

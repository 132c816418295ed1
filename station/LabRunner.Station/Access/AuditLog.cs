using System.Text.Json;

namespace LabRunner.Station.Access;

/// <summary>One action, done or refused.</summary>
/// <param name="At">Wall time.</param>
/// <param name="Who">Token or account.</param>
/// <param name="Owner">The name they gave.</param>
/// <param name="Via">socket, loopback or remote; station: its own act.</param>
/// <param name="Action">Method and path; of an own act a word and what it is about.</param>
/// <param name="Status">HTTP status of the answer; 0: an own act.</param>
/// <param name="What">What was asked for, in words.</param>
/// <param name="Why">Why, as they said; null: they did not.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string Owner, string Via, string Action, int Status, string? What, string? Why)
{
    /// <summary>Status of what the station does by itself.</summary>
    public const int Own = 0;
}

/// <summary>Every action with who and why, in a file that is only appended to. Thread safe.</summary>
internal sealed class AuditLog : IDisposable
{
    /// <summary>Entries that can be asked for.</summary>
    public const int Kept = 1000;

    private const long LargestFile = 10_000_000;

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly Queue<AuditEntry> _newest = [];
    private FileStream _stream;

    public AuditLog(string folder)
    {
        _file = Path.Combine(folder, "audit.jsonl");
        if (File.Exists(_file))
        {
            foreach (string line in File.ReadLines(_file))
            {
                Remember(Parse(line));
            }
        }

        _stream = StateFile.Append(_file);
    }

    /// <summary>Newest entries, newest first.</summary>
    public IReadOnlyList<AuditEntry> Newest(int most)
    {
        lock (_gate)
        {
            return [.. _newest.Reverse().Take(most)];
        }
    }

    /// <summary>Writes an entry.</summary>
    public void Add(AuditEntry entry)
    {
        lock (_gate)
        {
            if (_stream.Length > LargestFile)
            {
                _stream.Dispose();
                File.Move(_file, _file + ".1", overwrite: true);
                _stream = StateFile.Append(_file);
            }

            _stream.Write(JsonSerializer.SerializeToUtf8Bytes(entry, JsonSerializerOptions.Web));
            _stream.WriteByte((byte)'\n');
            _stream.Flush();
            Remember(entry);
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Remember(AuditEntry? entry)
    {
        if (entry is not null)
        {
            _newest.Enqueue(entry);
        }

        while (_newest.Count > Kept)
        {
            _newest.Dequeue();
        }
    }

    // A station that was killed may have left half a line.
    private static AuditEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEntry>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

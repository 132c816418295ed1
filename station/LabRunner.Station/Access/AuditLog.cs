using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Access;

/// <summary>One action, done or refused.</summary>
/// <param name="At">Wall time.</param>
/// <param name="Who">Token or account.</param>
/// <param name="Owner">The name they gave.</param>
/// <param name="Via">socket, loopback or remote; station: its own act; verb: done to its files by a verb of this machine.</param>
/// <param name="Action">Method and path; of an own act a word and what it is about.</param>
/// <param name="Status">HTTP status of the answer; 499: the caller went away before it; 0: nobody asked for it by a request.</param>
/// <param name="What">What was asked for, in words.</param>
/// <param name="Why">Why, as they said; null: they did not.</param>
public sealed record AuditEntry(DateTimeOffset At, string Who, string Owner, string Via, string Action, int Status, string? What, string? Why)
{
    /// <summary>Status of what is done without a request: by the station itself, or by a verb to its files.</summary>
    public const int Own = 0;
}

/// <summary>Every action with who and why, in a file that is only appended to. Thread safe.</summary>
internal sealed class AuditLog : IDisposable
{
    /// <summary>Entries that can be asked for.</summary>
    public const int Kept = 1000;

    private const long LargestFile = 10_000_000;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly string _file;
    private readonly Queue<AuditEntry> _newest = [];
    private readonly Action<string> _warn;
    private FileStream _stream;
    private bool _failed;

    /// <param name="folder">State folder of the station.</param>
    /// <param name="warn">Told when the disk takes no more.</param>
    public AuditLog(string folder, Action<string> warn)
    {
        (_folder, _file, _warn) = (folder, Path.Combine(folder, "audit.jsonl"), warn);
        foreach (AuditEntry entry in StateFile.ReadLines<AuditEntry>(_file))
        {
            Remember(entry);
        }

        _stream = StateFile.Append(_file);
    }

    /// <summary>Newest entries, newest first.</summary>
    public IReadOnlyList<AuditEntry> Newest(int most)
    {
        lock (_gate)
        {
            AuditSlip.Take(_folder, Write);
            return [.. _newest.Reverse().Take(most)];
        }
    }

    /// <summary>
    /// Writes an entry. Where the disk takes no more it is remembered for who asks, and the station's log is told once: whoever
    /// switches mains off is not refused for want of room.
    /// </summary>
    public void Add(AuditEntry entry)
    {
        lock (_gate)
        {
            AuditSlip.Take(_folder, Write);
            Write(entry);
        }
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // What is still held does not fit, as was said.
        }
    }

    private void Write(AuditEntry entry)
    {
        Remember(entry);
        try
        {
            if (_stream.CanWrite && _stream.Length > LargestFile)
            {
                _stream.Dispose();
                File.Move(_file, _file + ".1", overwrite: true);
            }

            _stream = _stream.CanWrite ? _stream : StateFile.Append(_file);

            // After a failure the line before may be half a line.
            _stream.Write([.. _failed ? "\n"u8 : [], .. JsonSerializer.SerializeToUtf8Bytes(entry, JsonSerializerOptions.Web), (byte)'\n']);
            _stream.Flush();
            _failed = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or BenchFaultException)
        {
            if (!_failed)
            {
                _warn($"The audit log cannot be written ({failure.Message.TrimEnd('.')}); what happens meanwhile stands in this log alone. Free space, or choose another folder with --state.");
            }

            _failed = true;
        }
    }

    private void Remember(AuditEntry entry)
    {
        _newest.Enqueue(entry);
        while (_newest.Count > Kept)
        {
            _newest.Dequeue();
        }
    }
}

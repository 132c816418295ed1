using System.Globalization;

namespace LabRunner.Station.Access;

/// <summary>
/// Refused requests in the audit log: each of a caller's first ones in a minute, and then how many more there were, so that nobody fills the log
/// with what he may not do. Thread safe.
/// </summary>
/// <param name="audit">Log.</param>
/// <param name="clock">Of the minute.</param>
internal sealed class RefusalLog(AuditLog audit, TimeProvider clock) : IDisposable
{
    /// <summary>Entries of one caller in a minute.</summary>
    public const int Most = 30;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<string, Minute> _minutes = new(StringComparer.Ordinal);

    /// <summary>Writes a refused request, or counts it.</summary>
    /// <returns>False: it is only counted.</returns>
    public bool Add(AuditEntry entry)
    {
        lock (_gate)
        {
            if (!_minutes.TryGetValue(entry.Who, out Minute? minute))
            {
                _minutes[entry.Who] = minute = new Minute();
                _ = CloseAsync(entry.Who);
            }

            minute.Count++;
            minute.Last = entry;
            if (minute.Count > Most)
            {
                return false;
            }
        }

        audit.Add(entry);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Cancel();
        lock (_gate)
        {
            foreach (Minute minute in _minutes.Values)
            {
                Tell(minute);
            }

            _minutes.Clear();
        }

        _ending.Dispose();
    }

    private async Task CloseAsync(string who)
    {
        await Task.Delay(Window, clock, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (_minutes.Remove(who, out Minute? minute))
            {
                Tell(minute);
            }
        }
    }

    private void Tell(Minute minute)
    {
        if (minute is { Count: > Most, Last: { } last })
        {
            audit.Add(last with { At = clock.GetUtcNow(), What = string.Create(CultureInfo.InvariantCulture, $"{minute.Count - Most} more refused within a minute; this was the last"), Why = null });
        }
    }

    private sealed class Minute
    {
        public int Count { get; set; }

        public AuditEntry? Last { get; set; }
    }
}

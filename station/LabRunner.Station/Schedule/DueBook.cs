using System.Text.Json;

namespace LabRunner.Station.Schedule;

/// <summary>What became of an entry the last time it was due.</summary>
/// <param name="Due">When it was due.</param>
/// <param name="At">When that was dealt with.</param>
/// <param name="Text">What became of it: one sentence.</param>
/// <param name="Job">The job; null: none.</param>
public sealed record DueOutcome(DateTimeOffset Due, DateTimeOffset At, string Text, string? Job);

/// <summary>Up to when each entry was dealt with, in a file, so that a station knows what it missed. Not thread safe.</summary>
internal sealed class DueBook
{
    private readonly string _file;
    private readonly Dictionary<string, Kept> _entries;

    public DueBook(string stateFolder)
    {
        _file = Path.Combine(stateFolder, "schedule.json");
        // Without one, what was due before now is not known.
        _entries = StateFile.Read<Dictionary<string, Kept>>(_file) ?? [];
    }

    /// <summary>Up to when an entry was dealt with; null: it is new, or its line was changed, and so nothing of it was missed.</summary>
    public DateTimeOffset? Since(ScheduleEntry entry) => _entries.GetValueOrDefault(entry.Name) is { } kept && kept.Line == LineOf(entry) ? kept.Until : null;

    /// <summary>What became of it last; null: it was not due yet.</summary>
    public DueOutcome? Outcome(string entry) => _entries.GetValueOrDefault(entry)?.Outcome;

    /// <summary>It is dealt with up to an instant.</summary>
    /// <param name="entry">Entry.</param>
    /// <param name="until">Instant.</param>
    /// <param name="outcome">What became of it; null: nothing was due.</param>
    public void Put(ScheduleEntry entry, DateTimeOffset until, DueOutcome? outcome)
    {
        _entries[entry.Name] = new Kept(LineOf(entry), until, outcome ?? Outcome(entry.Name));
        StateFile.Write(_file, JsonSerializer.Serialize(_entries, JsonSerializerOptions.Web));
    }

    private static string LineOf(ScheduleEntry entry) => $"{entry.Cron.Text} {entry.Cron.Zone.Id}";

    private sealed record Kept(string Line, DateTimeOffset Until, DueOutcome? Outcome);
}

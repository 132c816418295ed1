namespace LabRunner.Station.Schedule;

/// <summary>A time at which an entry is due.</summary>
/// <param name="Entry">Entry.</param>
/// <param name="At">When, with the offset of its zone.</param>
/// <param name="StartsAt">When it may start; null: quiet hours leave it out.</param>
public sealed record ComingUp(ScheduleEntry Entry, DateTimeOffset At, DateTimeOffset? StartsAt)
{
    /// <summary>What is due after an instant, in order.</summary>
    /// <param name="schedule">Schedule.</param>
    /// <param name="after">Instant.</param>
    /// <param name="most">At most so many.</param>
    public static IReadOnlyList<ComingUp> Of(StationSchedule schedule, DateTimeOffset after, int most)
    {
        List<ComingUp> coming = [];
        Dictionary<ScheduleEntry, DateTimeOffset?> next = schedule.Entries.ToDictionary(e => e, e => e.Cron.Next(after));
        while (coming.Count < most && next.Where(n => n.Value is not null).OrderBy(n => n.Value).FirstOrDefault() is { Key: { } entry, Value: { } at })
        {
            DateTimeOffset? quiet = schedule.QuietUntil(at);
            coming.Add(new ComingUp(entry, at, quiet is null ? at : entry.Quiet == InQuietHours.Wait ? quiet : null));
            next[entry] = entry.Cron.Next(at);
        }

        return coming;
    }
}

using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Runs;

namespace LabRunner.Station.Schedule;

/// <summary>Puts what is due into the queue. Each time counts once, over any number of starts of the station. Thread safe.</summary>
/// <param name="schedule">What is due when.</param>
/// <param name="inventory">The bench.</param>
/// <param name="jobs">Queue.</param>
/// <param name="book">What was dealt with.</param>
/// <param name="news">Has told who asked for it what was left out and was not meant to be.</param>
/// <param name="audit">Told what was done and what was left out.</param>
/// <param name="clock">Now.</param>
internal sealed class Agenda(StationSchedule schedule, BenchInventory inventory, JobBook jobs, DueBook book, NewsBook news, AuditLog audit, TimeProvider clock)
{
    /// <summary>Who the jobs belong to.</summary>
    public const string Owner = "the schedule";

    /// <summary>Up to this late it is on time: a station that runs looks more often.</summary>
    public static readonly TimeSpan OnTime = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();

    /// <summary>What became of an entry last; null: it was not due yet.</summary>
    public DueOutcome? Outcome(string entry)
    {
        lock (_gate)
        {
            return book.Outcome(entry);
        }
    }

    /// <summary>When the next entry is due; null: none is.</summary>
    public DateTimeOffset? Next() => schedule.Entries.Min(e => e.Cron.Next(clock.GetUtcNow()));

    /// <summary>Deals with all that is due.</summary>
    /// <returns>A sentence for each.</returns>
    public IReadOnlyList<string> Look()
    {
        lock (_gate)
        {
            DateTimeOffset now = clock.GetUtcNow();
            return [.. schedule.Entries.Select(e => Look(e, now)).OfType<string>()];
        }
    }

    private string? Look(ScheduleEntry entry, DateTimeOffset now)
    {
        // A book ahead of the clock was written while that was wrong.
        if (book.Since(entry) is not { } since || since > now + OnTime)
        {
            book.Put(entry, now, null);
            return null;
        }

        if (entry.Cron.Next(since) is not { } first || first > now)
        {
            return null;
        }

        // Only as far back as one may still run: a line of seconds over a year would be a long list.
        TimeSpan back = entry.CatchUp > OnTime ? entry.CatchUp : OnTime;
        DateTimeOffset due = entry.Cron.Newest(since > now - back ? since : now - back, now) ?? first;
        (DueOutcome outcome, string? loss) = Decide(entry, due, now);
        book.Put(entry, now, outcome);
        string told = $"Entry '{entry.Name}', due at {LeaseDesk.Time(due)}: {outcome.Text}";
        audit.Add(new AuditEntry(now, Owner, Owner, "station", $"schedule {entry.Name}", AuditEntry.Own, told, entry.Why));
        if (loss is not null && entry.Notify is { } file)
        {
            news.Put(new StationNews($"{entry.Name} {LeaseDesk.Time(due)}", file, entry.Plan, $"{told}{loss}", now));
        }

        return told;
    }

    /// <returns>What becomes of it, and, where it is left out though it was to run, what else is told of that; else null.</returns>
    private (DueOutcome Outcome, string? Loss) Decide(ScheduleEntry entry, DateTimeOffset due, DateTimeOffset now)
    {
        bool late = now - due > OnTime;
        if (late && now - due > entry.CatchUp)
        {
            return (new DueOutcome(due, now, $"left out; the station was not there, and more than catchUp ({DurationText.Format(entry.CatchUp)}) has passed.", null), entry.CatchUp > TimeSpan.Zero ? "" : null);
        }

        if (jobs.All().FirstOrDefault(j => j.Entry == entry.Name && j.Due == due) is { } same)
        {
            // The station died between the queue's file and the book's.
            return (new DueOutcome(due, now, $"in the queue as job {same.Id}.", same.Id), null);
        }

        if (jobs.Queue().FirstOrDefault(j => j.Entry == entry.Name) is { } waiting)
        {
            return (new DueOutcome(due, now, $"left out; the one before, job {waiting.Id}, still waits.", null), schedule.QuietUntil(now) is not null && !waiting.EvenInQuietHours ? null : waiting.Text is { } why ? $" {why}" : "");
        }

        DateTimeOffset? quiet = schedule.QuietUntil(now);
        if (quiet is { } end && entry.Quiet == InQuietHours.Skip)
        {
            return (new DueOutcome(due, now, $"left out; quiet hours until {LeaseDesk.Time(end)}.", null), null);
        }

        Job job = new()
        {
            Id = JobBook.NewId(now), Plan = entry.Plan, Slots = JobOrder.Slots(inventory, entry.Slots, entry.Needs), TimeScale = entry.TimeScale, Priority = entry.Priority,
            Owner = Owner, Why = entry.Why ?? $"entry '{entry.Name}' of the schedule", Created = now, Entry = entry.Name, Due = due, Compare = true, Notify = entry.Notify,
        };
        jobs.Put(job);
        return (new DueOutcome(
            due, now, $"in the queue as job {job.Id}{(late ? ", once for all that were missed while the station was not there" : "")}{(quiet is { } until ? $"; it waits for the end of the quiet hours at {LeaseDesk.Time(until)}" : "")}.", job.Id), null);
    }
}

using System.Globalization;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Schedule;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>What the station does by itself.</summary>
internal static class ScheduleEndpoints
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/schedule", (int? count, StationSchedule schedule, Agenda agenda, JobBook jobs, TimeProvider clock) =>
            View(schedule, agenda, jobs, clock.GetUtcNow(), (int)EndpointFacts.Within(count ?? 20, 1, 500, "count")))
        .Is("GetSchedule", "Entries, quiet hours, and what is due next (default 20).", Role.Look);

    private static ScheduleView View(StationSchedule schedule, Agenda agenda, JobBook jobs, DateTimeOffset now, int count) => new(
        schedule.File.Length > 0 ? Path.GetFileName(schedule.File) : null, schedule.Zone.Id, schedule.QuietUntil(now), [.. schedule.Quiet.Select(q => new QuietView(q.Name, q.Text))],
        [.. schedule.Entries.Select(e => new EntryView(
            e.Name, e.Cron.Text, e.Cron.Zone.Id, e.Plan, e.Slots, e.Needs, e.Priority, e.Cron.Next(now), agenda.Outcome(e.Name) is { } last ? last with { Text = jobs.Became(last.Text, last.Job) } : null, e.Why))],
        [.. ComingUp.Of(schedule, now, count).Select(c => new DueView(
            c.At.ToUniversalTime(), c.At.ToString("ddd yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture), c.Entry.Name, c.Entry.Plan, c.StartsAt?.ToUniversalTime()))]);
}

using LabRunner.Station.Access;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;
using LabRunner.Station.Schedule;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Where new builds are looked for, and which were seen.</summary>
internal static class BuildEndpoints
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/builds", (int? count, StationSchedule schedule, BuildBook book, BuildWatcher watcher, JobBook jobs) =>
        {
            int most = (int)EndpointFacts.Within(count ?? 10, 1, 1000, "count");
            return schedule.Builds.Select(w => new BuildWatchView(
                w.Name, w.Place.Text, w.Put, w.Plan, w.Every.TotalSeconds, watcher.Look(w.Name)?.At, watcher.Look(w.Name)?.Problem, [.. book.Of(w.Name).Take(most).Select(s => s with { Text = jobs.Became(s.Text, s.Job) })])).ToList();
        })
        .Is("ListBuilds", "Watches for new builds, and what became of the last builds of each (default 10).", Role.Look);
}

/// <summary>A watch for new builds.</summary>
/// <param name="Name">Name.</param>
/// <param name="Place">Where it looks.</param>
/// <param name="Put">How a build gets into the plugs: Ota or Flash.</param>
/// <param name="Plan">Plan that is played then.</param>
/// <param name="EverySeconds">How often it looks.</param>
/// <param name="Looked">When it looked last; null: not yet.</param>
/// <param name="Problem">Why it could not look, or which file it does not take; null: it could.</param>
/// <param name="Seen">Builds, newest first.</param>
public sealed record BuildWatchView(
    string Name, string Place, PutBy Put, string Plan, double EverySeconds, DateTimeOffset? Looked, string? Problem, IReadOnlyList<SeenBuild> Seen);

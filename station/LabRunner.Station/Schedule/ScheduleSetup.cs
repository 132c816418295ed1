using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Builds;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Schedule;

/// <summary>The parts of what the station does by itself.</summary>
internal static class ScheduleSetup
{
    /// <summary>What others ask.</summary>
    public static void AddSchedule(this IServiceCollection services, StationOptions options, StationSchedule schedule)
    {
        services.AddSingleton(schedule);
        services.AddSingleton(s => new Pool(options.StateFolder, s.GetRequiredService<BenchInventory>(), schedule, s.GetRequiredService<AuditLog>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<HealthCheck>();
        services.AddSingleton<Turn>();
        services.AddSingleton(_ => new DueBook(options.StateFolder));
        services.AddSingleton(_ => new NewsBook(options.StateFolder));
        services.AddSingleton<Agenda>();
        services.AddSingleton(_ => new BuildBook(options.StateFolder));
        services.AddSingleton(_ => new BuildFiles(options.StateFolder));
        services.AddSingleton<BuildDesk>();
        services.AddSingleton<BuildWatcher>();
        services.AddSingleton(s => new RunSweeper(
            s.GetRequiredService<RunShelf>(), s.GetRequiredService<JobBook>(), schedule.Retention, s.GetRequiredService<AuditLog>(), s.GetRequiredService<TimeProvider>()));
    }

    /// <summary>What acts: after the keeper, so that it ends before the bench is made safe.</summary>
    public static void StartSchedule(this IServiceCollection services)
    {
        services.AddHostedService<Clockwork>();
        services.AddHostedService(s => s.GetRequiredService<BuildWatcher>());
        services.AddHostedService<FollowUp>();
    }

    /// <summary>Its endpoints.</summary>
    public static void Map(IEndpointRouteBuilder api)
    {
        ScheduleEndpoints.Map(api);
        RetentionEndpoints.Map(api);
        PoolEndpoints.Map(api);
        BuildEndpoints.Map(api);
    }
}

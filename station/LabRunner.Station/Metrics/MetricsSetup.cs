using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LabRunner.Station.Metrics;

/// <summary>
/// Who gets the station's figures: Prometheus at <c>/metrics</c>, and an OpenTelemetry collector where the standard variable
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one (with <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_EXPORTER_OTLP_HEADERS</c>,
/// <c>OTEL_METRIC_EXPORT_INTERVAL</c>: opentelemetry.io/docs/specs/otel/protocol/exporter). The log goes to it too.
/// </summary>
internal static class MetricsSetup
{
    private const string Path = "/metrics";

    // Of the runtime and the web server; their names are in the documentation of .NET (built-in metrics).
    private static readonly string[] Meters = [StationMeters.Name, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Adds what is needed.</summary>
    public static void AddStationMetrics(this IServiceCollection services, string bench)
    {
        services.AddSingleton(new MachineFiles("/"));
        services.AddSingleton<IncidentTally>();
        services.AddHostedService(s => s.GetRequiredService<IncidentTally>());
        services.AddSingleton<StationMeters>();
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("labrunner-station", serviceVersion: RunnerVersion.Text, serviceInstanceId: $"{Environment.MachineName}/{bench}"))
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter());
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 })
        {
            // The sentence itself, not the template that it was put into, and run and slot beside it.
            telemetry.WithLogging(null, log => (log.IncludeFormattedMessage, log.IncludeScopes) = (true, true)).UseOtlpExporter();
        }
    }

    /// <summary>Counts refusals, and answers who asks for the figures.</summary>
    public static void MapStationMetrics(this WebApplication app)
    {
        // Made now, so that its instruments are there before the first question.
        _ = app.Services.GetRequiredService<StationMeters>();
        RequestDelegate scrape = ((IApplicationBuilder)app).New().UseOpenTelemetryPrometheusScrapingEndpoint(_ => true).Build();
        app.MapGet(Path, (Delegate)((HttpContext context) => scrape(context))).Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Is("GetMetrics", "Figures of the station in Prometheus' text format.", Role.Look);
    }

    /// <summary>Counts a request that was refused, whoever refused it.</summary>
    public static async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        await next(context).ConfigureAwait(false);
        context.RequestServices.GetRequiredService<StationMeters>().Answered(context.Response.StatusCode);
    }
}

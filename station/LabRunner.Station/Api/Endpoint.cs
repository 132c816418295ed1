using System.Globalization;
using LabRunner.Bench.Hosting;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Api;

/// <summary>An example of a request, for the OpenAPI document; those of answers are in <see cref="Examples"/>.</summary>
/// <param name="Request">Body of the request; null without.</param>
internal sealed record Example(object? Request);

/// <summary>What every endpoint says of itself.</summary>
internal static class EndpointFacts
{
    /// <summary>Name, sentence, role, and an example of its request.</summary>
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder endpoint, string name, string summary, Role? role, object? request = null) =>
        endpoint.WithName(name).WithSummary(summary).WithMetadata(new NeededRole(role)).WithMetadata(new Example(request)).ProducesProblem(400);

    /// <summary>The number from which a stream goes on: behind the last that its viewer has, else the one that is asked for, else the usual one.</summary>
    /// <exception cref="UsageException">What the viewer says it has is no number of an event.</exception>
    public static long StreamStart(HttpContext context, long? from, long usual)
    {
        string last = context.Request.Headers["Last-Event-ID"].ToString();
        return last.Length == 0 ? Math.Max(0, from ?? usual)
            : long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long seen) && seen < long.MaxValue ? seen + 1
            : throw new UsageException($"Last-Event-ID: '{last}' is no id of an event. Send the id of the last event that came, or leave the header out.");
    }

    /// <summary>Refuses what lies outside of a range.</summary>
    /// <exception cref="UsageException">It does.</exception>
    public static double Within(double value, double from, double to, string name) => value >= from && value <= to
        ? value
        : throw new UsageException(FormattableString.Invariant($"{name}: {value} is outside {from} to {to}."));
}

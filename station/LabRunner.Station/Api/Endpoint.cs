using LabRunner.Bench.Hosting;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Api;

/// <summary>An example of a request or its answer, for the OpenAPI document.</summary>
/// <param name="Request">Body of the request; null without.</param>
/// <param name="Answer">Body of the answer; null: none is shown.</param>
internal sealed record Example(object? Request, object? Answer = null);

/// <summary>What every endpoint says of itself.</summary>
internal static class EndpointFacts
{
    /// <summary>Name, sentence and role.</summary>
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder endpoint, string name, string summary, Role? role, object? request = null, object? answer = null) =>
        endpoint.WithName(name).WithSummary(summary).WithMetadata(new NeededRole(role)).WithMetadata(new Example(request, answer)).ProducesProblem(400);

    /// <summary>Refuses what lies outside of a range.</summary>
    /// <exception cref="UsageException">It does.</exception>
    public static double Within(double value, double from, double to, string name) => value >= from && value <= to
        ? value
        : throw new UsageException(FormattableString.Invariant($"{name}: {value} is outside {from} to {to}."));
}

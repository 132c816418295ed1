using System.Globalization;
using LabRunner.Bench.Hosting;
using LabRunner.Reports.Formats;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>An example of a request, for the OpenAPI document; those of answers are in <see cref="Examples"/>.</summary>
/// <param name="Request">Body of the request; null without.</param>
internal sealed record Example(object? Request);

/// <summary>What an endpoint answers must not be on any disk: it takes no idempotency key.</summary>
internal sealed record AnswerIsNotKept;

/// <summary>What every endpoint says of itself.</summary>
internal static class EndpointFacts
{
    /// <summary>Name, sentence, role, and an example of its request.</summary>
    public static RouteHandlerBuilder Is(this RouteHandlerBuilder endpoint, string name, string summary, Role? role, object? request = null)
    {
        endpoint.WithName(name).WithSummary(summary).WithMetadata(new NeededRole(role)).WithMetadata(new Example(request)).ProducesProblem(StatusCodes.Status400BadRequest);
        ((IEndpointConventionBuilder)endpoint).Add(AddRefusals);
        return endpoint;
    }

    /// <summary>The number from which a stream goes on: behind the last that its viewer has, else the one that is asked for, else the usual one.</summary>
    /// <param name="context">Request.</param>
    /// <param name="from">Number that is asked for; null: none.</param>
    /// <param name="usual">Where it begins for who has seen and asks nothing.</param>
    /// <param name="first">Oldest event that is kept.</param>
    /// <param name="next">Number of the next event. Who has seen one behind it has it of another stream, and gets all that is kept.</param>
    /// <exception cref="UsageException">What the viewer says it has is no number of an event.</exception>
    public static long StreamStart(HttpContext context, long? from, long usual, long first, long next)
    {
        string last = context.Request.Headers["Last-Event-ID"].ToString();
        long start = last.Length == 0 ? Math.Max(0, from ?? usual)
            : long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long seen) && seen < long.MaxValue ? seen + 1
            : throw new UsageException($"Last-Event-ID: '{last}' is no id of an event. Send the id of the last event that came, or leave the header out.");
        return start > next ? first : start;
    }

    /// <summary>Refuses text for people that does something on a terminal: control characters, and those that turn the reading direction.</summary>
    /// <param name="text">What a caller says; null: nothing.</param>
    /// <param name="name">What it is called, for the sentence.</param>
    /// <exception cref="UsageException">It has some.</exception>
    public static string? Plain(string? text, string name) => IsPlain(text) ? text
        : throw new UsageException($"{name} has control characters, or some that turn the reading direction. Write one line of plain text.");

    /// <summary>A text that can be shown as it is.</summary>
    public static bool IsPlain(string? text) => text is null or "" || SafeText.OneLine(text, text.Length) == text;

    /// <summary>What is refused by the role and kind of an endpoint, whatever it does: the document tells it of each.</summary>
    private static void AddRefusals(EndpointBuilder endpoint)
    {
        if (endpoint is not RouteEndpointBuilder route)
        {
            return;
        }

        bool acts = !route.Metadata.OfType<IHttpMethodMetadata>().Any(m => m.HttpMethods.Contains(HttpMethods.Get));
        List<int> refusals = [StatusCodes.Status429TooManyRequests];
        if (route.Metadata.OfType<NeededRole>().Any(r => r.Role is not null))
        {
            refusals.AddRange([StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden]);
        }

        if (route.RoutePattern.Parameters.Count > 0)
        {
            refusals.Add(StatusCodes.Status404NotFound);
        }

        if (acts)
        {
            // A lease, a run, or an idempotency key of a request that nobody knows the end of; and a key that stood for another request.
            refusals.AddRange([StatusCodes.Status409Conflict, StatusCodes.Status422UnprocessableEntity]);
        }

        foreach (int status in refusals.Except(route.Metadata.OfType<IProducesResponseTypeMetadata>().Select(m => m.StatusCode)).ToList())
        {
            route.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), ["application/problem+json"]));
        }
    }

    /// <summary>Refuses what lies outside of a range.</summary>
    /// <exception cref="UsageException">It does.</exception>
    public static double Within(double value, double from, double to, string name) => value >= from && value <= to
        ? value
        : throw new UsageException(FormattableString.Invariant($"{name}: {value} is outside {from} to {to}."));
}

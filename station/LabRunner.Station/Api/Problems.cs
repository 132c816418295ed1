using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace LabRunner.Station.Api;

/// <summary>Errors as application/problem+json (RFC 9457): what is wrong, where, and what to do.</summary>
internal static class Problems
{
    private const string Type = "urn:labrunner:problem:";

    /// <summary>Answers a request with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string kind, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new ProblemDetails { Status = status, Type = Type + kind, Title = title, Detail = detail, Instance = context.Request.Path },
            options: null, contentType: "application/problem+json", cancellationToken: context.RequestAborted);
    }

    /// <summary>Answers with what an exception says; false: it is none that a caller can cause or mend.</summary>
    public static async Task<bool> TryWriteAsync(HttpContext context, Exception failure)
    {
        (int Status, string Kind, string Title)? answer = failure switch
        {
            BenchFaultException { Kind: FaultKind.Lease } => (StatusCodes.Status409Conflict, "lease", "Somebody else has it"),
            BenchFaultException { Kind: FaultKind.Safety } => (StatusCodes.Status409Conflict, "safety", "Refused for safety"),
            BenchFaultException { Kind: FaultKind.Configuration } => (StatusCodes.Status422UnprocessableEntity, "configuration", "The bench cannot do this"),
            BenchFaultException { Kind: FaultKind.Machine or FaultKind.Storage } => (StatusCodes.Status503ServiceUnavailable, "machine", "The station cannot do this now"),
            BenchFaultException => (StatusCodes.Status502BadGateway, "bench", "The bench failed"),
            FileProblemsException => (StatusCodes.Status422UnprocessableEntity, "file", "A file of the station is wrong"),
            UsageException => (StatusCodes.Status400BadRequest, "usage", "The request is wrong"),
            BadHttpRequestException bad => (bad.StatusCode, "usage", "The request is wrong"),
            _ => null,
        };
        if (answer is not { } known || context.Response.HasStarted)
        {
            return false;
        }

        string detail = failure is BadHttpRequestException { InnerException: System.Text.Json.JsonException json } ? json.Message : failure.Message;
        await WriteAsync(context, known.Status, known.Kind, known.Title, detail).ConfigureAwait(false);
        return true;
    }

    /// <summary>There is no such thing.</summary>
    public static IResult NotFound(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "There is no such thing", type: Type + "missing");
}

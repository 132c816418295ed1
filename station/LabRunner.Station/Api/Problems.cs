using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace LabRunner.Station.Api;

/// <summary>Errors as application/problem+json (RFC 9457): what is wrong, where, and what to do.</summary>
internal static class Problems
{
    /// <summary>What every type of problem begins with.</summary>
    public const string Type = "urn:labrunner:problem:";

    /// <summary>Kind of a file that is not sent as an update.</summary>
    public const string OtaRefused = "ota-refused";

    /// <summary>Kind of an update that failed.</summary>
    public const string OtaFailed = "ota";

    /// <summary>Kind of files that cannot be used.</summary>
    public const string Files = "file";

    /// <summary>Answers a request with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string kind, string title, string detail) => WriteAsync(context, new ProblemView(Type + kind, title, status, detail));

    /// <summary>Answers with what an exception says; false: it is none that a caller can cause or mend.</summary>
    public static async Task<bool> TryWriteAsync(HttpContext context, Exception failure)
    {
        if (Of(failure) is not { } known || context.Response.HasStarted)
        {
            return false;
        }

        await WriteAsync(context, known).ConfigureAwait(false);
        return true;
    }

    /// <summary>Puts a refusal of the web server itself, which is a bare number, into words.</summary>
    public static Task PutIntoWordsAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        (string kind, string title, string detail) = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ("missing", "There is no such thing", $"There is nothing at {context.Request.Path}. {BadRequests.Remedy}"),
            StatusCodes.Status405MethodNotAllowed => ("method", "It cannot be asked for so", $"{context.Request.Path} takes {response.Headers.Allow}, not {context.Request.Method}."),
            StatusCodes.Status413PayloadTooLarge => ("usage", "The request is too large", "A request has at most 64 KiB, a firmware file 16 MiB. Send less."),
            StatusCodes.Status415UnsupportedMediaType => ("usage", "The request is wrong", $"{context.Request.Path} takes another type of content. Send the header Content-Type: application/json; for a firmware file application/octet-stream."),
            _ => ("usage", "The request is wrong", $"It was refused. {BadRequests.Remedy}"),
        };
        return WriteAsync(context, response.StatusCode, kind, title, detail);
    }

    /// <summary>What an exception says of an operation that it ended.</summary>
    public static ProblemView Describe(Exception failure) => Of(failure)
        ?? new ProblemView(Type + "station", "The station failed", StatusCodes.Status500InternalServerError, $"This is a failure of LabRunner itself: {failure.Message}");

    private static Task WriteAsync(HttpContext context, ProblemView known)
    {
        ProblemDetails problem = new() { Status = known.Status, Type = known.Type, Title = known.Title, Detail = known.Detail, Instance = context.Request.Path };
        foreach ((string name, object? value) in new (string, object?)[]
        {
            ("stage", known.Stage), ("fault", known.Fault?.ToString()), ("place", known.Place), ("problem", known.Problem), ("remedy", known.Remedy), ("files", known.Files),
        })
        {
            if (value is not null)
            {
                problem.Extensions[name] = value;
            }
        }

        context.Response.StatusCode = known.Status;
        return context.Response.WriteAsJsonAsync(problem, options: Document.Json, contentType: "application/problem+json", cancellationToken: context.RequestAborted);
    }

    private static ProblemView? Of(Exception failure)
    {
        (int Status, string Kind, string Title)? answer = failure switch
        {
            BenchFaultException { Kind: FaultKind.Lease } => (StatusCodes.Status409Conflict, "lease", "Somebody else has it"),
            BenchFaultException { Kind: FaultKind.Safety } => (StatusCodes.Status409Conflict, "safety", "Refused for safety"),
            BenchFaultException { Kind: FaultKind.Configuration } => (StatusCodes.Status422UnprocessableEntity, "configuration", "The bench cannot do this"),
            BenchFaultException { Kind: FaultKind.Machine or FaultKind.Storage } => (StatusCodes.Status503ServiceUnavailable, "machine", "The station cannot do this now"),
            BenchFaultException => (StatusCodes.Status502BadGateway, "bench", "The bench failed"),
            FlashFailedException { Stage: "image" } => (StatusCodes.Status422UnprocessableEntity, "image", "The image does not go into this slot"),
            FlashFailedException { Stage: "range" } => (StatusCodes.Status422UnprocessableEntity, "range", "This stretch of flash cannot be had"),
            FlashFailedException => (StatusCodes.Status502BadGateway, "flash", "Flashing failed"),
            OtaRefusedException => (StatusCodes.Status422UnprocessableEntity, OtaRefused, "The file is not sent to this slot"),
            OtaFailedException => (StatusCodes.Status502BadGateway, OtaFailed, "The update failed"),
            FileProblemsException => (StatusCodes.Status422UnprocessableEntity, Files, "A file of the station is wrong"),
            UsageException => (StatusCodes.Status400BadRequest, "usage", "The request is wrong"),
            BadHttpRequestException bad => (bad.StatusCode, "usage", "The request is wrong"),
            _ => null,
        };
        if (answer is not { } known)
        {
            return null;
        }

        string detail = failure is BadHttpRequestException wrong ? BadRequests.Sentence(wrong) : failure.Message;
        ProblemView problem = new(Type + known.Kind, known.Title, known.Status, detail);
        return failure switch
        {
            FileProblemsException files => problem with { Files = files.Problems },
            OtaRefusedException refused => problem with { Problem = refused.Problem },
            FlashFailedException flash => problem with { Stage = flash.Stage, Problem = flash.Problem, Remedy = flash.Check },
            BenchFaultException fault => problem with { Fault = fault.Kind, Place = fault.Place, Problem = fault.Problem, Remedy = fault.Remedy },
            _ => problem,
        };
    }

    /// <summary>There is no such thing.</summary>
    public static IResult NotFound(string detail) => Refuse(StatusCodes.Status404NotFound, "missing", "There is no such thing", detail);

    /// <summary>It is somebody else's, and who asks is no administrator.</summary>
    public static IResult SomebodyElses(string detail) => Refuse(StatusCodes.Status403Forbidden, "owner", "It is somebody else's", detail);

    /// <summary>A refusal as an endpoint returns it.</summary>
    public static IResult Refuse(int status, string kind, string title, string detail) => new Refusal(new ProblemView(Type + kind, title, status, detail));

    private sealed class Refusal(ProblemView problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
    }
}

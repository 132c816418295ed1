using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Api;

/// <summary>
/// Every request that acts: written to the audit log whatever became of it, and done once where it has an idempotency key: the same key from
/// the same caller and owner gets the first answer again, for a day, also from the next station. Thread safe.
/// </summary>
internal sealed class ActionLog
{
    /// <summary>Header with the caller's own key of a request that is to be done once.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>Kind of a problem with such a key.</summary>
    public const string KeyProblem = "idempotency";

    private const string WhatKey = "labrunner.what";
    private const int MostKept = 2000;
    private const int MostOfOne = 500;
    private const int LongestWhy = 500;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    // For who waited for the answer to the same request.
    private static readonly KeptAnswer Cut = Unknown(
        StatusCodes.Status503ServiceUnavailable, "The first request was cut off", $"The request that came first under this {KeyHeader} ended before it had an answer. Send it again.");

    private readonly AuditLog _audit;
    private readonly RefusalLog _refusals;
    private readonly UploadSeats _uploads;
    private readonly KeyBook _book;
    private readonly TimeProvider _clock;
    private readonly ILogger<ActionLog> _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <param name="audit">Log.</param>
    /// <param name="refusals">Log of what is refused.</param>
    /// <param name="uploads">Files that are received.</param>
    /// <param name="book">Keys of this station and those before.</param>
    /// <param name="clock">Stamps.</param>
    /// <param name="log">Told too, with the slot.</param>
    public ActionLog(AuditLog audit, RefusalLog refusals, UploadSeats uploads, KeyBook book, TimeProvider clock, ILogger<ActionLog> log)
    {
        (_audit, _refusals, _uploads, _book, _clock, _log) = (audit, refusals, uploads, book, clock, log);
        foreach (KeptRequest request in book.Read())
        {
            Kept kept = _kept[request.Key] = new Kept(request);
            kept.Answer.SetResult(request.Answer ?? Unknown(
                StatusCodes.Status409Conflict, "It is not known whether it was done",
                string.Create(CultureInfo.InvariantCulture, $"The request under this {KeyHeader} came {request.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z and was under way when the station ended. Look whether it was done before you send it again, with another key.")));
        }
    }

    /// <summary>Says in words what a request asks for, and why.</summary>
    /// <exception cref="Bench.Hosting.UsageException">Why is no plain text.</exception>
    public static void Tell(HttpContext context, string what, string? why) => context.Items[WhatKey] = (what, EndpointFacts.Plain(why, "why"));

    /// <summary>Why something is asked for: what its body says, else its header, at most 500 characters; null: not said.</summary>
    public static string? Why(HttpContext context, string? given)
    {
        // Programs send what is not ASCII as UTF-8, percent-encoded.
        string why = given is { Length: > 0 } ? given : Uri.UnescapeDataString(context.Request.Headers[Caller.WhyHeader].ToString());
        return why.Length > 0 ? why[..Math.Min(why.Length, LongestWhy)] : null;
    }

    /// <summary>Does it, or answers as before. What the caller may not do is refused before its body is read, and takes no key.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        bool acts = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (!await Gate.AllowsAsync(context).ConfigureAwait(false))
        {
            if (acts)
            {
                Write(context, context.Response.StatusCode);
            }

            return;
        }

        if (!acts)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        // Before its body is read for its key.
        if (_uploads.Take(context) is { } crowded)
        {
            await crowded.ExecuteAsync(context).ConfigureAwait(false);
            return;
        }

        if (!EndpointFacts.IsPlain(Why(context, null)))
        {
            context.Request.Headers.Remove(Caller.WhyHeader);
            await DoAsync(context, _ => throw new Bench.Hosting.UsageException($"{Caller.WhyHeader} has control characters, or some that turn the reading direction. Write one line of plain text.")).ConfigureAwait(false);
            return;
        }

        string key = context.Request.Headers[KeyHeader].ToString();
        if (key.Length == 0)
        {
            await DoAsync(context, next).ConfigureAwait(false);
            return;
        }

        if (key.Length > 128)
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "usage", "The request is wrong", $"{KeyHeader} has at most 128 characters.").ConfigureAwait(false);
            return;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<AnswerIsNotKept>() is not null)
        {
            await DoAsync(context, _ => throw new Bench.Hosting.UsageException($"{KeyHeader}: what this answers is kept nowhere, and cannot be given again. Leave the header out.")).ConfigureAwait(false);
            return;
        }

        await OnceAsync(context, next, key).ConfigureAwait(false);
    }

    private async Task OnceAsync(HttpContext context, RequestDelegate next, string key)
    {
        context.Request.EnableBuffering();
        string print = Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted).ConfigureAwait(false));
        context.Request.Body.Position = 0;
        print = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {print}";
        Caller caller = Caller.Of(context);
        string name = $"{caller.Name}\n{caller.Owner}\n{key}";
        Kept mine = new(new KeptRequest(name, print, _clock.GetUtcNow()));
        if (Enter(mine, $"{caller.Name}\n") is not { } kept)
        {
            context.Response.Headers.RetryAfter = "10";
            await Problems.WriteAsync(
                context, StatusCodes.Status429TooManyRequests, "rate", "Too many at once", $"{caller.Name} has {MostOfOne} requests with a {KeyHeader} under way. Ask again in 10 s.").ConfigureAwait(false);
            return;
        }

        if (kept.Request.Print != print)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status422UnprocessableEntity, KeyProblem, "The key was used before", $"The {KeyHeader} '{key}' stands for another request. Take a new one.").ConfigureAwait(false);
            return;
        }

        if (kept != mine)
        {
            await ReplayAsync(context, await kept.Answer.Task.WaitAsync(context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
            return;
        }

        Stream body = context.Response.Body;
        using MemoryStream answer = new();
        context.Response.Body = answer;
        bool answered = false;
        try
        {
            await DoAsync(context, next).ConfigureAwait(false);
            answered = true;
        }
        finally
        {
            context.Response.Body = body;

            // What failed on our side, or was cut off by a caller who went away, may be tried again under the same key.
            bool again = !answered || context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
            KeptAnswer told = answered ? new(context.Response.StatusCode, context.Response.ContentType, context.Response.Headers.Location, answer.ToArray()) : Cut;
            Leave(mine, again ? null : told);
            kept.Answer.TrySetResult(told);
        }

        await WriteBodyAsync(context, answer.ToArray(), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Slot and run of a request; a job's id is its run's.</summary>
    private static Dictionary<string, object> Concerned(RouteValueDictionary route) => new[] { ("slot", "slot"), ("run", "run"), ("job", "run") }
        .Where(n => route.GetValueOrDefault(n.Item1) is not null).ToDictionary(n => n.Item2, n => route[n.Item1]!);

    private static async Task ReplayAsync(HttpContext context, KeptAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.Headers.Location = answer.Location;
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await WriteBodyAsync(context, answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

    // An answer without a body (204) may not even have an empty one.
    private static ValueTask WriteBodyAsync(HttpContext context, byte[] body, CancellationToken cancellationToken) =>
        body.Length == 0 ? ValueTask.CompletedTask : context.Response.Body.WriteAsync(body, cancellationToken);

    private async Task DoAsync(HttpContext context, RequestDelegate next)
    {
        int? cut = null;
        try
        {
            try
            {
                await next(context).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                if (!await Problems.TryWriteAsync(context, failure).ConfigureAwait(false))
                {
                    cut = context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : StatusCodes.Status500InternalServerError;
                    throw;
                }
            }
        }
        finally
        {
            Write(context, cut ?? context.Response.StatusCode);
        }
    }

    private void Write(HttpContext context, int status)
    {
        Caller caller = Caller.Of(context);
        (string? what, string? why) = context.Items[WhatKey] is ValueTuple<string, string?> told ? told : (null, null);
        string action = $"{context.Request.Method} {context.Request.Path}";
        why = Why(context, why);

        // Where it was refused for its role, nobody has looked at its words.
        AuditEntry entry = new(_clock.GetUtcNow(), caller.Name, caller.Owner, caller.Via, action, status, what, EndpointFacts.IsPlain(why) ? why : null);

        // What was cut off may have been done.
        if (status is >= StatusCodes.Status400BadRequest and < StatusCodes.Status499ClientClosedRequest)
        {
            if (!_refusals.Add(entry))
            {
                return;
            }
        }
        else
        {
            _audit.Add(entry);
        }

        using IDisposable? scope = _log.BeginScope(Concerned(context.Request.RouteValues));
        _log.LogInformation("{Owner}: {What}, answered {Status}.", caller.Owner, what ?? action, status);
    }

    /// <summary>Remembers a request, on disk before it does anything.</summary>
    /// <param name="mine">It.</param>
    /// <param name="caller">What the keys of its caller begin with.</param>
    /// <returns>The one that came first under this key; null: the caller has too many under way.</returns>
    private Kept? Enter(Kept mine, string caller)
    {
        lock (_gate)
        {
            DateTimeOffset old = _clock.GetUtcNow() - KeptFor;
            foreach (string key in _kept.Where(k => k.Value.Request.At < old && k.Value.Answer.Task.IsCompleted).Select(k => k.Key).ToList())
            {
                _kept.Remove(key);
            }

            if (_kept.TryGetValue(mine.Request.Key, out Kept? first))
            {
                return first;
            }

            if (_kept.Keys.Count(k => k.StartsWith(caller, StringComparison.Ordinal)) >= MostOfOne && !DropOldest(caller))
            {
                return null;
            }

            if (_kept.Count >= MostKept)
            {
                // Of who has the most.
                DropOldest(_kept.Keys.GroupBy(k => k[..(k.IndexOf('\n', StringComparison.Ordinal) + 1)]).MaxBy(g => g.Count())!.Key);
            }

            _kept[mine.Request.Key] = mine;
            _book.Put(mine.Request, All);
            return mine;
        }
    }

    /// <summary>Drops the oldest keys of a caller, none of them under way.</summary>
    /// <returns>False: all are.</returns>
    private bool DropOldest(string caller)
    {
        List<string> over =
        [
            .. _kept.Where(k => k.Key.StartsWith(caller, StringComparison.Ordinal) && k.Value.Answer.Task.IsCompleted).OrderBy(k => k.Value.Request.At).Take(MostOfOne / 2).Select(k => k.Key),
        ];
        over.ForEach(key => _kept.Remove(key));
        return over.Count > 0;
    }

    /// <summary>Keeps the answer; null: forgets the request.</summary>
    private void Leave(Kept mine, KeptAnswer? answer)
    {
        lock (_gate)
        {
            mine.Request = mine.Request with { Answer = answer, Forgotten = answer is null };
            if (answer is null)
            {
                _kept.Remove(mine.Request.Key);
            }

            _book.Put(mine.Request, All);
        }
    }

    private IEnumerable<KeptRequest> All() => _kept.Values.Select(k => k.Request);

    private static KeptAnswer Unknown(int status, string title, string detail) => new(
        status, "application/problem+json", null,
        JsonSerializer.SerializeToUtf8Bytes(new ProblemDetails { Status = status, Type = Problems.Type + KeyProblem, Title = title, Detail = detail }, JsonSerializerOptions.Web));

    private sealed class Kept(KeptRequest request)
    {
        public KeptRequest Request { get; set; } = request;

        public TaskCompletionSource<KeptAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using LabRunner.Station.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Api;

/// <summary>
/// Every request that acts: written to the audit log whatever became of it, and done once where it has an idempotency key: the same key from
/// the same caller gets the first answer again, for a day. Thread safe.
/// </summary>
/// <param name="audit">Log.</param>
/// <param name="clock">Stamps.</param>
/// <param name="log">Told too, with the slot.</param>
internal sealed class ActionLog(AuditLog audit, TimeProvider clock, ILogger<ActionLog> log)
{
    private const string KeyHeader = "Idempotency-Key";
    private const string WhatKey = "labrunner.what";
    private const int MostKept = 2000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    // For who waited for the answer to the same request.
    private static readonly Answer Cut = new(
        StatusCodes.Status503ServiceUnavailable, "application/problem+json",
        JsonSerializer.SerializeToUtf8Bytes(
            new ProblemDetails
            {
                Status = StatusCodes.Status503ServiceUnavailable, Type = Problems.Type + "idempotency", Title = "The first request was cut off",
                Detail = $"The request that came first under this {KeyHeader} ended before it had an answer. Send it again.",
            },
            JsonSerializerOptions.Web));

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>Says in words what a request asks for, and why.</summary>
    public static void Tell(HttpContext context, string what, string? why) => context.Items[WhatKey] = (what, why);

    /// <summary>Does it, or answers as before.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            await next(context).ConfigureAwait(false);
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

        await OnceAsync(context, next, key).ConfigureAwait(false);
    }

    private async Task OnceAsync(HttpContext context, RequestDelegate next, string key)
    {
        context.Request.EnableBuffering();
        string print = Convert.ToHexString(await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted).ConfigureAwait(false));
        context.Request.Body.Position = 0;
        print = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {print}";
        Forget();
        Kept mine = new(print, clock.GetUtcNow());
        Kept kept = _kept.GetOrAdd($"{Caller.Of(context).Name}\n{key}", mine);
        if (kept.Print != print)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status422UnprocessableEntity, "idempotency", "The key was used before", $"The {KeyHeader} '{key}' stands for another request. Take a new one.").ConfigureAwait(false);
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
            if (!answered || context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            {
                // What failed on our side, or was cut off by a caller who went away, may be tried again under the same key.
                _kept.TryRemove($"{Caller.Of(context).Name}\n{key}", out _);
            }

            kept.Answer.TrySetResult(answered ? new(context.Response.StatusCode, context.Response.ContentType, answer.ToArray()) : Cut);
        }

        await body.WriteAsync(answer.ToArray(), CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task ReplayAsync(HttpContext context, Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

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
            Caller caller = Caller.Of(context);
            (string? what, string? why) = context.Items[WhatKey] is ValueTuple<string, string?> told ? told : (null, null);
            why ??= context.Request.Headers[Caller.WhyHeader].ToString() is { Length: > 0 } header ? header[..Math.Min(header.Length, 500)] : null;
            string action = $"{context.Request.Method} {context.Request.Path}";
            int status = cut ?? context.Response.StatusCode;
            audit.Add(new AuditEntry(clock.GetUtcNow(), caller.Name, caller.Owner, caller.Via, action, status, what, why));
            using IDisposable? scope = context.Request.RouteValues.GetValueOrDefault("slot") is { } slot ? log.BeginScope(new Dictionary<string, object> { ["slot"] = slot }) : null;
            log.LogInformation("{Owner}: {What}, answered {Status}.", caller.Owner, what ?? action, status);
        }
    }

    private void Forget()
    {
        if (_kept.Count < MostKept)
        {
            return;
        }

        DateTimeOffset old = clock.GetUtcNow() - KeptFor;
        foreach ((string key, Kept kept) in _kept.OrderBy(k => k.Value.At).Where((k, i) => k.Value.At < old || i < MostKept / 2))
        {
            _kept.TryRemove(key, out _);
        }
    }

    private sealed record Kept(string Print, DateTimeOffset At)
    {
        public TaskCompletionSource<Answer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed record Answer(int Status, string? ContentType, byte[] Body);
}

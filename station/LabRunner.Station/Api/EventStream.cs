using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LabRunner.Station.Api;

/// <summary>
/// Server-sent events with a sign of life: where nothing happens for a while a comment is sent, which viewers skip. A viewer who vanished without
/// a word (a phone out of reach) answers nothing, so that TCP gives the connection up and his seat is free again; without it a silent stream would be kept for ever.
/// </summary>
/// <param name="events">What happens, to the end of the stream or of the request.</param>
internal sealed class EventStream<T>(IAsyncEnumerable<SseItem<T>> events) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache,no-store";
        response.Headers.ContentEncoding = "identity";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        TimeProvider clock = httpContext.RequestServices.GetRequiredService<TimeProvider>();
        JsonSerializerOptions json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        CancellationToken gone = httpContext.RequestAborted;
        await response.Body.FlushAsync(gone).ConfigureAwait(false);
        IAsyncEnumerator<SseItem<T>> all = events.GetAsyncEnumerator(gone);
        await using (all.ConfigureAwait(false))
        {
            while (await NextAsync(all, response, clock, gone).ConfigureAwait(false))
            {
                Write(response.BodyWriter, all.Current, json);
                await response.BodyWriter.FlushAsync(gone).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for the next event, with a comment after each while without one.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<T>> all, HttpResponse response, TimeProvider clock, CancellationToken gone)
    {
        Task<bool> next = all.MoveNextAsync().AsTask();
        while (true)
        {
            Task waited = ((Task)next).WaitAsync(EventStream.Silence, clock, CancellationToken.None);
            await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (next.IsCompleted)
            {
                return await next.ConfigureAwait(false);
            }

            // The enumerator is still at work: it ends with the request, and must not be left before.
            response.BodyWriter.Write(EventStream.Comment);
            Task sent = response.BodyWriter.FlushAsync(gone).AsTask();
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Write(IBufferWriter<byte> writer, SseItem<T> item, JsonSerializerOptions json)
    {
        // JSON has no line ends of its own.
        string text = $"event: {item.EventType}\ndata: {JsonSerializer.Serialize(item.Data, json)}\n{(item.EventId is { } id ? $"id: {id}\n" : "")}\n";
        Encoding.UTF8.GetBytes(text, writer);
    }
}

/// <summary>What all streams have in common.</summary>
internal static class EventStream
{
    /// <summary>After so long without an event a comment is sent.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>A line that says nothing.</summary>
    public static ReadOnlySpan<byte> Comment => ":\n\n"u8;

    /// <summary>The answer to who follows something.</summary>
    public static IResult Of<T>(IAsyncEnumerable<SseItem<T>> events) => new EventStream<T>(events);
}

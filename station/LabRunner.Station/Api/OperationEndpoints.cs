using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LabRunner.Station.Access;
using LabRunner.Station.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Api;

/// <summary>Long acts: how far they are, and their end before its time.</summary>
internal static class OperationEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/operations", (string? slot, OperationDesk desk) => desk.All().Where(o => slot is null || o.Slot == slot).ToList())
            .Is("ListOperations", "Flashes, updates, probes, and looks at, copies and erasures of flash that go on or have ended, newest first; the newest hundred are kept.", Role.Look);
        api.MapGet("/operations/{operation}", (string operation, OperationDesk desk) => desk.Find(operation) is { } found ? Results.Ok(found.View) : None(operation))
            .Is("GetOperation", "One operation: state, progress, what was done, and its outcome or problem.", Role.Look).Produces<OperationView>();
        api.MapGet("/operations/{operation}/stream", Stream).Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .Is("StreamOperation", "What happens in an operation as server-sent events, from its beginning or from a number on (Last-Event-ID, or from): said, progress, and at last ended.", Role.Look);
        api.MapDelete("/operations/{operation}", Cancel).Produces<OperationView>(StatusCodes.Status202Accepted)
            .Is("CancelOperation", "End an operation between two frames: BOOT is released and power off. Your own; an administrator's: any.", Role.Switch).Produces<OperationView>();
    }

    /// <summary>It goes on: where it is looked at, and how it is now.</summary>
    public static IResult Accepted(OperationView view) => Results.Accepted($"/api/v1/operations/{view.Id}", view);

    private static IResult Cancel(string operation, HttpContext context, OperationDesk desk)
    {
        if (desk.Find(operation) is not { } found)
        {
            return None(operation);
        }

        Caller caller = Caller.Of(context);
        OperationView view = found.View;
        if (view.Owner != caller.Owner && !caller.May(Role.Administer))
        {
            return Problems.SomebodyElses($"Operation {view.Id} is {view.Owner}'s. Ask {view.Owner} or an administrator.");
        }

        ActionLog.Tell(context, $"{view.Kind} of {view.Slot} cancelled (operation {view.Id})", null);
        found.Cancel(caller.Owner);
        return view.Ended is null ? Accepted(found.View) : Results.Ok(view);
    }

    private static IResult Stream(string operation, long? from, HttpContext context, OperationDesk desk, IHostApplicationLifetime lifetime, CancellationToken token)
    {
        if (desk.Find(operation) is not { } found)
        {
            return None(operation);
        }

        return EventStream.Of(EventsAsync(found, EndpointFacts.StreamStart(context, from, 0, 0, found.Next), lifetime.ApplicationStopping, token));
    }

    private static async IAsyncEnumerable<SseItem<OperationEvent>> EventsAsync(Operation operation, long next, CancellationToken stopping, [EnumeratorCancellation] CancellationToken token)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(token, stopping);
        while (true)
        {
            Task<IReadOnlyList<OperationEvent>> waiting = operation.EventsAsync(next, either.Token);
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waiting.IsCanceled || await waiting.ConfigureAwait(false) is not { Count: > 0 } events)
            {
                yield break;
            }

            foreach (OperationEvent happened in events)
            {
                next = happened.Number + 1;
                yield return new SseItem<OperationEvent>(happened, happened.Ended is not null ? "ended" : happened.Said is not null ? "said" : "progress")
                {
                    EventId = happened.Number.ToString(CultureInfo.InvariantCulture),
                };
            }

            if (events[^1].Ended is not null)
            {
                yield break;
            }
        }
    }

    /// <summary>There is no such operation.</summary>
    public static IResult None(string operation) => Problems.NotFound($"There is no operation '{operation}'.");
}

using LabRunner.Station.Access;
using LabRunner.Station.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Which runs are kept.</summary>
internal static class RetentionEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{run}/pin", Pin).Produces<RunSummary>()
            .Is("PinRun", "Keep a run whatever its age. A pin of somebody else stays as it is, but for an administrator.", Role.Use, new PinRequest("reference for 1.18.228"));
        api.MapDelete("/runs/{run}/pin", Unpin).Produces<RunSummary>()
            .Is("UnpinRun", "Let a run go by its age again. Your own pin; an administrator's: any.", Role.Use);
        api.MapGet("/retention", (RunSweeper sweeper) => View(sweeper, sweeper.Plan(), done: false))
            .Is("GetRetention", "What would be removed now and why, and what stays and why; removes nothing.", Role.Look);
        api.MapPost("/retention", (SweepRequest request, HttpContext context, RunSweeper sweeper) =>
            {
                ActionLog.Tell(context, "old runs removed now", request.Why);
                return View(sweeper, sweeper.Sweep(), done: true);
            })
            .Is("SweepRuns", "Remove what the schedule's retention says, now. Each run that goes is in the audit log.", Role.Administer, new SweepRequest("the disk is nearly full"));
    }

    private static IResult Pin(string run, PinRequest request, HttpContext context, RunShelf runs, TimeProvider clock)
    {
        if (runs.PathOf(run) is not { } folder)
        {
            return NoRun(run);
        }

        if (Refusal(folder, Caller.Of(context)) is { } refusal)
        {
            return refusal;
        }

        string? why = request.Why is { Length: > 200 } ? request.Why[..200] : request.Why;
        ActionLog.Tell(context, $"run {Path.GetFileName(folder)} pinned", why);
        new RunPin(Caller.Of(context).Owner, clock.GetUtcNow(), why).Put(folder);
        return Results.Ok(runs.Find(run));
    }

    private static IResult Unpin(string run, HttpContext context, RunShelf runs)
    {
        if (runs.PathOf(run) is not { } folder)
        {
            return NoRun(run);
        }

        if (Refusal(folder, Caller.Of(context)) is { } refusal)
        {
            return refusal;
        }

        ActionLog.Tell(context, $"run {Path.GetFileName(folder)} unpinned", null);
        RunPin.Remove(folder);
        return Results.Ok(runs.Find(run));
    }

    /// <summary>Why a caller may not touch the pin of a run; null: it has none, or it is his.</summary>
    private static IResult? Refusal(string folder, Caller caller) =>
        RunPin.Of(folder) is not { } pin || pin.Who == caller.Owner || caller.May(Role.Administer) ? null
        : pin.Who is { } who ? Problems.SomebodyElses($"{who} pinned it. Ask {who} or an administrator.")
        : Problems.SomebodyElses("It was pinned by a file in its folder, which does not say by whom. Ask an administrator.");

    private static RetentionView View(RunSweeper sweeper, SweepPlan plan, bool done) => new(
        sweeper.Rule?.KeepFor?.TotalDays, sweeper.Rule?.KeepBytes, sweeper.Rule?.KeepNewest, done, plan.Bytes, plan.BytesAfter, plan.Problem, plan.Rows);

    private static IResult NoRun(string run) => Problems.NotFound($"There is no run '{run}'.");
}

/// <summary>Keep a run.</summary>
/// <param name="Why">Why, for whoever wonders later.</param>
public sealed record PinRequest(string? Why = null);

/// <summary>Remove old runs.</summary>
/// <param name="Why">For the audit log.</param>
public sealed record SweepRequest(string? Why = null);

/// <summary>Which runs go and stay.</summary>
/// <param name="KeepDays">A run that began longer ago goes; null: age does not matter.</param>
/// <param name="KeepBytes">The oldest go while all together are larger; null: size does not matter.</param>
/// <param name="KeepNewest">So many of the newest never go; null: there is no rule.</param>
/// <param name="Done">The runs that go are gone; false: they would go.</param>
/// <param name="Bytes">All runs together, before.</param>
/// <param name="BytesAfter">What stays.</param>
/// <param name="Problem">Why more stays than the rule wants; null: it does not.</param>
/// <param name="Runs">Every run, oldest first.</param>
public sealed record RetentionView(
    double? KeepDays, long? KeepBytes, int? KeepNewest, bool Done, long Bytes, long BytesAfter, string? Problem, IReadOnlyList<SweepRow> Runs);

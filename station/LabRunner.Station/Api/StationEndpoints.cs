using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Leases;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>The station itself: who asks, the bench, leases, the audit log, health.</summary>
internal static class StationEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/me", (HttpContext context) => Caller.Of(context) is var me ? new MeView(me.Name, me.Owner, me.Role?.ToString().ToLowerInvariant(), me.Via) : null)
            .Is("WhoAmI", "Who asks, and what they may do.", null);
        api.MapGet("/bench", Bench).Is("GetBench", "The bench and what it does now.", Role.Look);
        api.MapGet("/leases", (LeaseDesk leases) => leases.All()).Is("ListLeases", "Who has which slot.", Role.Look);
        api.MapPost("/leases", Take).Produces<SlotLease>(StatusCodes.Status201Created)
            .Is("TakeLease", "Take slots for yourself; others are refused with your name and the end.", Role.Use, new LeaseRequestBody(["p1"], 60, "bisecting the freeze"));
        api.MapDelete("/leases/{lease}", Release).Produces<SlotLease>()
            .Is("EndLease", "Give your lease back; an administrator breaks anybody's.", Role.Use);
        api.MapGet("/audit", (int? count, AuditLog audit) => audit.Newest((int)EndpointFacts.Within(count ?? 100, 1, AuditLog.Kept, "count")))
            .Is("ListAudit", "Actions with who and why, newest first (default 100).", Role.Administer);
        api.MapGet("/health/live", () => new HealthView("ok")).Is("IsAlive", "The station answers.", null);
        api.MapGet("/health/ready", (BenchKeeper keeper) => keeper.Now.Bench is not null
                ? Results.Ok(new HealthView("ok")) : Results.Json(new HealthView("the bench is not open"), statusCode: StatusCodes.Status503ServiceUnavailable))
            .Is("IsReady", "The bench is open; 503 while it is not.", null).Produces<HealthView>();
    }

    private static BenchView Bench(BenchKeeper keeper, TimeProvider clock)
    {
        (OpenBench? bench, Jobs.Job? job) = keeper.Now;
        return new BenchView(
            keeper.Inventory.Name, keeper.Inventory.Description, job is not null ? "running" : bench is not null ? "watching" : "closed", bench is null ? keeper.Problem : null,
            job is null ? null : JobEndpoints.View(job, keeper), clock.GetUtcNow(), RunnerVersion.Text, keeper.Inventory.Virtual is not null, keeper.Said);
    }

    private static IResult Take(LeaseRequestBody request, HttpContext context, BenchKeeper keeper, LeaseDesk leases)
    {
        string[] slots = [.. (request.Slots ?? []).Distinct()];
        if ((slots.Length == 0 ? "slots names no slot." : keeper.Inventory.Lacking(slots)) is { } wrong)
        {
            throw new UsageException(wrong);
        }

        string owner = Caller.Of(context).Owner;
        if (owner == Caller.Somebody)
        {
            // All who come so are one owner: none of them would be kept out.
            throw new UsageException($"A lease is somebody's, and you gave no name. Send the header {StationDoor.OwnerHeader}: NAME; on the station's page the button at the top right asks for it.");
        }

        TimeSpan length = TimeSpan.FromMinutes(EndpointFacts.Within(request.Minutes ?? 480, 0.01, LeaseDesk.Longest.TotalMinutes, "minutes"));
        string purpose = EndpointFacts.Plain(request.Purpose, "purpose") is { Length: > 0 } told ? told[..Math.Min(told.Length, 200)] : "work by hand";
        ActionLog.Tell(context, $"lease of {string.Join(", ", slots)}", purpose);
        SlotLease lease = leases.Take(owner, slots, purpose, length);
        return Results.Created($"/api/v1/leases/{lease.Id}", lease);
    }

    private static IResult Release(string lease, HttpContext context, LeaseDesk leases, BenchKeeper keeper)
    {
        Caller caller = Caller.Of(context);
        if (leases.All().FirstOrDefault(l => l.Id == lease) is not { } found)
        {
            return Problems.NotFound($"There is no lease '{lease}'.");
        }

        if (found.Owner != caller.Owner && !caller.May(Role.Administer))
        {
            return Problems.SomebodyElses($"Lease {found.Id} is {found.Owner}'s until {LeaseDesk.Time(found.Expires)}. Ask {found.Owner} or an administrator.");
        }

        ActionLog.Tell(context, $"lease of {string.Join(", ", found.Slots)} of {found.Owner} ended", null);
        leases.End(found.Id);
        if (found.Owner != caller.Owner)
        {
            // Whose it was sees it on the page, and hears it nowhere else.
            keeper.Say($"{caller.Owner} took the lease of {string.Join(", ", found.Slots)} back from {found.Owner}{(ActionLog.Why(context, null) is { } why ? $": {why}" : "")}.");
        }

        return Results.Ok(found);
    }
}

using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Which slots runs may have.</summary>
internal static class PoolEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/pool", View).Is("GetPool", "What the last health check found of the machine and of each slot. What failed is out of the pool until it passes.", Role.Look);
        api.MapPost("/pool/check", (CheckRequest request, HttpContext context, Pool pool, BenchKeeper keeper) =>
            {
                ActionLog.Tell(context, "health check", request.Why);
                pool.Want();
                return Results.Accepted("/api/v1/pool", View(pool, keeper));
            })
            .Is("CheckHealth", "Look at the machine and at every slot as soon as no run has the bench: each gets its power, must serve, and loses its power again. Slots that somebody has are left alone.", Role.Switch, new CheckRequest("after the wiring was mended"))
            .Produces<PoolView>(StatusCodes.Status202Accepted);
    }

    private static PoolView View(Pool pool, BenchKeeper keeper) => new(
        pool.Rule.Before, pool.Checked, pool.Of(Pool.Machine), [.. keeper.Inventory.Slots.Select(s => new SlotHealthView(s.Name, pool.WhyOut(s.Name) is null, pool.Of(s.Name)))]);
}

/// <summary>Look at every slot.</summary>
/// <param name="Why">For the audit log.</param>
public sealed record CheckRequest(string? Why = null);

/// <summary>Which slots runs may have.</summary>
/// <param name="BeforeRuns">Which runs begin only after a health check.</param>
/// <param name="Checked">When all were looked at last since the station's start; null: not yet.</param>
/// <param name="Machine">The machine: as ./lab doctor finds it.</param>
/// <param name="Slots">In the inventory's order.</param>
public sealed record PoolView(CheckedRuns BeforeRuns, DateTimeOffset? Checked, HealthSight Machine, IReadOnlyList<SlotHealthView> Slots);

/// <summary>A slot's health.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="InPool">Runs may have it.</param>
/// <param name="Health">What is known.</param>
public sealed record SlotHealthView(string Slot, bool InPool, HealthSight Health);

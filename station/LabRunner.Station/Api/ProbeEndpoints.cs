using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Probing;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Which pin of an unknown board does what.</summary>
internal static class ProbeEndpoints
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/slots/{slot}/probe", ProbeAsync).Produces<OperationView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict)
        .Is("ProbeSlot", "Find out which GPIO of a slot's board does what; proposes a board file and an OpenBeken template. The DUT has its pins back and power is off at the end. Goes on as an operation, and is a run.", Role.Switch,
            new ProbeRequest("sm-028-v1.4", "SM-028_V1.4 plug", Boots: 3, Skip: [21], Why: "first look at the new PCB"));

    private static async Task<IResult> ProbeAsync(string slot, ProbeRequest request, HttpContext context, BenchKeeper keeper, StationOptions station, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        if (ProbeHand.NameProblem(request.Name) is { } wrong)
        {
            throw new UsageException($"name: {wrong}");
        }

        EndpointFacts.Plain(request.Title, "title");
        ProbeOptions usual = new();
        ProbeOptions options = new()
        {
            Toggles = (int)EndpointFacts.Within(request.Toggles ?? usual.Toggles, 1, 200, "toggles"), Presses = (int)EndpointFacts.Within(request.Presses ?? usual.Presses, 1, 100, "presses"),
            Boots = (int)EndpointFacts.Within(request.Boots ?? usual.Boots, 0, 20, "boots"), Skip = request.Skip ?? [],
        };
        ActionLog.Tell(context, $"probe of {slot} as {request.Name}", request.Why);
        Operation operation = await desk.BeginAsync(
            new OperationOrder(OperationKinds.Probe, "is probing", slot, Caller.Of(context).Owner, ActionLog.Why(context, request.Why), null, request.Name),
            async (running, bench, hand, ending) =>
            {
                keeper.Forget(slot);
                string folder = Path.Combine(station.RunsFolder, $"{running.View.Id}-{keeper.Inventory.Name}");
                return new OperationEnd(await ProbeHand.RunAsync(hand, bench.Inventory, folder, options, request.Name, request.Title ?? request.Name, running.Say, ending).ConfigureAwait(false), null);
            }).ConfigureAwait(false);
        return OperationEndpoints.Accepted(operation.View);
    }
}

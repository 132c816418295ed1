using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using LabRunner.Station.Leases;
using LabRunner.Station.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Slots: what they do, and what is done to them.</summary>
internal static class SlotEndpoints
{
    private const double Day = 86_400;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/slots", (BenchKeeper keeper, LeaseDesk leases, Pool pool, OperationDesk operations) => SlotSight.All(keeper, leases, pool, operations))
            .Is("ListSlots", "Every slot at a glance.", Role.Look);
        api.MapGet("/slots/{slot}", (string slot, BenchKeeper keeper, LeaseDesk leases, Pool pool, OperationDesk operations) => SlotSight.All(keeper, leases, pool, operations).FirstOrDefault(s => s.Name == slot) is { } view
                ? Results.Ok(view) : NoSlot(slot, keeper))
            .Is("GetSlot", "One slot.", Role.Look).Produces<SlotView>();
        api.MapGet("/slots/{slot}/incidents", (string slot, BenchKeeper keeper) => Known(slot, keeper) ? Results.Ok(SlotSight.Incidents(keeper, slot)) : NoSlot(slot, keeper))
            .Is("ListSlotIncidents", "Incidents of a slot, newest first: since the bench was opened, and of the watches and runs before that are kept.", Role.Look).Produces<IReadOnlyList<IncidentView>>();
        api.MapGet("/slots/{slot}/events", (string slot, BenchKeeper keeper, AuditLog audit) => Known(slot, keeper) ? Results.Ok(SlotSight.Events(keeper, audit, slot)) : NoSlot(slot, keeper))
            .Is("ListSlotEvents", "Incidents, boots and acts of a slot in order: since the bench was opened, and of the watches and runs before; the last 500.", Role.Look).Produces<IReadOnlyList<EventView>>();
        api.MapGet("/slots/{slot}/samples", (string slot, double? seconds, BenchKeeper keeper) => Known(slot, keeper)
                ? Results.Ok(SlotSight.Samples(keeper, slot, TimeSpan.FromSeconds(EndpointFacts.Within(seconds ?? 600, 1, Day, "seconds")))) : NoSlot(slot, keeper))
            .Is("ListSlotSamples", "Heap, signal, voltage and power of a slot over the last seconds of run time (default 600), at most 2000 points.", Role.Look).Produces<IReadOnlyList<SampleView>>();
        api.MapPost("/slots/{slot}/power", PowerAsync).Produces<PowerSight>()
            .Is("SwitchPower", "Switch a slot's supply, confirmed by the device. Off cancels what is under way at the slot, but a long act: that is ended with DELETE /operations/ID.", Role.Switch, new PowerRequest("cycle", OffSeconds: 3, ForSeconds: 60, Why: "does it boot?"));
        api.MapGet("/slots/{slot}/power", async (string slot, BenchKeeper keeper, CancellationToken token) => Known(slot, keeper)
                ? Results.Ok(await PowerHand.LookAsync(keeper.Look(slot), null, token).ConfigureAwait(false)) : NoSlot(slot, keeper))
            .Is("ReadPower", "What the device, the sense line and the rail say of a supply; switches nothing.", Role.Look).Produces<PowerSight>();
        api.MapPost("/slots/{slot}/press", PressAsync).Produces<PressView>()
            .Is("PressButton", "Press a slot's button and see what the relay makes of it. Where it is off it gets power, and loses it again.", Role.Use, new PressRequest(LengthMs: 120, Why: "does the relay answer?"));
        api.MapPost("/slots/{slot}/inject", InjectAsync).Produces<InjectedSight>()
            .Is("InjectLoad", "Feed BL0937 pulses of a load; tells what was really programmed.", Role.Use, new InjectRequest(60, Volts: 230, ForSeconds: 30, Why: "calibration"));
        api.MapDelete("/slots/{slot}/inject", StopInjectAsync)
            .Is("StopInjecting", "Stop all pulses of a slot.", Role.Use).Produces(StatusCodes.Status204NoContent);
        api.MapGet("/slots/{slot}/meter", MeterAsync).Produces<MeterSight>()
            .Is("ReadMeter", "The plug's own reading beside a load (volts, amperes and watts as an injection told them).", Role.Look);
    }

    /// <summary>The bench has such a slot.</summary>
    public static bool Known(string slot, BenchKeeper keeper) => keeper.Inventory.Slots.Any(s => s.Name == slot);

    /// <summary>It has none.</summary>
    public static IResult NoSlot(string slot, BenchKeeper keeper) =>
        Problems.NotFound(keeper.Inventory.Lacking([slot])!);

    private static async Task<IResult> PowerAsync(string slot, PowerRequest request, HttpContext context, BenchKeeper keeper, CancellationToken token)
    {
        if (!Known(slot, keeper))
        {
            return NoSlot(slot, keeper);
        }

        if (request.State is not ("on" or "off" or "cycle") || (request.OffSeconds is not null && request.State != "cycle") || (request.ForSeconds is not null && request.State == "off"))
        {
            throw new UsageException("state is on, off or cycle; offSeconds is for cycle, forSeconds for on and cycle.");
        }

        TimeSpan off = TimeSpan.FromSeconds(EndpointFacts.Within(request.OffSeconds ?? 3, 0.1, 3600, "offSeconds"));
        TimeSpan? stays = request.ForSeconds is { } seconds ? TimeSpan.FromSeconds(EndpointFacts.Within(seconds, 0.1, Day, "forSeconds")) : null;
        ActionLog.Tell(context, $"power {request.State} of {slot}", request.Why);
        string owner = Caller.Of(context).Owner;
        if (request.State == "off")
        {
            return Results.Ok(await keeper.OffAsync(slot, owner, (hand, ending) => PowerHand.SwitchAsync(hand, PowerState.Off, ending), token).ConfigureAwait(false));
        }

        bool keeps = keeper.Inventory.Slots.First(s => s.Name == slot).KeepPower;
        return Results.Ok(await keeper.UseForAsync(
            slot, owner, BenchKeeper.PowerEnd, keeps ? null : stays,
            (hand, ending) => request.State == "cycle" ? PowerHand.CycleAsync(hand, off, ending) : PowerHand.SwitchAsync(hand, PowerState.On, ending),
            (hand, ending) => hand.SwitchAsync(false, ending),
            token).ConfigureAwait(false));
    }

    private static async Task<IResult> PressAsync(string slot, PressRequest request, HttpContext context, BenchKeeper keeper, CancellationToken token)
    {
        if (!Known(slot, keeper))
        {
            return NoSlot(slot, keeper);
        }

        PressOrder order = Order(request);
        ActionLog.Tell(context, string.Create(CultureInfo.InvariantCulture, $"press of {slot}, {order.Length.TotalMilliseconds:0.#} ms × {order.Count}{(order.AtPowerUp ? " at power-up" : "")}"), request.Why);
        PressSight sight = await keeper.UseAsync(
            slot, Caller.Of(context).Owner,
            async (hand, ending) =>
            {
                bool wasOff = hand.Slot.Power is { } power && await power.ReadStateAsync(ending).ConfigureAwait(false) != PowerState.On;
                if (wasOff && !Caller.Of(context).May(Role.Switch))
                {
                    throw new UsageException($"Slot {slot} is off, and a press there needs power, which is for the role 'switch'. Have it switched on first.");
                }

                try
                {
                    if (!order.AtPowerUp)
                    {
                        await HandReady.EnsureUpAsync(hand, _ => { }, ending).ConfigureAwait(false);
                    }

                    return await PressHand.RunAsync(hand, order, ending).ConfigureAwait(false);
                }
                finally
                {
                    if (wasOff && !hand.Slot.Entry.KeepPower)
                    {
                        await hand.SwitchAsync(false, CancellationToken.None).ConfigureAwait(false);
                    }
                }
            },
            token).ConfigureAwait(false);
        return Results.Ok(new PressView(slot, sight));
    }

    private static PressOrder Order(PressRequest request)
    {
        PressOrder usual = new();
        PressOrder order = usual with
        {
            Length = Milliseconds(request.LengthMs, usual.Length, 0.1, 600_000, "lengthMs"),
            Count = (int)EndpointFacts.Within(request.Count ?? 1, 1, 1000, "count"),
            Gap = Milliseconds(request.GapMs, usual.Gap, 0.1, 600_000, "gapMs"),
            BounceEdges = (int)EndpointFacts.Within(request.BounceEdges ?? 0, 0, 1000, "bounceEdges"),
            BounceEvery = Milliseconds(request.BounceEveryMs, usual.BounceEvery, 0.1, 1000, "bounceEveryMs"),
            AtPowerUp = request.AtPowerUp,
            Answer = Milliseconds(request.AnswerMs, usual.Answer, 0, 600_000, "answerMs"),
        };
        return order.BounceEdges % 2 == 0 && (order.Count > 1 ? 1 : 0) + (order.BounceEdges > 0 ? 1 : 0) + (order.AtPowerUp ? 1 : 0) <= 1
            ? order
            : throw new UsageException("count above 1, bounceEdges and atPowerUp are three kinds of press: choose one; bounceEdges is even.");
    }

    private static TimeSpan Milliseconds(double? value, TimeSpan usual, double from, double to, string name) =>
        value is { } ms ? TimeSpan.FromMilliseconds(EndpointFacts.Within(ms, from, to, name)) : usual;

    private static async Task<IResult> InjectAsync(string slot, InjectRequest request, HttpContext context, BenchKeeper keeper, CancellationToken token)
    {
        if (!Known(slot, keeper))
        {
            return NoSlot(slot, keeper);
        }

        LoadPoint load = new(
            EndpointFacts.Within(request.Volts ?? 230, 1, 1000, "volts"), EndpointFacts.Within(request.Watts, 0, 100_000, "watts"), EndpointFacts.Within(request.PowerFactor ?? 1, 0.01, 1, "powerFactor"));
        TimeSpan? stays = request.ForSeconds is { } seconds ? TimeSpan.FromSeconds(EndpointFacts.Within(seconds, 0.1, Day, "forSeconds")) : null;
        ActionLog.Tell(context, string.Create(CultureInfo.InvariantCulture, $"{load.Watts} W at {load.Volts} V, power factor {load.PowerFactor}, into {slot}"), request.Why);
        return Results.Ok(await keeper.UseForAsync(
            slot, Caller.Of(context).Owner, BenchKeeper.PulsesEnd, stays, (hand, ending) => new InjectHand(hand).EmitAsync(load, ending), InjectHand.StopAsync, token).ConfigureAwait(false));
    }

    private static async Task<IResult> StopInjectAsync(string slot, HttpContext context, BenchKeeper keeper, CancellationToken token)
    {
        if (!Known(slot, keeper))
        {
            return NoSlot(slot, keeper);
        }

        string owner = Caller.Of(context).Owner;
        ActionLog.Tell(context, $"pulses of {slot} stopped", null);

        // Forgotten while the slot is ours: who begins pulses next has an end of their own.
        await keeper.UseAsync(
            slot, owner,
            async (hand, ending) =>
            {
                await InjectHand.StopAsync(hand, ending).ConfigureAwait(false);
                keeper.Later(slot, BenchKeeper.PulsesEnd, null, owner, InjectHand.StopAsync);
            },
            token).ConfigureAwait(false);
        return Results.NoContent();
    }

    private static async Task<IResult> MeterAsync(string slot, double? volts, double? amperes, double? watts, BenchKeeper keeper, CancellationToken token)
    {
        if (!Known(slot, keeper))
        {
            return NoSlot(slot, keeper);
        }

        InjectedSight reference = new(
            [], EndpointFacts.Within(volts ?? 230, 0, 1000, "volts"), EndpointFacts.Within(amperes ?? 0, 0, 1000, "amperes"), EndpointFacts.Within(watts ?? 0, 0, 100_000, "watts"), true);
        return Results.Ok(await new InjectHand(keeper.Look(slot)).ReadAsync(reference, token).ConfigureAwait(false));
    }
}

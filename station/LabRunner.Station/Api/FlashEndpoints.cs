using System.Security.Cryptography;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>What stands in a chip's flash: looked at, copied, erased over the slot's UART.</summary>
internal static class FlashEndpoints
{
    /// <summary>Header by which a copy is compared where it arrives (RFC 9530).</summary>
    public const string DigestHeader = "Repr-Digest";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/slots/{slot}/flash/info", InfoAsync).Produces<OperationView>(StatusCodes.Status202Accepted)
            .Is("LookAtFlash", "Say what a slot's chip is and what stands in its flash: boot headers, partition table, firmware. The slot is switched off and on, and is off at the end. Goes on as an operation.", Role.Switch,
                new FlashInfoRequest(Why: "which firmware is this?"));
        api.MapPost("/slots/{slot}/flash/read", ReadAsync).Produces<OperationView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .Is("ReadFlash", "Copy a slot's flash, or a part of it, and compare the copy with the chip. Goes on as an operation; the copy is fetched from it once it is done.", Role.Switch,
                new FlashReadRequest(Why: "before build 228"));
        api.MapPost("/slots/{slot}/flash/erase", EraseAsync).Produces<OperationView>(StatusCodes.Status202Accepted)
            .Is("EraseFlash", "Erase sectors of a slot's flash, or all of it, and prove it; a BL602's radio calibration only where withFactory says so. Goes on as an operation.", Role.Switch,
                new FlashEraseRequest(0x1E9000, 0x8000, Yes: true, Why: "settings of another lab"));
        api.MapPost("/operations/{operation}/copy", Fetch).Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").WithMetadata(new AnswerIsNotKept())
            .Is("FetchFlashCopy", "Fetch the copy that ReadFlash made, once, within ten minutes: what you ordered yourself; an administrator: any. Its SHA-256 is in the header Repr-Digest. It is kept in memory alone, so that no Idempotency-Key is taken.", Role.Switch,
                new FetchCopyRequest("before build 228"));
    }

    private static async Task<IResult> InfoAsync(string slot, FlashInfoRequest request, HttpContext context, BenchKeeper keeper, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        FlashLink link = Link(slot, request.Flasher, request.Baud, keeper);
        ActionLog.Tell(context, $"look at the flash of {slot}", request.Why);
        link.DemandBuiltIn(FlashInfoWork.Verb, Entry(slot, keeper));
        return await BeginAsync(
            new OperationOrder(OperationKinds.FlashInfo, "is looking at", slot, Caller.Of(context).Owner, ActionLog.Why(context, request.Why), null, "chip and flash"), FlashInfoWork.Verb, link, keeper, desk,
            async (running, place, ending) => await FlashInfoWork.RunAsync(place, link, running.Say, running, ending).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task<IResult> ReadAsync(string slot, FlashReadRequest request, HttpContext context, BenchKeeper keeper, FlashCopies copies, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        FlashReadOrder order = new(Link(slot, request.Flasher, request.Baud, keeper), (uint)Bytes(request.From ?? 0, "from"), request.Length is { } length ? Bytes(length, "length") : null);
        string stretch = FlashLink.Stretch(order.From, order.Length);
        ActionLog.Tell(context, $"copy of {stretch} of {slot}", request.Why);
        order.Demand();
        long most = order.Length ?? FlashReadWork.MostBytes;
        copies.Demand(most);
        Caller caller = Caller.Of(context);
        return await BeginAsync(
            new OperationOrder(OperationKinds.FlashRead, "is reading", slot, caller.Owner, ActionLog.Why(context, request.Why), null, stretch), "flash read", order.Link, keeper, desk,
            async (running, place, ending) =>
            {
                using FlashCopies.Room room = copies.Take(most);
                FlashCopy copy = await FlashReadWork.RunAsync(place, order, running.Say, running, ending).ConfigureAwait(false);
                room.Keep(running.View.Id, caller, copy.Bytes);
                return copy.Sight;
            }).ConfigureAwait(false);
    }

    private static async Task<IResult> EraseAsync(string slot, FlashEraseRequest request, HttpContext context, BenchKeeper keeper, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        if (request.All ? request.From is not null || request.Length is not null : request.From is null || request.Length is null)
        {
            throw new UsageException("Say either all, or both from and length.");
        }

        FlashEraseOrder order = new(
            Link(slot, request.Flasher, request.Baud, keeper), (uint)Bytes(request.From ?? 0, "from"), request.Length is { } length ? Bytes(length, "length") : null, request.WithFactory);
        string stretch = FlashLink.Stretch(order.From, order.Length);
        ActionLog.Tell(context, $"erasure of {stretch} of {slot}{(order.WithFactory ? ", with its calibration" : "")}", request.Why);
        if (!request.Yes)
        {
            throw new UsageException($"This would erase {stretch} of the DUT for good. Say yes if that is meant; POST /api/v1/slots/{slot}/flash/read makes a copy first. Nothing was touched.");
        }

        order.Link.DemandBuiltIn(FlashEraseWork.Verb, Entry(slot, keeper));
        return await BeginAsync(
            new OperationOrder(OperationKinds.FlashErase, "is erasing", slot, Caller.Of(context).Owner, ActionLog.Why(context, request.Why), null, stretch), FlashEraseWork.Verb, order.Link, keeper, desk,
            async (running, place, ending) => await FlashEraseWork.RunAsync(place, order, running.Say, running, ending).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static IResult Fetch(string operation, FetchCopyRequest request, HttpContext context, OperationDesk desk, FlashCopies copies)
    {
        if (desk.Find(operation)?.View is not { } view)
        {
            return OperationEndpoints.None(operation);
        }

        ActionLog.Tell(context, $"copy of {view.Name} of {view.Slot} fetched (operation {view.Id})", request.Why);
        return copies.Lend(operation, Caller.Of(context), out FlashCopies.Loan? loan) switch
        {
            CopyAnswer.Lent => new CopyResult(loan!, $"{view.Slot}-flash.bin"),
            CopyAnswer.SomebodyElses => Problems.SomebodyElses($"Operation {view.Id} is {view.Owner}'s. Ask {view.Owner} or an administrator."),
            CopyAnswer.Busy => Problems.Refuse(StatusCodes.Status409Conflict, "copy", "It is being fetched", $"The copy of operation {view.Id} is handed out just now, and is handed out once."),
            _ => Problems.NotFound(
                view.Kind != OperationKinds.FlashRead ? $"Operation {view.Id} reads no flash: it has no copy."
                : view.State == OperationState.Running ? $"Operation {view.Id} is reading still. Fetch the copy when it is done."
                : $"Operation {view.Id} has no copy any more: it was fetched, has waited for {FlashCopies.KeptFor.TotalMinutes:0} minutes, or the station was started anew, and it is kept nowhere else. Read the flash again."),
        };
    }

    private static async Task<IResult> BeginAsync<T>(
        OperationOrder order, string verb, FlashLink link, BenchKeeper keeper, OperationDesk desk, Func<Operation, IFlashPlace, CancellationToken, Task<T>> work)
        where T : notnull
    {
        Operation operation = await desk.BeginAsync(
            order,
            async (running, bench, hand, ending) =>
            {
                keeper.Forget(order.Slot);
                return new OperationEnd(
                    await hand.AtFlashAsync(
                        verb, link.Flasher is not null, bench.Inventory, running.Folder, bench.SetTool, (place, token) => work(running, place, token), running.Say, ending).ConfigureAwait(false),
                    null);
            }).ConfigureAwait(false);
        return OperationEndpoints.Accepted(operation.View);
    }

    private static FlashLink Link(string slot, string? flasher, int? baud, BenchKeeper keeper) =>
        new(FlasherChoice.Of(Entry(slot, keeper), flasher), baud is { } speed ? (int)EndpointFacts.Within(speed, 1200, 4_000_000, "baud") : null);

    private static long Bytes(long value, string name) => (long)EndpointFacts.Within(value, 0, FlashReadWork.MostBytes, name);

    private static SlotEntry Entry(string slot, BenchKeeper keeper) => keeper.Inventory.Slots.First(s => s.Name == slot);

    /// <summary>Sends a copy; forgotten once it was sent whole.</summary>
    private sealed class CopyResult(FlashCopies.Loan loan, string name) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            using (loan)
            {
                HttpResponse response = httpContext.Response;
                (response.ContentType, response.ContentLength) = ("application/octet-stream", loan.Bytes.Length);
                response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
                response.Headers[DigestHeader] = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(loan.Bytes.Span))}:";
                await response.Body.WriteAsync(loan.Bytes, httpContext.RequestAborted).ConfigureAwait(false);

                // What is written to a connection that is gone arrives nowhere, and fails nowhere.
                httpContext.RequestAborted.ThrowIfCancellationRequested();
                loan.Done();
            }
        }
    }
}

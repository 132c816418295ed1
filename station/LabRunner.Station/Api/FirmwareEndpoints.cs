using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Images;
using LabRunner.Station.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Api;

/// <summary>Firmware files, and what writes them to slots: over the UART and over the network.</summary>
internal static class FirmwareEndpoints
{
    private const string Hash = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/images", (ImageShelf images) => images.All()).Is("ListImages", "Firmware files that the station keeps, newest first.", Role.Look);
        api.MapGet("/images/{image}", (string image, ImageShelf images) => images.Find(image) is { } found ? Results.Ok(found) : NoImage(image))
            .Is("GetImage", "One firmware file, by its SHA-256.", Role.Look).Produces<ImageView>();
        api.MapPost("/images", UploadAsync).Accepts<Stream>("application/octet-stream").Produces<ImageView>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity).ProducesProblem(StatusCodes.Status503ServiceUnavailable).WithMetadata(new LargestUpload())
            .Is("SendImage", "Send a firmware file, at most 16 MiB. It is recognised, kept under its SHA-256, and refused where it is no firmware (anyway=true keeps it all the same).", Role.Use);
        api.MapPost("/slots/{slot}/flash", FlashAsync).Produces<OperationView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .Is("FlashSlot", "Write a firmware file over a slot's UART, verify it and see it boot; BOOT is released and power off at the end. Goes on as an operation.", Role.Switch,
                new FlashOrderRequest(Hash, "OpenBL602_1.18.228.bin", ExpectVersion: "1.18.228", Why: "build 228"));
        api.MapPost("/slots/{slot}/ota", OtaAsync).Produces<OperationView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .Is("UpdateSlot", "Send an update over a slot's network, reboot, and compare build and settings; a slot that was off is off again. Goes on as an operation.", Role.Switch,
                new OtaRequest(Hash, "OpenBL602_1.18.228_OTA.bin.xz.ota", BytesPerSecond: 32_000, Why: "build 228"));
    }

    private static async Task<IResult> UploadAsync(Stream body, string? name, bool? anyway, HttpContext context, ImageShelf images, CancellationToken token)
    {
        using MemoryStream bytes = new();
        await body.CopyToAsync(bytes, token).ConfigureAwait(false);
        FirmwareImage image = FirmwareImage.Recognise(bytes.ToArray());
        string called = ImageShelf.Name(name);
        ActionLog.Tell(context, $"firmware file {called}, {image.File.Length} bytes, SHA-256 {image.Sha256}", null);
        if (image.Kind == ImageKind.Unknown && anyway != true)
        {
            throw new FlashFailedException("image", image.Problems.Count > 0 ? image.Problems[0] : "it is not known what this file is", "It is not kept; anyway=true keeps it all the same");
        }

        ImageView view = images.Add(image, called, Caller.Of(context).Owner);
        return Results.Created($"/api/v1/images/{view.Sha256}", view);
    }

    private static async Task<IResult> FlashAsync(string slot, FlashOrderRequest request, HttpContext context, BenchKeeper keeper, ImageShelf images, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        if (Find(request.Image, images) is not { } image || images.Find(request.Image) is not { } view)
        {
            return NoImage(request.Image);
        }

        SlotEntry entry = keeper.Inventory.Slots.First(s => s.Name == slot);
        FlashOrder order = new()
        {
            Image = image, Name = ImageShelf.Name(request.Name ?? view.Name), Flasher = FlasherChoice.Of(entry, request.Flasher), EraseSettings = request.EraseSettings,
            Force = request.Force, ExpectVersion = request.ExpectVersion,
            Baud = request.Baud is { } baud ? (int)EndpointFacts.Within(baud, 1200, 4_000_000, "baud") : null,
        };
        ActionLog.Tell(context, $"flash of {slot} with {order.Name}, SHA-256 {image.Sha256}", request.Why);

        // Before anything is begun, so that a wrong image costs nobody a power cycle.
        FlashJob.CheckImage(image, FlashHand.ChipOf(entry));
        string owner = Caller.Of(context).Owner;
        Operation operation = await desk.BeginAsync(
            new OperationOrder(OperationKinds.Flash, "is flashing", slot, owner, ActionLog.Why(context, request.Why), image.Sha256, order.Name),
            async (running, bench, hand, ending) => new OperationEnd(await WriteAsync(running, bench, hand, order, keeper, ending).ConfigureAwait(false), null)).ConfigureAwait(false);
        return OperationEndpoints.Accepted(operation.View);
    }

    private static async Task<FlashSight> WriteAsync(Operation operation, OpenBench bench, SessionSlot hand, FlashOrder order, BenchKeeper keeper, CancellationToken ending)
    {
        keeper.Forget(operation.View.Slot);
        return await hand.FlashAsync(bench.Inventory, operation.Folder, bench.SetTool, order, operation.Say, operation, ending).ConfigureAwait(false);
    }

    private static async Task<IResult> OtaAsync(string slot, OtaRequest request, HttpContext context, BenchKeeper keeper, ImageShelf images, OperationDesk desk)
    {
        if (!SlotEndpoints.Known(slot, keeper))
        {
            return SlotEndpoints.NoSlot(slot, keeper);
        }

        if (Find(request.Image, images) is not { } image || images.Find(request.Image) is not { } view)
        {
            return NoImage(request.Image);
        }

        OtaOrder order = new()
        {
            Image = image, Name = ImageShelf.Name(request.Name ?? view.Name), Sending = Sending(request), Expect = request.Expect, Anyway = request.Anyway,
        };
        ActionLog.Tell(context, $"update of {slot} with {order.Name}, SHA-256 {image.Sha256}", request.Why);
        OtaWork.Demand(order, keeper.Inventory.Slots.First(s => s.Name == slot));
        Operation operation = await desk.BeginAsync(
            new OperationOrder(OperationKinds.Ota, "is updating", slot, Caller.Of(context).Owner, ActionLog.Why(context, request.Why), image.Sha256, order.Name),
            async (running, _, hand, ending) =>
            {
                OtaSight sight = await UpdateAsync(running, hand, order, ending).ConfigureAwait(false);
                return new OperationEnd(sight, sight.Passed ? null : sight.Sentence);
            }).ConfigureAwait(false);
        return OperationEndpoints.Accepted(operation.View);
    }

    private static async Task<OtaSight> UpdateAsync(Operation operation, SessionSlot hand, OtaOrder order, CancellationToken ending)
    {
        bool wasOff = hand.Slot.Power is { } power && await power.ReadStateAsync(ending).ConfigureAwait(false) != PowerState.On;
        bool ended = false;
        try
        {
            OtaOrder told = order with { Sending = order.Sending with { Sent = new Uploaded(operation, order.Image.File.Length) } };
            OtaSight sight = await hand.UnderIntentAsync(IntentKinds.Ota, "update", () => OtaWork.RunAsync(hand, told, operation.Say, ending)).ConfigureAwait(false);
            ended = true;
            return sight;
        }
        finally
        {
            // An update that was cut leaves a plug that waits for its end until it is switched off.
            if ((wasOff || !ended) && hand.Slot.Power is not null && !hand.Slot.Entry.KeepPower)
            {
                await hand.SwitchAsync(false, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static OtaSending Sending(OtaRequest request)
    {
        OtaSending plain = OtaSending.Plain;
        OtaSending sending = new()
        {
            BytesPerSecond = request.BytesPerSecond,
            AbortAt = Point(request.AbortAt, "abortAt"),
            AbortBy = request.AbortBy,
            PauseAt = Point(request.StallAt, "stallAt"),
            PauseFor = request.StallSeconds is { } pause ? TimeSpan.FromSeconds(EndpointFacts.Within(pause, 0, 3600, "stallSeconds")) : plain.PauseFor,
            StallLimit = request.StallLimitSeconds is { } limit ? TimeSpan.FromSeconds(EndpointFacts.Within(limit, 0.001, 86_400, "stallLimitSeconds")) : plain.StallLimit,
            Framing = request.Framing,
            StatedLength = request.ContentLength,
        };
        return sending.Problem is { } problem ? throw new UsageException($"The upload cannot be sent so: {problem}.") : sending;
    }

    private static OtaPoint? Point(string? text, string name)
    {
        try
        {
            return text is null ? null : OtaPoint.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new UsageException($"{name}: {wrong.Message}.");
        }
    }

    private static FirmwareImage? Find(string? sha256, ImageShelf images) => sha256 is null ? null : images.Open(sha256);

    private static IResult NoImage(string? image) => Problems.NotFound($"There is no firmware file '{image}'. Send it first: POST /api/v1/images tells its SHA-256.");

    private sealed class Uploaded(Operation operation, long total) : IProgress<long>
    {
        public void Report(long value) => operation.Report(new FlashProgress("upload", value, total));
    }

    private sealed class LargestUpload : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => FirmwareImage.MostBytes;
    }
}

using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What is to be flashed, and how. Immutable.</summary>
public sealed record FlashOrder
{
    /// <summary>The image.</summary>
    public required FirmwareImage Image { get; init; }

    /// <summary>What the image is called, for people; never opened.</summary>
    public required string Name { get; init; }

    /// <summary>Flasher of others; null: the one of this program.</summary>
    public FlasherDefinition? Flasher { get; init; }

    /// <summary>Write settings and calibration of a whole-flash image too. Default false.</summary>
    public bool EraseSettings { get; init; }

    /// <summary>Write also what is right already. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>What the firmware prints at its start; null: the version that the image names.</summary>
    public string? ExpectVersion { get; init; }

    /// <summary>Speed of the link, baud; null: the fastest that works.</summary>
    public int? Baud { get; init; }

    /// <summary>The vendor's loader for a BL602; null: the inventory's.</summary>
    public string? Loader { get; init; }

    /// <summary>Given the whole flash before anything is erased; returns where it is kept. Null: no copy.</summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, Task<string>>? Backup { get; init; }
}

/// <summary>What flashing did.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Chip">The chip that answered; null where a program of others asked it.</param>
/// <param name="Flasher">Who wrote: built-in, or a name of hardware/flashers.</param>
/// <param name="BytesWritten">Bytes written.</param>
/// <param name="BytesSame">Bytes that were right already.</param>
/// <param name="Sha256">Of the image.</param>
/// <param name="Version">That the image names; null: none.</param>
/// <param name="ProvedBy">What vouches for the flash's contents.</param>
/// <param name="Banner">The line by which the new firmware told that it is up.</param>
/// <param name="Folder">Folder with the byte trace or the tool's output.</param>
public sealed record FlashSight(
    string Slot, ChipIdentity? Chip, string Flasher, long BytesWritten, long BytesSame, string Sha256, string? Version, string ProvedBy, string Banner, string Folder);

/// <summary>Flashes a slot from the image's check to the new firmware's first words: one order, whoever has opened the bench.</summary>
public static class FlashWork
{
    /// <summary>Checks, writes, verifies and sees the firmware boot. Power and BOOT afterwards are the place's.</summary>
    /// <param name="place">The slot.</param>
    /// <param name="order">What and how.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames; the flash may hold a part, and the same order goes on with it.</param>
    /// <exception cref="FlashFailedException">Any failure of chip, image or loader; stage "image": nothing was touched.</exception>
    /// <exception cref="UsageException">Slot, image and flasher do not go together; nothing was touched.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Port, power or strap failed.</exception>
    public static async Task<FlashSight> RunAsync(IFlashPlace place, FlashOrder order, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(order);
        FirmwareImage image = order.Image;
        FlashJob.CheckImage(image, FlashHand.ChipOf(place.Slot.Entry));
        say(string.Create(CultureInfo.InvariantCulture, $"{order.Name}: {image.KindText}, {image.File.Length:N0} bytes, version {image.Version ?? "not stated"}, SHA-256 {image.Sha256}"));
        (long written, long same, ChipIdentity? chip, string proof) = order.Flasher is { } flasher
            ? await ByToolAsync(place, order, flasher, say, progress, cancellationToken).ConfigureAwait(false)
            : await BuiltInAsync(place, order, say, progress, cancellationToken).ConfigureAwait(false);
        say(string.Create(CultureInfo.InvariantCulture, $"Verified by {proof}: {written:N0} bytes written, {same:N0} bytes were right already and left alone."));
        string banner = await FlashHand.BootAsync(place, order.ExpectVersion ?? image.Version, cancellationToken).ConfigureAwait(false);
        say($"The firmware is up: {banner}");
        say(order.Flasher is null ? $"Byte trace: {Path.Combine(place.Folder, "flash-trace.txt")}" : $"What the tool said: {Path.Combine(place.Folder, "flash-tool.txt")}");
        return new FlashSight(
            place.Slot.Entry.Name, chip, order.Flasher?.Flasher ?? FlasherLoader.BuiltIn, written, same, image.Sha256, image.Version, proof, banner, place.Folder);
    }

    /// <summary>How a slot is left after flashing, for people.</summary>
    public static string Ending(SlotEntry slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return slot.KeepPower ? "BOOT is released; power stays on (keepPower)." : "BOOT is released and power off.";
    }

    private static async Task<(long Written, long Same, ChipIdentity? Chip, string Proof)> BuiltInAsync(
        IFlashPlace place, FlashOrder order, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        FlashRequest request = new()
        {
            Image = order.Image,
            KeepSettings = !order.EraseSettings,
            Force = order.Force,
            Backup = order.Backup is not { } backup ? null : async (whole, token) => say($"Backup: {await backup(whole, token).ConfigureAwait(false)}"),
            BeforeErase = intent => Announce(place, order.Image, intent, say),
        };
        FlashOutcome outcome = await FlashHand.FlashAsync(place, order.Loader, order.Baud, request, say, progress, cancellationToken).ConfigureAwait(false);
        return (outcome.BytesWritten, outcome.BytesSame, outcome.Chip, outcome.Proof);
    }

    private static async Task<(long Written, long Same, ChipIdentity? Chip, string Proof)> ByToolAsync(
        IFlashPlace place, FlashOrder order, FlasherDefinition flasher, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        if (order.Backup is not null)
        {
            throw new UsageException($"--backup is not offered through {flasher.Flasher}: make a copy first with ./lab flash read.");
        }

        ToolRequest request = new() { Image = order.Image, KeepSettings = !order.EraseSettings, Baud = order.Baud, Version = order.ExpectVersion, Loader = order.Loader };
        ToolOutcome outcome = await ToolHand.FlashAsync(place, flasher, request, say, progress, cancellationToken).ConfigureAwait(false);
        return (outcome.BytesWritten, 0, null, outcome.Proof);
    }

    private static void Announce(IFlashPlace place, FirmwareImage image, FlashIntent intent, Action<string> say)
    {
        long writing = intent.Writes.Sum(w => (long)w.Data.Length);
        string parts = string.Join("; ", intent.Regions.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Name}, {r.Data.Length:N0} bytes at 0x{r.Address:X}")));
        say(string.Create(CultureInfo.InvariantCulture, $"Target: {parts}. {intent.BytesSame:N0} bytes are right already and are left alone."));
        say(writing == 0
            ? "Nothing is erased: the flash holds this image."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Erasing and writing {writing:N0} bytes: slot {place.Slot.Entry.Name}, {intent.Chip.Model.Text()} {intent.Chip.ChipId}, flash {intent.Chip.FlashBytes / 1024:N0} KiB, {image.KindText} {image.Version ?? "without version"}."));
    }
}

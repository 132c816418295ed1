using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What is to be copied out of a chip's flash. Immutable.</summary>
/// <param name="Link">How the chip is reached.</param>
/// <param name="From">First byte, 0 to <see cref="FlashReadWork.MostBytes"/>.</param>
/// <param name="Length">Bytes; null: up to the end of the flash.</param>
public sealed record FlashReadOrder(FlashLink Link, uint From = 0, long? Length = null)
{
    /// <summary>Refuses what cannot be read, before any chip is touched.</summary>
    /// <exception cref="UsageException">A program of others is to read up to the end, which it does not know.</exception>
    public void Demand()
    {
        if (Link.Flasher is { } flasher && Length is null)
        {
            throw new UsageException($"--length: how large the flash is, {flasher.Flasher} is not asked. Say how many bytes to read, for example --length 0x100000.");
        }
    }
}

/// <summary>What was copied.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="From">First byte.</param>
/// <param name="Bytes">How many.</param>
/// <param name="ProvedBy">What vouches for the copy; null: nothing but the tool that read it.</param>
/// <param name="Folder">Folder with the byte trace or the tool's output.</param>
public sealed record FlashReadSight(string Slot, long From, int Bytes, string? ProvedBy, string Folder);

/// <summary>A copy of a chip's flash: it may hold the plug's Wi-Fi password.</summary>
/// <param name="Sight">What it is of.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record FlashCopy(FlashReadSight Sight, byte[] Bytes);

/// <summary>Copies a slot's flash, or a part of it, and compares the copy with the chip: one order, whoever has opened the bench. Nothing of it is written to a file.</summary>
public static class FlashReadWork
{
    /// <summary>Largest copy: the largest flash of any of the chips.</summary>
    public const int MostBytes = FirmwareImage.MostBytes;

    /// <summary>Reads and compares.</summary>
    /// <param name="place">The slot.</param>
    /// <param name="order">What.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">Stage "range": the stretch is not within the flash; other stages: the chip failed, or the copy is not what stands there.</exception>
    /// <exception cref="UsageException">Slot, stretch and flasher do not go together; nothing was touched.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Port, power or strap failed.</exception>
    public static async Task<FlashCopy> RunAsync(IFlashPlace place, FlashReadOrder order, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(order);
        order.Demand();
        (byte[] bytes, string? proof) = order.Link.Flasher is { } flasher
            ? (await ToolHand.ReadAsync(place, flasher, order.From, (int)order.Length!, order.Link.Baud, say, progress, cancellationToken).ConfigureAwait(false), null)
            : await FlashHand.WithChipAsync(
                place, order.Link.Loader, order.Link.Baud, true, say, session => ReadAsync(session, order, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new FlashCopy(new FlashReadSight(place.Slot.Entry.Name, order.From, bytes.Length, proof, place.Folder), bytes);
    }

    private static async Task<(byte[] Bytes, string? Proof)> ReadAsync(IFlashSession session, FlashReadOrder order, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        (uint from, long count) = (order.From, order.Length ?? session.Chip.FlashBytes - (long)order.From);
        if (count is <= 0 or > MostBytes || from + count > session.Chip.FlashBytes)
        {
            throw new FlashFailedException(
                "range", $"0x{from:X} with a length of 0x{Math.Max(0, count):X} is not within the chip's flash, which ends at 0x{session.Chip.FlashBytes:X}", "Name a stretch within it; nothing was read");
        }

        byte[] bytes = await session.ReadAsync(from, (int)count, progress, cancellationToken).ConfigureAwait(false);
        return await session.HoldsAsync(from, bytes, progress, cancellationToken).ConfigureAwait(false)
            ? (bytes, session.Traits.Proof)
            : throw new FlashFailedException("verify", $"by {session.Traits.Proof}, what was read is not what stands there", "The line changes bytes: check wires and ground, or take a lower speed with --baud");
    }
}

using System.Globalization;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What is to be erased of a chip's flash. Immutable.</summary>
/// <param name="Link">How the chip is reached.</param>
/// <param name="From">First byte, on a sector's border.</param>
/// <param name="Length">Bytes, whole sectors; null: the whole flash.</param>
/// <param name="WithFactory">Erase a BL602's partition "factory" (radio calibration of this very plug) too where the stretch holds it. Default false.</param>
public sealed record FlashEraseOrder(FlashLink Link, uint From, long? Length, bool WithFactory = false);

/// <summary>What was erased.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="From">First byte.</param>
/// <param name="Bytes">How many.</param>
/// <param name="ProvedBy">What vouches for it.</param>
/// <param name="Folder">Folder with the byte trace.</param>
public sealed record FlashEraseSight(string Slot, long From, long Bytes, string ProvedBy, string Folder);

/// <summary>Erases sectors of a slot's flash and proves it: one order, whoever has opened the bench. Whether it is meant, the caller has asked.</summary>
public static class FlashEraseWork
{
    /// <summary>The verb, for messages.</summary>
    public const string Verb = "flash erase";

    /// <summary>Erases.</summary>
    /// <param name="place">The slot.</param>
    /// <param name="order">What.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames; a part is erased then.</param>
    /// <exception cref="FlashFailedException">Stage "range": the stretch cannot be or must not be erased, and nothing was; other stages: the chip failed.</exception>
    /// <exception cref="UsageException">The slot is flashed by a program of others, or there is no loader.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Port, power or strap failed.</exception>
    public static async Task<FlashEraseSight> RunAsync(IFlashPlace place, FlashEraseOrder order, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(say);
        order.Link.DemandBuiltIn(Verb, place.Slot.Entry);
        (long erased, string proof) = await FlashHand.WithChipAsync(
            place,
            order.Link.Loader,
            order.Link.Baud,
            true,
            say,
            async session =>
            {
                long count = order.Length ?? session.Chip.FlashBytes;
                await FlashErase.RunAsync(session, order.From, count, order.WithFactory, progress, cancellationToken).ConfigureAwait(false);
                return (count, session.Traits.Proof);
            },
            cancellationToken).ConfigureAwait(false);
        say(string.Create(CultureInfo.InvariantCulture, $"Erased {erased:N0} bytes from 0x{order.From:X}, proved by {proof}."));
        return new FlashEraseSight(place.Slot.Entry.Name, order.From, erased, proof, place.Folder);
    }
}

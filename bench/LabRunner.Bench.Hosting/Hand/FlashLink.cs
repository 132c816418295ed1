using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>By what a chip's flash is reached. Immutable.</summary>
/// <param name="Flasher">Flasher of others; null: the one of this program.</param>
/// <param name="Baud">Speed of the link, baud; null: the fastest that works.</param>
/// <param name="Loader">The vendor's loader for a BL602; null: the inventory's.</param>
public sealed record FlashLink(FlasherDefinition? Flasher = null, int? Baud = null, string? Loader = null)
{
    /// <summary>Refuses what the flashers of others do not offer.</summary>
    /// <param name="what">The verb: "flash info".</param>
    /// <param name="slot">The slot.</param>
    /// <exception cref="UsageException">The slot is flashed by a program of others.</exception>
    public void DemandBuiltIn(string what, SlotEntry slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        if (Flasher is not null)
        {
            throw new UsageException($"{what} is not offered through {Flasher.Flasher}, the flasher of slot {slot.Name}. Where this program knows the chip itself, say --flasher {FlasherLoader.BuiltIn}.");
        }
    }

    /// <summary>A stretch of flash, for people.</summary>
    /// <param name="from">First byte.</param>
    /// <param name="length">Bytes; null: up to the end.</param>
    public static string Stretch(long from, long? length) => (from, length) switch
    {
        (0, null) => "the whole flash",
        (_, null) => string.Create(CultureInfo.InvariantCulture, $"the flash from 0x{from:X}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{length:X} bytes from 0x{from:X}"),
    };
}

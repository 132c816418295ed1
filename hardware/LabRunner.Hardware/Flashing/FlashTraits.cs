using System.Globalization;

namespace LabRunner.Hardware.Flashing;

/// <summary>A stretch of flash that is never erased or written over the UART.</summary>
/// <param name="First">First address.</param>
/// <param name="Last">Last address, inclusive.</param>
/// <param name="Reason">Why, a clause: "it holds the boot loader that flashing itself needs".</param>
public sealed record ProtectedRange(uint First, uint Last, string Reason);

/// <summary>What a chip's flash allows, and how it is proved what it holds. Immutable.</summary>
public sealed record FlashTraits
{
    /// <summary>Smallest piece that can be erased, bytes. Default 4,096.</summary>
    public int SectorBytes { get; init; } = 4096;

    /// <summary>What is never erased or written; empty by default.</summary>
    public IReadOnlyList<ProtectedRange> Protected { get; init; } = [];

    /// <summary>What proves the contents, as a subject for messages: "the chip's SHA-256".</summary>
    public required string Proof { get; init; }

    /// <summary>Refuses a stretch that touches a protected one.</summary>
    /// <param name="stage">Stage of the failure: "image", "erase", "write".</param>
    /// <param name="address">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <exception cref="FlashFailedException">It touches one; the message says which and why.</exception>
    public void Demand(string stage, uint address, long length)
    {
        if (Protected.FirstOrDefault(range => address <= range.Last && address + length > range.First) is { } hit)
        {
            throw new FlashFailedException(
                stage,
                string.Create(CultureInfo.InvariantCulture, $"0x{address:X} to 0x{address + length - 1:X} touches 0x{hit.First:X} to 0x{hit.Last:X}, which is never erased or written: {hit.Reason}"),
                "Nothing was erased; take an image that begins after it");
        }
    }
}

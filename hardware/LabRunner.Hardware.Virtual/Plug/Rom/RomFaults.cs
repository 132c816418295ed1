namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>What can go wrong while a virtual plug is flashed. All off by default.</summary>
public sealed record RomFaults
{
    /// <summary>The ROM never answers: strap or wires not connected.</summary>
    public bool Silent { get; init; }

    /// <summary>Byte n (from 0) that reaches the chip is lost; null none.</summary>
    public long? DropReceivedByte { get; init; }

    /// <summary>Byte n (from 0) that the chip sends is lost; null none.</summary>
    public long? DropSentByte { get; init; }

    /// <summary>Byte n (from 0) that reaches the chip arrives with one bit flipped; null none.</summary>
    public long? FlipReceivedByte { get; init; }

    /// <summary>One bit of the n-th programmed byte stays wrong in flash; null none.</summary>
    public long? FlipProgrammedByte { get; init; }

    /// <summary>The n-th erase (from 0) says busy for ever; null none.</summary>
    public int? StallErase { get; init; }

    /// <summary>The supply fails when byte n (from 0) has reached the chip; null never.</summary>
    public long? CutPowerAtByte { get; init; }
}

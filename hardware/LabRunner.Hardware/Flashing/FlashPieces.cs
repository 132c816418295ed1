using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing;

/// <summary>
/// Regions of an image cut into pieces that are compared, and skipped or written, one by one: what a broken session wrote already is not
/// written again. Pure functions, thread safe.
/// </summary>
public static class FlashPieces
{
    /// <summary>Largest piece, bytes; pieces end on its multiples in flash, so that no two of one region share a sector.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <summary>Cuts regions at multiples of <see cref="PieceBytes"/>.</summary>
    /// <param name="regions">Regions.</param>
    /// <returns>Pieces in the order of the regions; each bears its region's name.</returns>
    public static IReadOnlyList<FlashRegion> Cut(IEnumerable<FlashRegion> regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        List<FlashRegion> pieces = [];
        foreach (FlashRegion region in regions)
        {
            for (long at = region.Address; at < region.End;)
            {
                long end = Math.Min(region.End, ((at / PieceBytes) + 1) * PieceBytes);
                pieces.Add(region with { Address = (uint)at, Data = region.Data.Slice((int)(at - region.Address), (int)(end - at)) });
                at = end;
            }
        }

        return pieces;
    }

    /// <summary>
    /// What must be written when some pieces differ: they, and all that stands in a sector which is erased for them.
    /// </summary>
    /// <param name="different">Pieces that differ.</param>
    /// <param name="all">All pieces.</param>
    /// <param name="sectorBytes">Smallest piece that can be erased.</param>
    public static IReadOnlyList<FlashRegion> WithNeighbours(IReadOnlyCollection<FlashRegion> different, IReadOnlyList<FlashRegion> all, int sectorBytes)
    {
        ArgumentNullException.ThrowIfNull(different);
        ArgumentNullException.ThrowIfNull(all);
        HashSet<FlashRegion> chosen = new(different, ReferenceEqualityComparer.Instance);
        int before;
        do
        {
            before = chosen.Count;
            foreach (FlashRegion piece in all.Where(piece => !chosen.Contains(piece)))
            {
                if (chosen.Any(other => ShareSector(piece, other, sectorBytes)))
                {
                    chosen.Add(piece);
                }
            }
        }
        while (chosen.Count > before);

        return [.. all.Where(chosen.Contains)];
    }

    /// <summary>Joins pieces of one region that follow each other, for long writes.</summary>
    /// <param name="pieces">Pieces that <see cref="Cut"/> made of <paramref name="regions"/>, in its order.</param>
    /// <param name="regions">The regions.</param>
    public static IReadOnlyList<FlashRegion> Join(IReadOnlyList<FlashRegion> pieces, IReadOnlyList<FlashRegion> regions)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(regions);
        List<FlashRegion> joined = [];
        foreach (FlashRegion piece in pieces)
        {
            FlashRegion region = regions.First(r => piece.Address >= r.Address && piece.End <= r.End);
            if (joined.Count > 0 && joined[^1] is var last && last.End == piece.Address && last.Address >= region.Address)
            {
                joined[^1] = last with { Data = region.Data.Slice((int)(last.Address - region.Address), last.Data.Length + piece.Data.Length) };
            }
            else
            {
                joined.Add(piece);
            }
        }

        return joined;
    }

    private static bool ShareSector(FlashRegion one, FlashRegion other, int sector) =>
        one.Address / sector <= (other.End - 1) / sector && other.Address / sector <= (one.End - 1) / sector;
}

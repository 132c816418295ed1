using System.Globalization;
using LabRunner.Hardware.Flashing.Plans;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing;

/// <summary>What a flash job is to do.</summary>
public sealed record FlashRequest
{
    /// <summary>The image.</summary>
    public required FirmwareImage Image { get; init; }

    /// <summary>Leave settings (PSM) and calibration (factory) as they are. Default true.</summary>
    public bool KeepSettings { get; init; } = true;

    /// <summary>Write also what is the same already. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>Called with the whole flash before anything is erased; null: no backup.</summary>
    public Func<ReadOnlyMemory<byte>, CancellationToken, Task>? Backup { get; init; }

    /// <summary>Told what will be written, before anything is erased; also when nothing will be. Null: nobody is told.</summary>
    public Action<FlashIntent>? BeforeErase { get; init; }
}

/// <summary>What a flash job is about to do.</summary>
/// <param name="Chip">The chip.</param>
/// <param name="Regions">Regions of the image.</param>
/// <param name="BytesSame">Bytes of them that are right already.</param>
/// <param name="Writes">What will be erased and written; empty when all is right already.</param>
public sealed record FlashIntent(ChipIdentity Chip, IReadOnlyList<FlashRegion> Regions, long BytesSame, IReadOnlyList<FlashRegion> Writes);

/// <summary>What a flash job did.</summary>
/// <param name="Chip">The chip.</param>
/// <param name="BytesWritten">Bytes written; 0 when all was the same already.</param>
/// <param name="RegionsSame">Regions that were the same already and were left alone.</param>
/// <param name="Regions">Regions of the image.</param>
/// <param name="Proof">What proved the contents, for messages.</param>
public sealed record FlashOutcome(ChipIdentity Chip, long BytesWritten, int RegionsSame, int Regions, string Proof)
{
    /// <summary>Bytes of the image that were right already and were left alone.</summary>
    public long BytesSame { get; init; }
}

/// <summary>
/// Writes an image to a chip and proves it: checks before it erases, skips what is the same piece by piece (so that a session that broke goes
/// on where it was by being run again), verifies by the means of the session. The same for every family: what its images are says its
/// <see cref="IFlashPlan"/>, what its flash allows its session.
/// </summary>
public static class FlashJob
{
    /// <summary>Refuses what must not go over a UART, before any chip is touched.</summary>
    /// <param name="image">The image.</param>
    /// <param name="chip">Chip of the slot's board.</param>
    /// <exception cref="FlashFailedException">Stage "image": wrong chip, OTA file, damaged file.</exception>
    public static void CheckImage(FirmwareImage image, ChipModel chip)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Kind == ImageKind.Unknown)
        {
            throw new FlashFailedException("image", image.Problems.Count > 0 ? image.Problems[0] : "it is not known what this file is", "Nothing was touched");
        }

        if (image.Chip != chip.Family())
        {
            throw new FlashFailedException("image", $"a {image.KindText} is not for a {chip.Text()} board", "Nothing was touched; take the image of the board's chip");
        }

        if (image.Kind is ImageKind.Bl602Ota or ImageKind.Bk7231Ota)
        {
            throw new FlashFailedException("image", $"a {image.KindText} goes over the network, not over the UART", "Nothing was touched; use ./lab ota SLOT FILE");
        }

        if (image.Problems.Count > 0)
        {
            throw new FlashFailedException("image", $"the {image.KindText} is damaged: {image.Problems[0]}", "Nothing was touched; fetch the file again");
        }

        FlashPlans.For(chip.Family())?.CheckImage(image, chip);
    }

    /// <summary>Writes and verifies.</summary>
    /// <param name="session">A chip in download mode.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames; the flash then holds a part, and the plug can be flashed again.</param>
    /// <exception cref="FlashFailedException">Any failure; never returned from with unverified flash.</exception>
    public static async Task<FlashOutcome> RunAsync(
        IFlashSession session, FlashRequest request, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(request);
        CheckImage(request.Image, session.Chip.Model);
        IReadOnlyList<FlashRegion> regions =
            [.. (await PlanOf(session.Chip.Model).RegionsAsync(session, request, cancellationToken).ConfigureAwait(false)).Where(region => region.Data.Length > 0)];
        CheckPlaces(session, regions);
        if (request.Backup is { } backup)
        {
            byte[] whole = await session.ReadAsync(0, session.Chip.FlashBytes, progress, cancellationToken).ConfigureAwait(false);
            await backup(whole, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<FlashRegion> pieces = FlashPieces.Cut(regions);
        IReadOnlyList<FlashRegion> different = request.Force ? pieces : await DifferentAsync(session, regions, pieces, progress, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<FlashRegion> toWrite = FlashPieces.Join(FlashPieces.WithNeighbours(different, pieces, session.Traits.SectorBytes), regions);
        long total = regions.Sum(r => (long)r.Data.Length);
        long writing = toWrite.Sum(r => (long)r.Data.Length);
        request.BeforeErase?.Invoke(new FlashIntent(session.Chip, regions, total - writing, toWrite));
        await WriteAsync(session, toWrite, progress, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(session, regions, total, progress, cancellationToken).ConfigureAwait(false);
        int same = regions.Count(region => !toWrite.Any(written => written.Address < region.End && written.End > region.Address));
        return new FlashOutcome(session.Chip, writing, same, regions.Count, session.Traits.Proof) { BytesSame = total - writing };
    }

    private static async Task<IReadOnlyList<FlashRegion>> DifferentAsync(
        IFlashSession session, IReadOnlyList<FlashRegion> regions, IReadOnlyList<FlashRegion> pieces, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        List<FlashRegion> different = [];
        long total = regions.Sum(r => (long)r.Data.Length);
        long done = 0;
        foreach (FlashRegion region in regions)
        {
            FlashRegion[] own = [.. pieces.Where(piece => piece.Address >= region.Address && piece.End <= region.End)];

            // Mostly a region is right as a whole or wrong from its start: one question answers the first, and is not asked in vain for the second.
            bool startIsRight = await session.HoldsAsync(own[0].Address, own[0].Data, new ProgressPart(progress, done, total, "compare"), cancellationToken).ConfigureAwait(false);
            if (!(startIsRight && (own.Length == 1 || await session.HoldsAsync(region.Address, region.Data, new ProgressPart(progress, done, total, "compare"), cancellationToken).ConfigureAwait(false))))
            {
                long within = own[0].Data.Length;
                if (!startIsRight)
                {
                    different.Add(own[0]);
                }

                foreach (FlashRegion piece in own.Skip(1))
                {
                    if (!await session.HoldsAsync(piece.Address, piece.Data, new ProgressPart(progress, done + within, total, "compare"), cancellationToken).ConfigureAwait(false))
                    {
                        different.Add(piece);
                    }

                    within += piece.Data.Length;
                }
            }

            done += region.Data.Length;
            progress?.Report(new FlashProgress("compare", done, total));
        }

        return different;
    }

    private static async Task WriteAsync(IFlashSession session, IReadOnlyList<FlashRegion> toWrite, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        // What shares a sector is erased once, and all is erased before anything is written.
        List<(uint From, int Length)> sectors = Sectors(toWrite, session.Traits.SectorBytes);
        long erasing = sectors.Sum(s => (long)s.Length);
        long erased = 0;
        foreach ((uint from, int length) in sectors)
        {
            await session.EraseAsync(from, length, new ProgressPart(progress, erased, erasing), cancellationToken).ConfigureAwait(false);
            erased += length;
        }

        long writing = toWrite.Sum(r => (long)r.Data.Length);
        long written = 0;
        foreach (FlashRegion region in toWrite)
        {
            await session.WriteAsync(region.Address, region.Data, new ProgressPart(progress, written, writing), cancellationToken).ConfigureAwait(false);
            written += region.Data.Length;
        }
    }

    private static async Task VerifyAsync(IFlashSession session, IReadOnlyList<FlashRegion> regions, long total, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        long done = 0;
        foreach (FlashRegion region in regions)
        {
            if (!await session.HoldsAsync(region.Address, region.Data, new ProgressPart(progress, done, total, "verify"), cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException(
                    "verify",
                    string.Create(CultureInfo.InvariantCulture, $"by {session.Traits.Proof}, {region.Name} at 0x{region.Address:X} ({region.Data.Length:N0} bytes) is not the image's"),
                    "A line error or worn flash: flash again, at a lower speed if it happens twice");
            }

            done += region.Data.Length;
            progress?.Report(new FlashProgress("verify", done, total));
        }
    }

    private static IFlashPlan PlanOf(ChipModel chip) => FlashPlans.For(chip.Family())
        ?? throw new FlashFailedException("image", $"where the parts of an image go on a {chip.Text()} is not known here", "Nothing was touched; flash it by its vendor's tool");

    private static void CheckPlaces(IFlashSession session, IReadOnlyList<FlashRegion> regions)
    {
        long end = regions.Max(r => r.End);
        if (end > session.Chip.FlashBytes)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the image reaches to 0x{end:X} and the chip's flash ends at 0x{session.Chip.FlashBytes:X}"),
                "Nothing was erased");
        }

        foreach ((uint from, int length) in Sectors(regions, session.Traits.SectorBytes))
        {
            session.Traits.Demand("image", from, length);
        }
    }

    private static List<(uint From, int Length)> Sectors(IReadOnlyList<FlashRegion> regions, int sector)
    {
        List<(uint From, int Length)> merged = [];
        foreach (FlashRegion region in regions.OrderBy(r => r.Address))
        {
            uint from = region.Address / (uint)sector * (uint)sector;
            long end = (region.End + sector - 1) / sector * sector;
            if (merged.Count > 0 && merged[^1].From + (long)merged[^1].Length >= from)
            {
                merged[^1] = (merged[^1].From, (int)(Math.Max(end, merged[^1].From + (long)merged[^1].Length) - merged[^1].From));
            }
            else
            {
                merged.Add((from, (int)(end - from)));
            }
        }

        return merged;
    }
}

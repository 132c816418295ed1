using System.Globalization;
using System.Security.Cryptography;
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
}

/// <summary>What a flash job did.</summary>
/// <param name="Chip">The chip.</param>
/// <param name="BytesWritten">Bytes written; 0 when all was the same already.</param>
/// <param name="RegionsSame">Regions that were the same already and were left alone.</param>
/// <param name="Regions">Regions of the image.</param>
public sealed record FlashOutcome(ChipIdentity Chip, long BytesWritten, int RegionsSame, int Regions);

/// <summary>
/// Writes an image to a chip and proves it: checks before it erases, skips what is the same, verifies by the chip's own hash. The same for
/// every family that a <see cref="IFlashSession"/> is there for.
/// </summary>
public static class FlashJob
{
    /// <summary>Regions of an image; a bare program needs the header that the chip carries.</summary>
    private const int SectorLength = Bl602Images.SectorLength;

    /// <summary>Refuses what must not go over a UART, before any chip is touched.</summary>
    /// <param name="image">The image.</param>
    /// <param name="family">Family of the slot's board.</param>
    /// <exception cref="FlashFailedException">Stage "image": wrong chip, OTA file, damaged file.</exception>
    public static void CheckImage(FirmwareImage image, ChipFamily family)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Kind == ImageKind.Unknown)
        {
            throw new FlashFailedException("image", image.Problems.Count > 0 ? image.Problems[0] : "it is not known what this file is", "Nothing was touched");
        }

        if (image.Chip != family)
        {
            throw new FlashFailedException("image", $"a {image.KindText} is not for a {family} board", "Nothing was touched; take the image of the board's chip");
        }

        if (image.Kind is ImageKind.Bl602Ota or ImageKind.Bk7231Ota)
        {
            throw new FlashFailedException("image", $"a {image.KindText} goes over the network, not over the UART", "Nothing was touched; use ./lab ota SLOT FILE");
        }

        if (image.Kind is ImageKind.Bl602RamLoader or ImageKind.Bl602Boot2)
        {
            throw new FlashFailedException("image", $"a {image.KindText} is no firmware", "Nothing was touched");
        }

        if (image.Problems.Count > 0)
        {
            throw new FlashFailedException("image", $"the {image.KindText} is damaged: {image.Problems[0]}", "Nothing was touched; fetch the file again");
        }
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
        CheckImage(request.Image, session.Chip.Family);
        IReadOnlyList<FlashRegion> regions = await RegionsAsync(session, request, cancellationToken).ConfigureAwait(false);
        await CheckPlacesAsync(session, regions, request, cancellationToken).ConfigureAwait(false);
        if (request.Backup is { } backup)
        {
            byte[] whole = await session.ReadAsync(0, session.Chip.FlashBytes, progress, cancellationToken).ConfigureAwait(false);
            await backup(whole, cancellationToken).ConfigureAwait(false);
        }

        List<FlashRegion> toWrite = [];
        foreach (FlashRegion region in regions)
        {
            if (request.Force || !await SameAsync(session, region, cancellationToken).ConfigureAwait(false))
            {
                toWrite.Add(region);
            }
        }

        // What shares a sector is erased once, and all is erased before anything is written.
        foreach ((uint from, int length) in Sectors(toWrite))
        {
            await session.EraseAsync(from, length, progress, cancellationToken).ConfigureAwait(false);
        }

        foreach (FlashRegion region in toWrite)
        {
            await session.WriteAsync(region.Address, region.Data, progress, cancellationToken).ConfigureAwait(false);
        }

        long done = 0;
        foreach (FlashRegion region in regions)
        {
            if (!await SameAsync(session, region, cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException(
                    "verify",
                    string.Create(CultureInfo.InvariantCulture, $"the chip's SHA-256 of {region.Name} at 0x{region.Address:X} ({region.Data.Length:N0} bytes) is not the image's"),
                    "A line error or worn flash: flash again, at a lower speed if it happens twice");
            }

            done += region.Data.Length;
            progress?.Report(new FlashProgress("verify", done, regions.Sum(r => (long)r.Data.Length)));
        }

        return new FlashOutcome(session.Chip, toWrite.Sum(r => (long)r.Data.Length), regions.Count - toWrite.Count, regions.Count);
    }

    private static async Task<IReadOnlyList<FlashRegion>> RegionsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken)
    {
        FirmwareImage image = request.Image;
        if (image.Kind != ImageKind.Bl602BareCode)
        {
            return Bl602Images.Regions(image, request.KeepSettings);
        }

        // The header's flash and clock settings belong to the board: the one on the chip is the only right source.
        byte[] onChip = await session.ReadAsync(Bl602Images.FirmwareAddress, BootHeader.Length, null, cancellationToken).ConfigureAwait(false);
        BootHeader? header = BootHeader.Read(onChip, out string? problem);
        if (header is null || problem is not null)
        {
            throw new FlashFailedException(
                "image",
                $"code without a boot header needs the header that the chip carries at 0x10000, and there {problem}",
                "Nothing was erased; write a whole-flash image once");
        }

        return
        [
            new FlashRegion("firmware header", Bl602Images.FirmwareAddress, header.ForCode(image.File.Span).Bytes.ToArray()),
            new FlashRegion("firmware code", Bl602Images.FirmwareAddress + BootHeader.CodeOffset, image.File),
        ];
    }

    private static async Task CheckPlacesAsync(
        IFlashSession session, IReadOnlyList<FlashRegion> regions, FlashRequest request, CancellationToken cancellationToken)
    {
        long end = regions.Max(r => r.End);
        if (end > session.Chip.FlashBytes)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the image reaches to 0x{end:X} and the chip's flash ends at 0x{session.Chip.FlashBytes:X}"),
                "Nothing was erased");
        }

        if (request.Image.Kind == ImageKind.Bl602WholeFlash)
        {
            return;
        }

        PartitionTable? best = null;
        foreach (uint address in PartitionTable.Addresses)
        {
            byte[] bytes = await session.ReadAsync(address, PartitionTable.MostBytes, null, cancellationToken).ConfigureAwait(false);
            PartitionTable? table = PartitionTable.Read(bytes, out _);
            best = table is not null && (best is null || table.Age > best.Age) ? table : best;
        }

        if (best?.Find("FW") is not { } firmware)
        {
            throw new FlashFailedException(
                "image", "the chip has no valid partition table with an entry FW, so that firmware alone would not start", "Nothing was erased; write a whole-flash image once");
        }

        if (firmware.AddressOf(firmware.ActiveSlot) != Bl602Images.FirmwareAddress)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the chip boots its firmware from 0x{firmware.AddressOf(firmware.ActiveSlot):X}, not from 0x{Bl602Images.FirmwareAddress:X}"),
                "Nothing was erased; write a whole-flash image once");
        }

        if (end - firmware.Address0 > firmware.MaxLength0)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the firmware takes {end - firmware.Address0:N0} bytes and its partition has {firmware.MaxLength0:N0}"),
                "Nothing was erased");
        }
    }

    private static async Task<bool> SameAsync(IFlashSession session, FlashRegion region, CancellationToken cancellationToken)
    {
        byte[] onChip = await session.Sha256Async(region.Address, region.Data.Length, cancellationToken).ConfigureAwait(false);
        return onChip.AsSpan().SequenceEqual(SHA256.HashData(region.Data.Span));
    }

    private static List<(uint From, int Length)> Sectors(IReadOnlyList<FlashRegion> regions)
    {
        List<(uint From, int Length)> merged = [];
        foreach (FlashRegion region in regions.OrderBy(r => r.Address))
        {
            uint from = region.Address / SectorLength * SectorLength;
            long end = (region.End + SectorLength - 1) / SectorLength * SectorLength;
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

using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What is asked of a flashing program of others.</summary>
public sealed record ToolRequest
{
    /// <summary>The image.</summary>
    public required FirmwareImage Image { get; init; }

    /// <summary>Leave settings and calibration as they are. Default true.</summary>
    public bool KeepSettings { get; init; } = true;

    /// <summary>Speed, baud; null: its definition's.</summary>
    public int? Baud { get; init; }

    /// <summary>Version that the new firmware must name at its start; null: the image's own.</summary>
    public string? Version { get; init; }

    /// <summary>The vendor's loader for the built-in flasher, which then proves what the tool wrote; null: the inventory's.</summary>
    public string? Loader { get; init; }
}

/// <summary>What a flashing program of others did, and what proved it.</summary>
/// <param name="Flasher">Name.</param>
/// <param name="ToolVersion">Its version; null where it tells none.</param>
/// <param name="BytesWritten">Bytes handed to it.</param>
/// <param name="Proof">What the bench checked afterwards, as a subject for messages.</param>
public sealed record ToolOutcome(string Flasher, string? ToolVersion, long BytesWritten, string Proof);

/// <summary>
/// Flashes the DUT of one slot by a program of others. Its word is not taken for the flash's contents: they are read back and compared, or
/// proved by the flasher of this program; where neither can be, a version is waited for that the DUT did not name before.
/// </summary>
public static class ToolHand
{
    private const int SectorBytes = 4096;

    /// <summary>Writes the image and checks what stands in flash then.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="flasher">The program's definition.</param>
    /// <param name="request">What to do.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Kills the program; the flash may hold a part.</param>
    /// <exception cref="UsageException">The slot, the image and the program do not go together; nothing was touched.</exception>
    /// <exception cref="FlashFailedException">The program failed, or the check afterwards.</exception>
    /// <exception cref="BenchFaultException">Port, power or strap failed, or the program is missing.</exception>
    public static async Task<ToolOutcome> FlashAsync(
        IFlashPlace bench, FlasherDefinition flasher, ToolRequest request, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<FlashRegion> regions = Regions(bench.Slot.Entry, flasher, request);
        Proof proof = ProofOf(bench, flasher, request);
        if (proof == Proof.Version && await NamesAlreadyAsync(bench, Wanted(request)!, say, cancellationToken).ConfigureAwait(false))
        {
            throw new UsageException(
                $"The DUT names version {Wanted(request)} already, {flasher.Flasher} reads nothing back, and no flash loader is configured: whether the image was written could not be told. "
                + "Name the vendor's loader with --loader FILE, or flash with --flasher built-in.");
        }

        ToolSlot slot = await ToolSlot.OpenAsync(bench, flasher, say, cancellationToken).ConfigureAwait(false);
        await using (slot.ConfigureAwait(false))
        {
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"About to write by {flasher.Flasher} over {slot.Node}: {string.Join("; ", regions.Select(r => $"{r.Name}, {r.Data.Length:N0} bytes at 0x{r.Address:X}"))}. Checked afterwards by {Text(proof, flasher)}."));
            for (int i = 0; i < regions.Count; i++)
            {
                string file = Path.Combine(bench.Folder, string.Create(CultureInfo.InvariantCulture, $"flash-part-{i + 1}.bin"));
                await KeepAsync(file, regions[i].Data, cancellationToken).ConfigureAwait(false);
                await slot.Tool.WriteAsync(
                    new ToolStretch(file, regions[i].Address, regions[i].Data.Length), request.Baud ?? flasher.Baud, progress, cancellationToken).ConfigureAwait(false);
                File.Delete(file);
            }

            if (proof == Proof.ReadBack)
            {
                foreach (FlashRegion region in regions)
                {
                    await CompareAsync(slot, flasher, request, region, progress, cancellationToken).ConfigureAwait(false);
                }
            }

            await slot.TakePortBackAsync(cancellationToken).ConfigureAwait(false);
        }

        if (proof == Proof.BuiltIn)
        {
            await FlashHand.WithChipAsync(bench, request.Loader, null, false, say, session => HoldsAsync(session, flasher, regions, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        return new ToolOutcome(flasher.Flasher, slot.Version, regions.Sum(r => (long)r.Data.Length), Text(proof, flasher));
    }

    /// <summary>Reads a stretch of flash by a program of others.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="flasher">The program's definition.</param>
    /// <param name="address">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="baud">Speed, baud; null: its definition's.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <returns>The bytes as the program read them; nothing else vouches for them.</returns>
    /// <inheritdoc cref="FlashAsync" path="/exception"/>
    public static async Task<byte[]> ReadAsync(
        IFlashPlace bench, FlasherDefinition flasher, uint address, int length, int? baud, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        if (flasher.Read is null)
        {
            throw new UsageException($"{flasher.Flasher} reads nothing back.");
        }

        ToolSlot slot = await ToolSlot.OpenAsync(bench, flasher, say, cancellationToken).ConfigureAwait(false);
        await using (slot.ConfigureAwait(false))
        {
            byte[] bytes = await ReadAsync(slot, address, length, baud ?? flasher.Baud, progress, cancellationToken).ConfigureAwait(false);
            await slot.TakePortBackAsync(cancellationToken).ConfigureAwait(false);
            return bytes;
        }
    }

    private static async Task KeepAsync(string file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file, bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException full)
        {
            throw new BenchFaultException(FaultKind.Storage, file, $"what the tool is to write cannot be handed to it: {full.Message.TrimEnd('.')}", "Make room on this disk, or name a folder on another by --out", full);
        }
    }

    private static string? Wanted(ToolRequest request) => request.Version ?? request.Image.Version;

    private static string Text(Proof proof, FlasherDefinition flasher) => proof switch
    {
        Proof.ReadBack => $"{flasher.Flasher}'s reading it back, compared here",
        Proof.BuiltIn => "the chip's own hash, asked by this program",
        _ => "the version that the firmware names at its start, which it did not name before",
    };

    private static IReadOnlyList<FlashRegion> Regions(SlotEntry entry, FlasherDefinition flasher, ToolRequest request)
    {
        FirmwareImage image = request.Image;
        string chip = entry.Board.Description.Chip;
        if (!FlasherLoader.Serves(flasher, chip))
        {
            throw new UsageException($"{flasher.Flasher} does not serve a {chip}, the chip of slot {entry.Name}; it serves {string.Join(", ", flasher.Chips)}.");
        }

        if (!FlasherLoader.Takes(flasher, image.Kind))
        {
            throw new FlashFailedException("image", $"{flasher.Flasher} is not used for a {image.KindText}", $"Nothing was touched; it takes {string.Join(", ", flasher.Images)}");
        }

        if (!flasher.Pieces && request.KeepSettings && image.Kind == ImageKind.Bl602WholeFlash)
        {
            throw new UsageException($"{flasher.Flasher} writes the whole image, settings and calibration included. Say --erase-settings if that is meant, or flash with --flasher built-in.");
        }

        return ImagePlaces.Of(image, ChipModels.Parse(chip), request.KeepSettings && flasher.Pieces)
            ?? throw new FlashFailedException("image", $"where a {image.KindText} goes can be told only with the chip's own contents", "Nothing was touched; flash with --flasher built-in");
    }

    private static Proof ProofOf(IFlashPlace bench, FlasherDefinition flasher, ToolRequest request)
    {
        if (flasher.Read is not null)
        {
            return Proof.ReadBack;
        }

        if (FlashHand.CanConnect(bench, request.Loader))
        {
            return Proof.BuiltIn;
        }

        return Wanted(request) is not null
            ? Proof.Version
            : throw new UsageException(
                $"{flasher.Flasher} reads nothing back and the image names no version: whether it was written could not be told. Say --expect-version TEXT, what the firmware prints at its start.");
    }

    private static async Task<bool> NamesAlreadyAsync(IFlashPlace bench, string version, Action<string> say, CancellationToken cancellationToken)
    {
        say($"Looking whether the DUT names version {version} already.");
        try
        {
            await FlashHand.BootAsync(bench, version, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (FlashFailedException)
        {
            return false;
        }
    }

    private static async Task CompareAsync(
        ToolSlot slot, FlasherDefinition flasher, ToolRequest request, FlashRegion region, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] read = await ReadAsync(slot, region.Address, region.Data.Length, request.Baud ?? flasher.Baud, progress, cancellationToken).ConfigureAwait(false);
        int wrong = region.Data.Span.CommonPrefixLength(read);
        if (wrong < region.Data.Length)
        {
            throw new FlashFailedException(
                "verify",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{flasher.Flasher} said that it wrote {region.Name}, and what it reads back is not that: the first other byte is at 0x{region.Address + wrong:X} (SHA-256 read {Convert.ToHexStringLower(SHA256.HashData(read))}, wanted {Convert.ToHexStringLower(SHA256.HashData(region.Data.Span))})"),
                "A line error, worn flash or a tool that does not write: flash again, at a lower speed if it happens twice");
        }
    }

    private static async Task<byte[]> ReadAsync(
        ToolSlot slot, uint address, int length, int baud, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        // Flash holds a plug's Wi-Fi password, which must not lie on a disk that nobody named for it.
        using MemoryFile file = new("flash-read");

        // Whole sectors: what a tool compares by the chip's CRC, some chips count in pages.
        int whole = (int)(((address + (long)length + SectorBytes - 1) / SectorBytes * SectorBytes) - address);
        await slot.Tool.ReadAsync(new ToolStretch(file.Path, address, whole), baud, progress, cancellationToken).ConfigureAwait(false);
        return file.Length == whole
            ? file.Read(length)
            : throw new FlashFailedException(
                "tool",
                string.Create(CultureInfo.InvariantCulture, $"the tool said that it read {whole:N0} bytes, and its file has {file.Length:N0}"),
                "What it said is in flash-tool.txt of the run folder");
    }

    private static async Task<bool> HoldsAsync(
        IFlashSession session, FlasherDefinition flasher, IReadOnlyList<FlashRegion> regions, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (FlashRegion region in regions)
        {
            if (!await session.HoldsAsync(region.Address, region.Data, progress, cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException(
                    "verify",
                    string.Create(CultureInfo.InvariantCulture, $"{flasher.Flasher} said that it wrote {region.Name}, and by {session.Traits.Proof} that is not what stands at 0x{region.Address:X}"),
                    "A line error, worn flash or a tool that does not write: flash again, at a lower speed if it happens twice, or with --flasher built-in");
            }
        }

        return true;
    }

    private enum Proof
    {
        ReadBack,
        BuiltIn,
        Version,
    }
}

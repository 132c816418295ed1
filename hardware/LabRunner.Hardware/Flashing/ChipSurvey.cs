using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing;

/// <summary>What stands at a place of flash.</summary>
/// <param name="Name">"boot2", "firmware".</param>
/// <param name="Address">Where, bytes.</param>
/// <param name="Contents">What was recognised there; its problems say what is wrong.</param>
public sealed record ChipContents(string Name, uint Address, FirmwareImage Contents);

/// <summary>What a chip is and what stands in its flash.</summary>
/// <param name="Chip">The chip.</param>
/// <param name="Table">Partition table that counts; null where the family has none, or none is valid.</param>
/// <param name="Contents">What was found.</param>
/// <param name="Problems">What is wrong beside the contents' own problems.</param>
public sealed record ChipReport(ChipIdentity Chip, PartitionTable? Table, IReadOnlyList<ChipContents> Contents, IReadOnlyList<string> Problems);

/// <summary>Looks what a chip carries; changes nothing.</summary>
public static class ChipSurvey
{
    /// <summary>Reads and recognises. A BL602 is asked for boot headers, partition table and firmware; of others the whole flash is read.</summary>
    /// <param name="session">A chip in download mode.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">The chip did not answer properly.</exception>
    public static async Task<ChipReport> LookAsync(IFlashSession session, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Chip.Model != ChipModel.Bl602)
        {
            byte[] flash = await session.ReadAsync(0, session.Chip.FlashBytes, progress, cancellationToken).ConfigureAwait(false);
            FirmwareImage found = FirmwareImage.Recognise(flash);
            return found.Kind == ImageKind.Unknown
                ? new ChipReport(session.Chip, null, [], ["what stands in its flash is nothing that is known"])
                : new ChipReport(session.Chip, null, [new ChipContents("flash", 0, found)], []);
        }

        List<string> problems = [];
        byte[] start = await session.ReadAsync(0, (int)Bl602Images.FirmwareAddress, progress, cancellationToken).ConfigureAwait(false);
        List<ChipContents> contents = [];
        if (BootHeader.Read(start, out string? noBoot2) is not { } boot2)
        {
            problems.Add($"at 0x0, where boot2 should be: {noBoot2}");
        }
        else
        {
            contents.Add(new ChipContents("boot2", 0, Bl602Recognition.Boot2(start.AsMemory(0, (int)PartitionTable.Addresses[0]), boot2, noBoot2)));
        }

        PartitionTable? table = PartitionTable.Find(start, out string? wrong);
        if (wrong is not null)
        {
            problems.Add(wrong);
        }

        uint address = table?.Find("FW") is { } entry ? entry.AddressOf(entry.ActiveSlot) : Bl602Images.FirmwareAddress;
        byte[] head = address + (long)BootHeader.CodeOffset <= session.Chip.FlashBytes
            ? await session.ReadAsync(address, BootHeader.CodeOffset, progress, cancellationToken).ConfigureAwait(false)
            : [];
        BootHeader? header = BootHeader.Read(head, out string? noFirmware);
        if (header is null || header.CodeLength > session.Chip.FlashBytes - address - BootHeader.CodeOffset)
        {
            problems.Add($"at 0x{address:X}, where the firmware should be: {noFirmware ?? "its header states more code than the flash holds"}");
        }
        else
        {
            byte[] code = await session.ReadAsync(address + BootHeader.CodeOffset, header.CodeLength, progress, cancellationToken).ConfigureAwait(false);
            contents.Add(new ChipContents("firmware", address, FirmwareImage.Recognise(new ReadOnlyMemory<byte>([.. head, .. code]))));
        }

        return new ChipReport(session.Chip, table, contents, problems);
    }

    /// <summary>The partition table of a BL602 that counts; null where none is valid.</summary>
    internal static async Task<PartitionTable?> TableAsync(IFlashSession session, CancellationToken cancellationToken)
    {
        PartitionTable? best = null;
        foreach (uint address in PartitionTable.Addresses)
        {
            byte[] bytes = await session.ReadAsync(address, PartitionTable.MostBytes, null, cancellationToken).ConfigureAwait(false);
            PartitionTable? table = PartitionTable.Read(bytes, out _);
            best = table is not null && (best is null || table.Age > best.Age) ? table : best;
        }

        return best;
    }
}

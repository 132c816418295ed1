using System.Globalization;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing;

/// <summary>Erases a stretch of a chip's flash and proves it, but what a plug cannot get back.</summary>
public static class FlashErase
{
    /// <summary>Where OpenBL602's 2 MiB layout has "factory", for a chip whose partition tables cannot be read.</summary>
    private const uint UsualFactory = 0x1F8000;

    /// <summary>Erases.</summary>
    /// <param name="session">A chip in download mode.</param>
    /// <param name="address">First byte, on a sector's border.</param>
    /// <param name="length">Bytes, whole sectors.</param>
    /// <param name="withFactory">Erase calibration too where the stretch holds it.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames; a part is erased then.</param>
    /// <exception cref="FlashFailedException">Stage "range": the stretch cannot be or must not be erased, and nothing was; other stages: the chip failed.</exception>
    public static async Task RunAsync(
        IFlashSession session, uint address, long length, bool withFactory, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        int sector = session.Traits.SectorBytes;
        if (length <= 0 || address % sector != 0 || length % sector != 0)
        {
            uint from = address / (uint)sector * (uint)sector;
            long end = (address + Math.Max(1, length) + sector - 1) / sector * sector;
            throw Refused(
                $"0x{address:X} with a length of 0x{length:X} is no run of whole sectors of {sector} bytes", $"The sectors around it are --from 0x{from:X} --length 0x{end - from:X}");
        }

        if (address + length > session.Chip.FlashBytes)
        {
            throw Refused($"0x{address:X} with a length of 0x{length:X} reaches beyond the chip's flash, which ends at 0x{session.Chip.FlashBytes:X}", "Name a stretch within it");
        }

        session.Traits.Demand("range", address, length);
        if (!withFactory && session.Chip.Model == ChipModel.Bl602)
        {
            (uint first, long end, string how) = await FactoryAsync(session, cancellationToken).ConfigureAwait(false);
            if (address < end && address + length > first)
            {
                throw Refused(
                    $"the stretch holds 0x{first:X} to 0x{end - 1:X}, {how}: this plug's own radio calibration, which no image can give back",
                    address < first ? $"Erase --from 0x{address:X} --length 0x{first - address:X}, or make a backup (./lab flash read) and say --with-factory" : "Make a backup (./lab flash read) and say --with-factory if it must go");
            }
        }

        await session.EraseAsync(address, checked((int)length), progress, cancellationToken).ConfigureAwait(false);
        byte[] ones = new byte[FlashPieces.PieceBytes];
        ones.AsSpan().Fill(0xFF);
        for (long done = 0; done < length;)
        {
            int count = (int)Math.Min(ones.Length, length - done);
            if (!await session.HoldsAsync((uint)(address + done), ones.AsMemory(0, count), new ProgressPart(progress, done, length, "verify"), cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException(
                    "verify", string.Create(CultureInfo.InvariantCulture, $"by {session.Traits.Proof}, 0x{address + done:X} to 0x{address + done + count - 1:X} is not erased"), "Worn flash, or a write lock: try again, then change the chip");
            }

            done += count;
            progress?.Report(new FlashProgress("verify", done, length));
        }
    }

    private static async Task<(uint First, long End, string How)> FactoryAsync(IFlashSession session, CancellationToken cancellationToken)
    {
        PartitionTable? table = await ChipSurvey.TableAsync(session, cancellationToken).ConfigureAwait(false);
        return table?.Find("factory") is { } factory
            ? (factory.Address0, factory.Address0 + (long)factory.MaxLength0, "the partition 'factory'")
            : (UsualFactory, session.Chip.FlashBytes, "where 'factory' usually is (the chip has no partition table that tells)");
    }

    private static FlashFailedException Refused(string problem, string check) => new("range", problem, check + "; nothing was erased");
}

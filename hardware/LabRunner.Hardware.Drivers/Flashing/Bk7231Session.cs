using System.Buffers.Binary;
using System.Globalization;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>A BK7231 in download mode.</summary>
internal sealed class Bk7231Session : IFlashSession
{
    private const int Sector = 4096;
    private const int Block = 64 * 1024;
    private const int CrcPage = 256;
    private const int CrcPiece = 256 * 1024;
    private const int ReadAttempts = 4;

    private readonly FlashWiring _wiring;
    private readonly Bk7231Wire _wire;
    private readonly Bk7231Status? _status;
    private readonly bool _isLoader;
    private readonly Bk7231Commands _commands;
    private bool _crc;

    private Bk7231Session(FlashWiring wiring, Bk7231Wire wire, ChipIdentity chip, Bk7231Status? status)
    {
        (_wiring, _wire, _status, Chip) = (wiring, wire, status, chip);
        _isLoader = chip.Model != ChipModel.Bk7231N;
        _commands = new Bk7231Commands(wire, _isLoader);
    }

    public ChipIdentity Chip { get; }

    public FlashTraits Traits => new()
    {
        SectorBytes = Sector,
        Proof = _crc ? "the chip's CRC-32" : "reading back",
        Protected = _isLoader
            ? [new ProtectedRange(0, BekenImages.ApplicationAddress - 1, "it holds the boot loader that answers over the UART; without it nothing can be flashed any more")]
            : [],
    };

    /// <summary>Size and settings of the flash, and how this chip counts a CRC's range.</summary>
    public static async Task<Bk7231Session> OpenAsync(FlashWiring wiring, Bk7231Wire wire, ChipModel model, string id, CancellationToken cancellationToken)
    {
        Bk7231Status? status = null;
        ChipIdentity chip = new(model, id, Bk7231Commands.LoaderFlashBytes, "not told by this boot loader", wire.Line.Baud);
        if (model == ChipModel.Bk7231N)
        {
            status = await Bk7231Status.OpenAsync(wire, cancellationToken).ConfigureAwait(false);
            chip = chip with { FlashId = status.FlashId, FlashBytes = status.FlashBytes };
        }

        Bk7231Session session = new(wiring, wire, chip, status);
        try
        {
            await session.CheckRangesAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<byte[]> ReadAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] all = new byte[length];
        int done = 0;
        while (done < length)
        {
            // A sector's answer has no check sum: each piece is compared by the chip's CRC, and read again when it differs.
            uint from = address + (uint)done;
            int count = (int)Math.Min(length - done, Block - (from % Block));
            uint first = from / Sector * Sector;
            int whole = (int)(((from + (uint)count + Sector - 1) / Sector * Sector) - first);
            byte[] piece = await ReadWholeAsync(first, whole, cancellationToken).ConfigureAwait(false);
            piece.AsSpan((int)(from - first), count).CopyTo(all.AsSpan(done));
            done += count;
            progress?.Report(new FlashProgress("read", done, length));
        }

        return all;
    }

    public async Task EraseAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        if (address % Sector != 0 || length % Sector != 0 || length <= 0)
        {
            throw new ArgumentException("Flash is erased in whole sectors of 4,096 bytes.", nameof(length));
        }

        Traits.Demand("erase", address, length);
        await _commands.UnlockAsync(cancellationToken).ConfigureAwait(false);
        long end = address + (long)length;
        for (long at = address; at < end;)
        {
            bool block = at % Block == 0 && end - at >= Block;
            await _commands.EraseAsync(block ? Bk7231Commands.Erase64K : Bk7231Commands.Erase4K, (uint)at, cancellationToken).ConfigureAwait(false);
            at += block ? Block : Sector;
            progress?.Report(new FlashProgress("erase", at - address, length));
        }
    }

    public async Task WriteAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        Traits.Demand("write", address, data.Length);
        if (_commands.Locked)
        {
            throw new FlashFailedException("write", "this chip locks its flash with each CRC and unlocks it with an erase", "Erase the sectors first");
        }

        for (int at = 0; at < data.Length;)
        {
            uint sector = (address + (uint)at) / Sector * Sector;
            int offset = (int)(address + (uint)at - sector);
            int count = Math.Min(Sector - offset, data.Length - at);

            // Ones change nothing in flash, and nothing need be sent for a sector of ones: whether it is erased, the CRC tells.
            if (data.Span.Slice(at, count).IndexOfAnyExcept((byte)0xFF) >= 0)
            {
                byte[] payload = new byte[4 + Sector];
                payload.AsSpan().Fill(0xFF);
                BinaryPrimitives.WriteUInt32LittleEndian(payload, sector);
                data.Slice(at, count).CopyTo(payload.AsMemory(4 + offset));
                await _commands.WriteAsync(sector, payload, count == Sector, cancellationToken).ConfigureAwait(false);
            }

            at += count;
            progress?.Report(new FlashProgress("write", at, data.Length));
        }
    }

    public async Task<bool> HoldsAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        // T and U count whole pages of 256 bytes: what is left over is read back.
        int byCrc = !_crc || (_isLoader && address % CrcPage != 0) ? 0 : _isLoader ? data.Length / CrcPage * CrcPage : data.Length;
        for (int at = 0; at < byCrc;)
        {
            int count = Math.Min(CrcPiece, byCrc - at);
            if (await _commands.CrcAsync(address + (uint)at, count, cancellationToken).ConfigureAwait(false) != Crc.Beken32(data.Span.Slice(at, count)))
            {
                return false;
            }

            at += count;
        }

        if (byCrc == data.Length)
        {
            return true;
        }

        byte[] rest = await ReadAsync(address + (uint)byCrc, data.Length - byCrc, byCrc > 0 ? null : progress, cancellationToken).ConfigureAwait(false);
        return rest.AsSpan().SequenceEqual(data.Span[byCrc..]);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_status is not null && !_commands.Gone)
            {
                await _status.RestoreAsync(CancellationToken.None).ConfigureAwait(false);
            }

            // As every host does: three times, because nothing answers it.
            for (int i = 0; i < 3; i++)
            {
                await _wire.SendAsync(0x0E, new byte[] { 0xA5 }, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or TimeoutException or FlashFailedException)
        {
            // The port is gone or stuck: there is nobody to tell, and what was done before said so already.
        }

        if (_wiring.Reset is { } reset)
        {
            await reset.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The N's ROM counts the last byte of a CRC's range in, boot loaders do not: which it is here, is measured and compared, because the
    /// wrong one means that this is another chip than it says.
    /// </summary>
    private async Task CheckRangesAsync(CancellationToken cancellationToken)
    {
        byte[] sector = await _commands.ReadAsync(_commands.OnWire(BekenImages.ApplicationAddress), cancellationToken).ConfigureAwait(false);
        if (_isLoader)
        {
            byte[] low = await _commands.ReadAsync(BekenImages.ApplicationAddress, cancellationToken).ConfigureAwait(false);
            if (!low.AsSpan().SequenceEqual(sector))
            {
                throw new FlashFailedException("chip", "this chip's flash is not the 2 MiB that every known boot loader of its kind has", "Nothing was touched");
            }
        }

        uint from = _commands.OnWire(BekenImages.ApplicationAddress);
        byte[]? answer = await _commands.CrcOnceAsync(from, from + CrcPage, null, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            await _commands.FindAgainAsync("chip", cancellationToken).ConfigureAwait(false);
            return;
        }

        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(answer);
        bool inclusive = crc == Crc.Beken32(sector.AsSpan(0, CrcPage + 1));
        bool exclusive = crc == Crc.Beken32(sector.AsSpan(0, CrcPage));
        if (_isLoader ? !exclusive : !inclusive)
        {
            throw new FlashFailedException(
                "chip",
                inclusive || exclusive ? $"the chip says {Chip.Model.Text()} and counts a CRC's range as another one does" : "the chip's CRC is not that of its flash as read",
                "Nothing was touched; the line may lose bytes, or this is another chip");
        }

        _crc = true;
    }

    private async Task<byte[]> ReadWholeAsync(uint address, int length, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            byte[] piece = new byte[length];
            for (int at = 0; at < length; at += Sector)
            {
                byte[] sector = await _commands.ReadAsync(_commands.OnWire(address + (uint)at), cancellationToken).ConfigureAwait(false);
                sector.CopyTo(piece, at);
            }

            if (!_crc || await _commands.CrcAsync(address, length, cancellationToken).ConfigureAwait(false) == Crc.Beken32(piece))
            {
                return piece;
            }
        }

        throw Bk7231Commands.Lost("read", string.Create(CultureInfo.InvariantCulture, $"what is read at 0x{address:X} has not the chip's CRC, {ReadAttempts} times"));
    }
}

using System.Buffers.Binary;
using System.Globalization;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// The commands of a BK7231's download mode that touch its flash, each asked again after finding the chip anew: all of them may be repeated.
/// </summary>
/// <param name="wire">The frames.</param>
/// <param name="isLoader">True: a boot loader in flash answers (T, U), false: the N's mask ROM.</param>
internal sealed class Bk7231Commands(Bk7231Wire wire, bool isLoader)
{
    /// <summary>Size code of an erase: a sector of 4 KiB.</summary>
    public const byte Erase4K = 0x20;

    /// <summary>Size code of an erase: a block of 64 KiB.</summary>
    public const byte Erase64K = 0xD8;

    private const int Sector = 4096;
    private const int Attempts = 4;

    // Every known boot loader of T and U stands in 2 MiB of flash and does not read its identification.
    /// <summary>Flash of T and U.</summary>
    public const int LoaderFlashBytes = 2 << 20;

    // A slow chip hashes 200,000 bytes a second; bk7231tools reckons with 400,000.
    private const double CrcBytesPerSecond = 200_000;

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EraseLimit = TimeSpan.FromSeconds(3);

    /// <summary>A boot loader has locked its flash: nothing is written before an erase that follows a link check.</summary>
    public bool Locked { get; private set; }

    /// <summary>The chip answers no more, not even a run of link checks.</summary>
    public bool Gone { get; private set; }

    public static FlashFailedException Lost(string stage, string what) =>
        new(stage, what, "The line loses bytes, or the chip was reset: check wires, ground and supply, or take a lower speed with --baud") { LinkLost = true };

    /// <summary>Where an address is asked for: boot loaders do not read below 0x11000, but show the same flash again above its end.</summary>
    public uint OnWire(uint address) => isLoader ? address + LoaderFlashBytes : address;

    /// <summary>Reads 4,096 bytes at an address as it goes over the wire.</summary>
    public async Task<byte[]> ReadAsync(uint address, CancellationToken cancellationToken)
    {
        byte[] asked = Words(address);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Bk7231Answer? answer = await wire.AskLongAsync(0x09, asked, 16 + Sector, Answer, cancellationToken).ConfigureAwait(false);
            if (answer is { Status: 0, Data.Length: 4 + Sector } read && read.Data.AsSpan(0, 4).SequenceEqual(asked))
            {
                return read.Data[4..];
            }

            await FindAgainAsync("read", cancellationToken).ConfigureAwait(false);
        }

        throw Lost("read", string.Create(CultureInfo.InvariantCulture, $"0x{address:X} could not be read"));
    }

    /// <summary>CRC-32 of a stretch, without final inversion.</summary>
    public async Task<uint> CrcAsync(uint address, int length, CancellationToken cancellationToken)
    {
        uint from = OnWire(address);
        uint end = from + (uint)length - (isLoader ? 0u : 1u);
        TimeSpan limit = Answer + TimeSpan.FromSeconds(length / CrcBytesPerSecond);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (await CrcOnceAsync(from, end, limit, cancellationToken).ConfigureAwait(false) is { } answer)
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(answer);
            }

            await FindAgainAsync("verify", cancellationToken).ConfigureAwait(false);
        }

        throw Lost("verify", string.Create(CultureInfo.InvariantCulture, $"no CRC of 0x{address:X} and {length:N0} bytes came"));
    }

    /// <summary>One question for a CRC between two addresses as they go over the wire; null when no answer came.</summary>
    public async Task<byte[]?> CrcOnceAsync(uint from, uint end, TimeSpan? limit, CancellationToken cancellationToken)
    {
        Locked = isLoader;
        byte[]? answer = await wire.AskShortAsync(0x10, Words(from, end), limit ?? Answer, cancellationToken).ConfigureAwait(false);
        return answer is { Length: 4 } ? answer : null;
    }

    /// <summary>After a CRC, a boot loader takes an erase as permission to write only when a link check came before it.</summary>
    public async Task UnlockAsync(CancellationToken cancellationToken)
    {
        if (Locked)
        {
            await FindAgainAsync("erase", cancellationToken).ConfigureAwait(false);
            Locked = false;
        }
    }

    /// <summary>Erases one sector or block.</summary>
    public async Task EraseAsync(byte size, uint address, CancellationToken cancellationToken)
    {
        uint place = OnWire(address);
        byte[] asked = [size, .. Words(place)];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Bk7231Answer? answer = await wire.AskLongAsync(0x0F, asked, 16, EraseLimit, cancellationToken).ConfigureAwait(false);
            if (answer is { Status: 0, Data.Length: 5 } erased)
            {
                if (erased.Data.AsSpan().SequenceEqual(asked))
                {
                    return;
                }

                // Frames have no check sum: a bit that changed on the line erases something else. The chip says what.
                throw new FlashFailedException(
                    "erase",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"asked to erase 0x{place:X}, the chip says that it erased 0x{BinaryPrimitives.ReadUInt32LittleEndian(erased.Data.AsSpan(1)):X} (size {erased.Data[0]:X2}) because the line changed a bit"),
                    "What stood there is gone: check wires and ground, take a lower speed, write everything again");
            }

            await FindAgainAsync("erase", cancellationToken).ConfigureAwait(false);
        }

        throw Lost("erase", string.Create(CultureInfo.InvariantCulture, $"0x{address:X} could not be erased"));
    }

    /// <summary>Programs one sector.</summary>
    /// <param name="sector">Its address.</param>
    /// <param name="payload">Four bytes for the address, and 4,096 of data.</param>
    /// <param name="whole">True: all of the sector is this data, so that it may be erased again.</param>
    /// <param name="cancellationToken">Gives the answer up.</param>
    public async Task WriteAsync(uint sector, byte[] payload, bool whole, CancellationToken cancellationToken)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(payload, OnWire(sector));
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Bk7231Answer? answer = await wire.AskLongAsync(0x07, payload, 16, Answer, cancellationToken).ConfigureAwait(false);
            if (answer is { Status: 0, Data.Length: 4 } written && written.Data.AsSpan().SequenceEqual(payload.AsSpan(0, 4)))
            {
                return;
            }

            // A frame that lost a byte may have been filled up by the next one and written shifted. Only zeros can be added to that, so
            // that the sector is erased again, unless another part of it is somebody else's; then the proof decides.
            await FindAgainAsync("write", cancellationToken).ConfigureAwait(false);
            if (whole)
            {
                await EraseAsync(Erase4K, sector, cancellationToken).ConfigureAwait(false);
            }
        }

        throw Lost("write", string.Create(CultureInfo.InvariantCulture, $"the sector at 0x{sector:X} was not written, {Attempts} times"));
    }

    /// <summary>Finds the chip again.</summary>
    /// <exception cref="FlashFailedException">It does not answer.</exception>
    public async Task FindAgainAsync(string stage, CancellationToken cancellationToken)
    {
        Gone = !await wire.ResyncAsync(cancellationToken).ConfigureAwait(false);
        if (Gone)
        {
            throw Lost(stage, "the chip does not answer any more");
        }
    }

    private static byte[] Words(params ReadOnlySpan<uint> words)
    {
        byte[] bytes = new byte[4 * words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return bytes;
    }
}

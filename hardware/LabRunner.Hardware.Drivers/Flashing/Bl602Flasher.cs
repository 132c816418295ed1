using System.Globalization;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// Flashes a BL602 over its UART: BOOT high, power, sync with the boot ROM, the vendor's loader into RAM, sync at full speed
/// (ISP document of Bouffalo Lab, "602_isp").
/// </summary>
/// <param name="loader">The vendor's flash loader, as shipped with its tools; never part of this repository.</param>
/// <param name="speeds">Speeds to try with the loader, baud, best first. Between 970,000 and 2,000,000 only multiples of 500,000 work.</param>
public sealed class Bl602Flasher(RamLoader loader, IReadOnlyList<int>? speeds = null) : IFlasher
{
    private const int DataPiece = 4080;
    private const int Attempts = 3;

    // The ROM's clock is an RC oscillator: no more than 500,000.
    private static readonly int[] RomSpeeds = [500_000, 115_200];
    private static readonly int[] LoaderSpeeds = [2_000_000, 921_600, 460_800, 115_200];

    // A cut shorter than this may not be one for a chip with buffered supply.
    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RomForgets = TimeSpan.FromSeconds(2.2);
    private static readonly TimeSpan LoaderStarts = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public ChipFamily Family => ChipFamily.Bl602;

    /// <inheritdoc/>
    public async Task<IFlashSession> ConnectAsync(FlashWiring wiring, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wiring);
        if (wiring.Boot is null || (wiring.Power is null && wiring.Reset is null))
        {
            throw new FlashFailedException(
                "sync", $"slot {wiring.Slot} has no {(wiring.Boot is null ? "boot strap" : "power switch or reset line")}", "A BL602 enters its boot ROM only with BOOT high while power or reset comes");
        }

        Bl602Wire wire = new(wiring.Port, wiring.Clock);
        try
        {
            await EnterRomAsync(wiring, cancellationToken).ConfigureAwait(false);
            byte[] identity = await LoadAsync(wire, wiring.Clock, cancellationToken).ConfigureAwait(false);
            await Task.Delay(LoaderStarts, wiring.Clock, cancellationToken).ConfigureAwait(false);
            await SyncAsync(
                wire, speeds ?? LoaderSpeeds, "flash loader", "The loader does not start: is it built for this crystal (plugs have 40 MHz)", cancellationToken).ConfigureAwait(false);
            byte[] jedec = (await AskAsync(wire, 0x36, default, true, "loader", cancellationToken).ConfigureAwait(false)).Data;
            return new Bl602Session(wiring, wire, Describe(identity, jedec, wire.Baud));
        }
        catch
        {
            await wiring.Boot.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private const string NoRomCheck =
        "BOOT not high at power-on, TX and RX swapped, no power, or another chip. In download mode a BL602 draws 5 to 7 mA";

    internal static async Task<Bl602Answer> AskAsync(
        Bl602Wire wire, byte command, ReadOnlyMemory<byte> payload, bool hasData, string stage, CancellationToken cancellationToken)
    {
        Bl602Answer? answer = await wire.AskAsync(command, payload, hasData, Answer, Answer, cancellationToken).ConfigureAwait(false);
        return answer switch
        {
            null => throw new FlashFailedException(
                stage, string.Create(CultureInfo.InvariantCulture, $"no proper answer to command {command:X2}"), "The line loses bytes, or the chip was reset: check wires, ground and supply, or take a lower speed with --baud") { LinkLost = true },
            { Ok: false } => throw new FlashFailedException(
                stage,
                string.Create(CultureInfo.InvariantCulture, $"the chip refused command {command:X2}: {Bl602Wire.Meaning(answer.Value.Code)}"),
                "See the byte trace of this session"),
            _ => answer.Value,
        };
    }

    private static async Task EnterRomAsync(FlashWiring wiring, CancellationToken cancellationToken)
    {
        await wiring.Boot!.SetAsync(true, cancellationToken).ConfigureAwait(false);
        if (wiring.Power is { } power)
        {
            await power.CycleAsync(OffTime, wiring.Clock, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await wiring.Reset!.SetAsync(true, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Settle, wiring.Clock, cancellationToken).ConfigureAwait(false);
            await wiring.Reset.SetAsync(false, cancellationToken).ConfigureAwait(false);
        }

        await Task.Delay(Settle, wiring.Clock, cancellationToken).ConfigureAwait(false);
    }

    private static async Task SyncAsync(Bl602Wire wire, IReadOnlyList<int> speeds, string partner, string check, CancellationToken cancellationToken)
    {
        foreach (int speed in speeds)
        {
            await wire.SetBaudAsync(speed, cancellationToken).ConfigureAwait(false);
            for (int attempt = 0; attempt < 3; attempt++)
            {
                if (await wire.SyncAsync(TimeSpan.FromMilliseconds(300), cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
        }

        throw new FlashFailedException("sync", $"the {partner} did not answer at {string.Join(" or ", speeds.Select(s => s.ToString("N0", CultureInfo.InvariantCulture)))} baud", check);
    }

    private static ChipIdentity Describe(byte[] identity, byte[] jedec, int baud)
    {
        if (identity.Length < 20 || jedec.Length < 3)
        {
            throw new FlashFailedException("loader", "the chip's identification is too short", "The line loses bytes: check wires and ground");
        }

        // Capacity is a power of two; 128 KiB to 16 MiB exist.
        if (jedec[2] is < 0x11 or > 0x18)
        {
            throw new FlashFailedException(
                "loader", $"the flash does not identify itself ({Convert.ToHexString(jedec.AsSpan(0, 3))})", "Flash chip not connected, or settings of another board");
        }

        string mac = string.Join(':', identity.Skip(12).Take(6).Reverse().Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));
        return new ChipIdentity(ChipModel.Bl602, mac, 1 << jedec[2], Convert.ToHexString(jedec.AsSpan(0, 3)), baud);
    }

    /// <summary>
    /// Syncs with the ROM and has it run the loader. The ROM forgets everything after 2 s of silence, which a damaged frame or a host that was
    /// held up brings about: then all of it is done again.
    /// </summary>
    /// <returns>The ROM's boot information.</returns>
    private async Task<byte[]> LoadAsync(Bl602Wire wire, TimeProvider clock, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            await SyncAsync(wire, RomSpeeds, "boot ROM", NoRomCheck, cancellationToken).ConfigureAwait(false);
            try
            {
                byte[] identity = (await AskAsync(wire, 0x10, default, true, "loader", cancellationToken).ConfigureAwait(false)).Data;
                await LoadOnceAsync(wire, cancellationToken).ConfigureAwait(false);
                return identity;
            }
            catch (FlashFailedException lost) when (lost.LinkLost && attempt < Attempts)
            {
                await Task.Delay(RomForgets, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task LoadOnceAsync(Bl602Wire wire, CancellationToken cancellationToken)
    {
        await AskAsync(wire, 0x11, loader.Header.Bytes.ToArray(), false, "loader", cancellationToken).ConfigureAwait(false);
        foreach (RamSegment segment in loader.Segments)
        {
            await AskAsync(wire, 0x17, segment.Header, true, "loader", cancellationToken).ConfigureAwait(false);
            for (int at = 0; at < segment.Data.Length; at += DataPiece)
            {
                ReadOnlyMemory<byte> piece = segment.Data.Slice(at, Math.Min(DataPiece, segment.Data.Length - at));
                await AskAsync(wire, 0x18, piece, false, "loader", cancellationToken).ConfigureAwait(false);
            }
        }

        await AskAsync(wire, 0x19, default, false, "loader", cancellationToken).ConfigureAwait(false);
        await AskAsync(wire, 0x1A, default, false, "loader", cancellationToken).ConfigureAwait(false);
    }
}

using System.Globalization;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>Identification and status register of a BK7231N's flash: sectors are unprotected for the session and protected again after it.</summary>
internal sealed class Bk7231Status
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1);

    // A status register is written in about 10 ms.
    private static readonly TimeSpan WriteTime = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] Registers = [0x05, 0x35];

    private readonly Bk7231Wire _wire;
    private readonly int _bytes;
    private readonly int _before;

    private Bk7231Status(Bk7231Wire wire, string id, int bytes, int before) => (_wire, FlashId, _bytes, _before) = (wire, id, bytes, before);

    /// <summary>JEDEC identification in hexadecimal.</summary>
    public string FlashId { get; }

    /// <summary>Size of the flash.</summary>
    public int FlashBytes => 1 << Convert.FromHexString(FlashId)[2];

    /// <summary>Identifies the flash and lifts its protection.</summary>
    /// <exception cref="FlashFailedException">Stage "chip": no answer, an unknown flash, or a register that does not change.</exception>
    public static async Task<Bk7231Status> OpenAsync(Bk7231Wire wire, CancellationToken cancellationToken)
    {
        byte[] answer = await AskAsync(wire, 0x0E, [0x9F, 0, 0, 0], a => a.Length == 4, "identification of the flash", cancellationToken).ConfigureAwait(false);
        string id = Convert.ToHexString(answer.AsSpan(1));
        if (Bk7231FlashChips.StatusBytes(id) is not { } bytes)
        {
            throw new FlashFailedException(
                "chip", $"the flash {id} is not known, so that its protection cannot be lifted safely", "Nothing was touched; add it to Bk7231FlashChips after its data sheet");
        }

        int before = await ReadAsync(wire, bytes, cancellationToken).ConfigureAwait(false);
        Bk7231Status status = new(wire, id, bytes, before);
        if ((before & Bk7231FlashChips.Protection) != 0)
        {
            await status.WriteAsync(before & ~Bk7231FlashChips.Protection, cancellationToken).ConfigureAwait(false);
        }

        return status;
    }

    /// <summary>Sets the protection as it was found; nothing is sent where there was none.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if ((_before & Bk7231FlashChips.Protection) != 0)
        {
            // One try: a chip without power or a broken line must not hold the end up.
            await _wire.AskLongAsync(0x0D, Value(_before), 16, Answer, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<int> ReadAsync(Bk7231Wire wire, int bytes, CancellationToken cancellationToken)
    {
        int value = 0;
        for (int i = 0; i < bytes; i++)
        {
            byte register = Registers[i];
            byte[] answer = await AskAsync(wire, 0x0C, [register], a => a.Length == 2 && a[0] == register, "status register", cancellationToken).ConfigureAwait(false);
            value |= answer[1] << (8 * i);
        }

        return value;
    }

    private static async Task<byte[]> AskAsync(
        Bk7231Wire wire, byte command, byte[] data, Func<byte[], bool> fits, string what, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 3; attempt++)
        {
            Bk7231Answer? answer = await wire.AskLongAsync(command, data, 16, Answer, cancellationToken).ConfigureAwait(false);
            if (answer is { Status: 0 } good && fits(good.Data))
            {
                return good.Data;
            }

            if (!await wire.ResyncAsync(cancellationToken).ConfigureAwait(false))
            {
                break;
            }
        }

        throw new FlashFailedException("chip", $"the chip does not tell the {what}", "The line loses bytes: check wires, ground and supply");
    }

    private byte[] Value(int value) => _bytes == 1 ? [0x01, (byte)value] : [0x01, (byte)value, (byte)(value >> 8)];

    private async Task WriteAsync(int value, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 4; attempt++)
        {
            await _wire.AskLongAsync(0x0D, Value(value), 16, Answer, cancellationToken).ConfigureAwait(false);
            await Task.Delay(WriteTime, _wire.Line.Clock, cancellationToken).ConfigureAwait(false);
            int now = await ReadAsync(_wire, _bytes, cancellationToken).ConfigureAwait(false);
            if ((now & Bk7231FlashChips.Protection) == (value & Bk7231FlashChips.Protection))
            {
                return;
            }
        }

        throw new FlashFailedException(
            "chip",
            string.Create(CultureInfo.InvariantCulture, $"the protection of the flash {FlashId} cannot be lifted (status register 0x{_before:X})"),
            "Nothing was touched; its write-protect pin may be wired");
    }
}

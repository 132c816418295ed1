using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>A BL602 that runs the vendor's flash loader.</summary>
internal sealed class Bl602Session(FlashWiring wiring, Bl602Wire wire, ChipIdentity chip) : IFlashSession
{
    private const int Piece = 2048;
    private const int Attempts = 3;
    private const ushort LineError = 0x0103;

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(1);

    // The loader gives up after 2 s of silence twice; newer ones after 10 s.
    private static readonly TimeSpan Asleep = TimeSpan.FromSeconds(1.5);

    public ChipIdentity Chip { get; } = chip;

    public FlashTraits Traits { get; } = new() { SectorBytes = Bl602Images.SectorLength, Proof = "the chip's SHA-256" };

    public async Task<byte[]> ReadAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] all = new byte[length];
        for (int at = 0; at < length; at += Piece)
        {
            int count = Math.Min(Piece, length - at);
            byte[] data = (await AskAsync(0x32, Words(address + (uint)at, (uint)count), true, Answer, "read", cancellationToken).ConfigureAwait(false)).Data;
            if (data.Length != count)
            {
                throw Lost("read", string.Create(CultureInfo.InvariantCulture, $"{data.Length} bytes came for {count} at 0x{address + at:X}"));
            }

            data.CopyTo(all, at);
            progress?.Report(new FlashProgress("read", at + count, length));
        }

        return all;
    }

    public async Task EraseAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        if (address % Bl602Images.SectorLength != 0 || length % Bl602Images.SectorLength != 0 || length <= 0)
        {
            throw new ArgumentException("Flash is erased in whole sectors of 4,096 bytes.", nameof(length));
        }

        // The end is inclusive; 64 KiB at a time shows progress and keeps one stalled step apart from the rest.
        const int Step = 64 * 1024;
        for (long at = address; at < address + (long)length;)
        {
            long end = Math.Min((at / Step * Step) + Step, address + (long)length);
            TimeSpan limit = TimeSpan.FromSeconds(2 + (0.3 * ((end - at) / Bl602Images.SectorLength)));
            await AskAsync(0x30, Words((uint)at, (uint)(end - 1)), false, limit, "erase", cancellationToken).ConfigureAwait(false);
            at = end;
            progress?.Report(new FlashProgress("erase", at - address, length));
        }
    }

    public async Task WriteAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        for (int at = 0; at < data.Length; at += Piece)
        {
            int count = Math.Min(Piece, data.Length - at);

            // Erased flash holds ones already; whether it is erased, the hash tells.
            if (data.Span.Slice(at, count).IndexOfAnyExcept((byte)0xFF) < 0)
            {
                continue;
            }

            byte[] payload = new byte[4 + count];
            BinaryPrimitives.WriteUInt32LittleEndian(payload, address + (uint)at);
            data.Slice(at, count).CopyTo(payload.AsMemory(4));
            await AskAsync(0x31, payload, false, Answer, "write", cancellationToken).ConfigureAwait(false);
            progress?.Report(new FlashProgress("write", at + count, data.Length));
        }

        // An OK to a write comes before the programming: only this tells.
        await AskAsync(0x3A, default, false, TimeSpan.FromSeconds(2), "write", cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> HoldsAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] onChip = await Sha256Async(address, data.Length, cancellationToken).ConfigureAwait(false);
        return onChip.AsSpan().SequenceEqual(SHA256.HashData(data.Span));
    }

    public async ValueTask DisposeAsync() => await wiring.Boot!.SetAsync(false, CancellationToken.None).ConfigureAwait(false);

    private async Task<byte[]> Sha256Async(uint address, int length, CancellationToken cancellationToken)
    {
        // Vendor's rule: 2 s for every 2 MiB begun, and 2 s.
        TimeSpan limit = TimeSpan.FromSeconds(2 * ((length / (2 << 20)) + 2));
        byte[] hash = (await AskAsync(0x3D, Words(address, (uint)length), true, limit, "verify", cancellationToken).ConfigureAwait(false)).Data;
        return hash.Length == 32 ? hash : throw Lost("verify", $"a hash of {hash.Length} bytes came");
    }

    private static byte[] Words(uint one, uint two)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, one);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), two);
        return bytes;
    }

    private static FlashFailedException Lost(string stage, string what) =>
        new(stage, what, "The line loses bytes, or the chip was reset: check wires, ground and supply, or take a lower speed with --baud") { LinkLost = true };

    /// <summary>
    /// Asks; a frame that the chip found damaged, or that got no answer, is sent again. All commands here may be repeated: a page
    /// programmed twice with the same data stays the same, and the hash decides at the end.
    /// </summary>
    private async Task<Bl602Answer> AskAsync(
        byte command, ReadOnlyMemory<byte> payload, bool hasData, TimeSpan limit, string stage, CancellationToken cancellationToken)
    {
        string last = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt > 0 || wiring.Clock.Elapsed - wire.LastFrame > Asleep)
            {
                await WakeAsync(attempt > 0, stage, cancellationToken).ConfigureAwait(false);
            }

            Bl602Answer? answer = await wire.AskAsync(command, payload, hasData, limit, TimeSpan.FromTicks(limit.Ticks * 3), cancellationToken).ConfigureAwait(false);
            if (answer is { Ok: true })
            {
                return answer.Value;
            }

            if (answer is { Code: not LineError } refused)
            {
                throw new FlashFailedException(
                    stage,
                    string.Create(CultureInfo.InvariantCulture, $"the chip refused command {command:X2}: {Bl602Wire.Meaning(refused.Code)}"),
                    "See the byte trace of this session; flash again");
            }

            last = answer is null ? "no proper answer" : "the chip found the frame damaged";
        }

        throw Lost(stage, string.Create(CultureInfo.InvariantCulture, $"command {command:X2} failed {Attempts} times ({last})"));
    }

    /// <summary>After a silence, or after a damaged frame, the loader may wait for a new sync: it answers neither frames nor garbage.</summary>
    private async Task WakeAsync(bool damaged, string stage, CancellationToken cancellationToken)
    {
        if (damaged)
        {
            // A frame that was cut short is thrown away by the chip after its own time limit; until then a new one would be swallowed.
            await Task.Delay(TimeSpan.FromSeconds(4.2), wiring.Clock, cancellationToken).ConfigureAwait(false);
            wire.Drain();
        }
        else if (await wire.AskAsync(0x10, default, true, Answer, Answer, cancellationToken).ConfigureAwait(false) is { Ok: true })
        {
            return;
        }

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (await wire.SyncAsync(TimeSpan.FromMilliseconds(300), cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }

        if (await wire.AskAsync(0x10, default, true, Answer, Answer, cancellationToken).ConfigureAwait(false) is not { Ok: true })
        {
            throw Lost(stage, "the loader does not answer any more");
        }
    }
}

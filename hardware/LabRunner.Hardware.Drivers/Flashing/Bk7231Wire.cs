using System.Buffers.Binary;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>A long answer: status (0 well) and data.</summary>
internal readonly record struct Bk7231Answer(byte Status, byte[] Data);

/// <summary>
/// Frames of the BK7231's download mode: out goes 01 E0 FC, a length (FF F4 and two bytes for long commands), command and data; back comes
/// 04 0E, a length, 01 E0 FC (F4 and two bytes), command, for long answers a status, and data. Nothing carries a check sum. Frames that
/// nobody waits for, and noise, are skipped. (Beken's own host and bk7231tools.) Not thread safe.
/// </summary>
internal sealed class Bk7231Wire(FlashLine line)
{
    /// <summary>Speed at which download mode begins.</summary>
    public const int FirstBaud = 115_200;

    private const byte Linked = 0x01;
    private const byte FlashId = 0x0E;

    // Command, status, address and a sector: nothing longer is ever answered.
    private const int LongestAnswer = 1 + 1 + 4 + 4096 + 16;

    // The last is longer than the longest frame the chip may wait for.
    private static readonly int[] Runs = [1, 1100];
    private static readonly byte[] LinkCheck = [0x01, 0xE0, 0xFC, 0x01, 0x00];
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(30);

    public FlashLine Line => line;

    /// <summary>Sends link checks every few milliseconds until one is answered.</summary>
    /// <param name="until">Asked before each; false ends the loop.</param>
    /// <param name="now">Called before each, with its number from 0: for what has to happen meanwhile.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    /// <returns>False when none was answered.</returns>
    public async Task<bool> CatchAsync(Func<bool> until, Func<int, Task> now, CancellationToken cancellationToken)
    {
        for (int check = 0; until(); check++)
        {
            await now(check).ConfigureAwait(false);
            await line.WriteAsync(LinkCheck, cancellationToken).ConfigureAwait(false);
            using FlashLimit time = line.ShortLimit(BetweenChecks, cancellationToken);
            if (await FrameAsync(false, Linked, time.Token, cancellationToken).ConfigureAwait(false) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Finds the chip again after a missing or damaged answer. It may still wait for the rest of a frame that lost a byte, so that after
    /// one link check comes a run of them longer than any frame. The chip answers in order: what it answered before is gone afterwards.
    /// </summary>
    public async Task<bool> ResyncAsync(CancellationToken cancellationToken)
    {
        foreach (int checks in Runs)
        {
            line.Drain();
            byte[] run = new byte[checks * LinkCheck.Length];
            for (int i = 0; i < checks; i++)
            {
                LinkCheck.CopyTo(run, i * LinkCheck.Length);
            }

            await line.WriteAsync(run, cancellationToken).ConfigureAwait(false);
            using FlashLimit time = line.Limit(TimeSpan.FromMilliseconds(300) + line.LineTime(run.Length), cancellationToken);
            if (await FrameAsync(false, Linked, time.Token, cancellationToken).ConfigureAwait(false) is not null)
            {
                await SettleAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until nothing comes any more, and throws away what came.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            line.Drain();
            using FlashLimit time = line.ShortLimit(Quiet, cancellationToken);
            try
            {
                await line.TakeAsync(1, time.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Sends a short command without waiting.</summary>
    public ValueTask SendAsync(byte command, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        line.WriteAsync(Short(command, data.Span), cancellationToken);

    /// <summary>Waits for the answer to a short command.</summary>
    /// <returns>Its data; null when none came in time.</returns>
    public async Task<byte[]?> AnswerAsync(byte command, TimeSpan limit, CancellationToken cancellationToken)
    {
        using FlashLimit time = line.Limit(limit, cancellationToken);
        return await FrameAsync(false, command, time.Token, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a short command and waits for its answer.</summary>
    /// <returns>Its data; null when none came in time.</returns>
    public async Task<byte[]?> AskShortAsync(byte command, ReadOnlyMemory<byte> data, TimeSpan limit, CancellationToken cancellationToken)
    {
        await SendAsync(command, data, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(command, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a long command and waits for its answer.</summary>
    /// <returns>Null when none came in time.</returns>
    public async Task<Bk7231Answer?> AskLongAsync(byte command, ReadOnlyMemory<byte> data, int answerBytes, TimeSpan limit, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[8 + data.Length];
        ReadOnlySpan<byte> head = [0x01, 0xE0, 0xFC, 0xFF, 0xF4];
        head.CopyTo(frame);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(5), (ushort)(1 + data.Length));
        frame[7] = command;
        data.CopyTo(frame.AsMemory(8));
        await line.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        using FlashLimit time = line.Limit(limit + line.LineTime(frame.Length + answerBytes), cancellationToken);
        byte[]? answer = await FrameAsync(true, command, time.Token, cancellationToken).ConfigureAwait(false);
        return answer is { Length: > 0 } ? new Bk7231Answer(answer[0], answer[1..]) : null;
    }

    private static byte[] Short(byte command, ReadOnlySpan<byte> data) => [0x01, 0xE0, 0xFC, (byte)(1 + data.Length), command, .. data];

    /// <summary>The next frame of a kind and command: for a short one its data, for a long one status and data.</summary>
    private async Task<byte[]?> FrameAsync(bool isLong, byte command, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (await NextAsync(limit).ConfigureAwait(false) is { } frame && frame.IsLong == isLong && frame.Command == command)
                {
                    return frame.Data;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<(bool IsLong, byte Command, byte[] Data)?> NextAsync(CancellationToken cancellationToken)
    {
        byte last = 0;
        while (true)
        {
            byte next = (await line.TakeAsync(1, cancellationToken).ConfigureAwait(false))[0];
            if (last == 0x04 && next == 0x0E)
            {
                break;
            }

            last = next;
        }

        byte length = (await line.TakeAsync(1, cancellationToken).ConfigureAwait(false))[0];
        byte[] mark = await line.TakeAsync(3, cancellationToken).ConfigureAwait(false);
        if (mark is not [0x01, 0xE0, 0xFC])
        {
            return null;
        }

        if (length != 0xFF)
        {
            byte[] rest = length > 3 ? await line.TakeAsync(length - 3, cancellationToken).ConfigureAwait(false) : [];
            return rest.Length == 0 ? null : (false, rest[0], rest[1..]);
        }

        byte[] head = await line.TakeAsync(4, cancellationToken).ConfigureAwait(false);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(1));
        if (head[0] != 0xF4 || count is < 2 or > LongestAnswer)
        {
            return null;
        }

        // The flash's identification announces one byte less than it sends on some chips.
        int data = (head[3] == FlashId ? Math.Max(count, 6) : count) - 1;
        return (true, head[3], await line.TakeAsync(data, cancellationToken).ConfigureAwait(false));
    }
}

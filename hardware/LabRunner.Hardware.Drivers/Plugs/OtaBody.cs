using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>How sending ended.</summary>
/// <param name="Left">The client is to leave now, on purpose.</param>
/// <param name="Why">Sentence; null when all was sent.</param>
internal readonly record struct OtaBodyEnd(bool Left, string? Why);

/// <summary>Sends head and body of an upload: paced, paused, framed and ended as wanted.</summary>
internal sealed class OtaBody(Socket socket, LabClock clock, OtaSending sending, ReadOnlyMemory<byte> image, OtaProgress progress)
{
    private const int Chunk = 4096;

    // linux/sockios.h SIOCOUTQ: bytes in the send queue that the other side has not acknowledged.
    private const nuint NotAcknowledged = 0x5411;

    // Throttled sending goes in so many pieces a second.
    private const int PiecesASecond = 20;

    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(1);

    // Real time: the queue empties as fast as the other machine acknowledges.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);

    private TimeSpan _due = clock.Elapsed;

    public async Task<OtaBodyEnd> SendAsync(byte[] head, CancellationToken cancellationToken)
    {
        long abortAt = sending.AbortAt?.In(image.Length) ?? long.MaxValue;
        long pauseAt = sending.PauseAt?.In(image.Length) ?? long.MaxValue;
        long lastAt = sending.BeforeLast is null ? long.MaxValue : image.Length - 1;
        try
        {
            await SendAllAsync(head, cancellationToken).ConfigureAwait(false);
            int at = 0;
            while (true)
            {
                if (at == abortAt)
                {
                    await AcknowledgedAsync(cancellationToken).ConfigureAwait(false);
                    return new OtaBodyEnd(true, string.Create(
                        CultureInfo.InvariantCulture, $"the client left on purpose ({sending.AbortBy.ToString().ToUpperInvariant()}) after {at} of {image.Length} bytes"));
                }

                if (at == pauseAt)
                {
                    await WaitUntilAsync(clock.Elapsed + sending.PauseFor, cancellationToken).ConfigureAwait(false);
                }

                if (at == image.Length)
                {
                    break;
                }

                if (at == lastAt)
                {
                    await HoldLastAsync(cancellationToken).ConfigureAwait(false);
                }

                long most = new[] { abortAt, pauseAt, lastAt }.Where(stop => at < stop).Append(image.Length).Min();
                at = await SendPieceAsync(at, (int)(most - at), cancellationToken).ConfigureAwait(false);
            }

            if (sending.Framing == OtaFraming.Chunked)
            {
                await SendAllAsync("0\r\n\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            }

            return default;
        }
        catch (SocketException broken)
        {
            return new OtaBodyEnd(false, $"{broken.Message} after {progress.Bytes} of {image.Length} bytes");
        }
    }

    private async Task<int> SendPieceAsync(int at, int most, CancellationToken cancellationToken)
    {
        int count = Math.Min(most, Chunk);
        if (sending.BytesPerSecond is { } rate)
        {
            count = Math.Min(count, Math.Max(1, rate / PiecesASecond));
            TimeSpan piece = TimeSpan.FromSeconds((double)count / rate);

            // Late by more than a piece, the rest is forgotten: a burst to catch up is just what a throttled upload must not have.
            _due = _due > clock.Elapsed - piece ? _due : clock.Elapsed - piece;
            await WaitUntilAsync(_due, cancellationToken).ConfigureAwait(false);
            _due += piece;
        }

        if (sending.Framing == OtaFraming.Chunked)
        {
            await SendAllAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{count:X}\r\n")), cancellationToken).ConfigureAwait(false);
        }

        for (int sent = 0; sent < count;)
        {
            int taken = await socket.SendAsync(image.Slice(at + sent, count - sent), cancellationToken).ConfigureAwait(false);
            progress.Step(taken);
            sent += taken;
        }

        sending.Sent?.Report(progress.Bytes);

        if (sending.Framing == OtaFraming.Chunked)
        {
            await SendAllAsync("\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        return at + count;
    }

    private async Task HoldLastAsync(CancellationToken cancellationToken)
    {
        await AcknowledgedAsync(cancellationToken).ConfigureAwait(false);
        progress.Hold(clock.Elapsed + LongestHold);
        await sending.BeforeLast!(cancellationToken).ConfigureAwait(false);
        progress.Resume();
    }

    private async Task SendAllAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        for (int at = 0; at < bytes.Length;)
        {
            at += await socket.SendAsync(bytes.AsMemory(at), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitUntilAsync(TimeSpan until, CancellationToken cancellationToken)
    {
        if (until - clock.Elapsed is { Ticks: > 0 } wait)
        {
            progress.Hold(until);
            await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A reset throws away what the kernel has not delivered yet: only after the last byte is acknowledged does the device see the
    /// connection end where it was wanted.
    /// </summary>
    private async Task AcknowledgedAsync(CancellationToken cancellationToken)
    {
        while (OperatingSystem.IsLinux() && Unacknowledged() > 0)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private unsafe int Unacknowledged()
    {
        int count = 0;
        return Libc.Ioctl((int)socket.SafeHandle.DangerousGetHandle(), NotAcknowledged, &count) < 0 ? 0 : count;
    }
}

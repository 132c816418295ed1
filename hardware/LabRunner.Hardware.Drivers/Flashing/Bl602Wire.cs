using System.Buffers.Binary;
using System.Globalization;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>What came back for a frame.</summary>
internal readonly record struct Bl602Answer(bool Ok, ushort Code, byte[] Data);

/// <summary>
/// Frames of the BL602's boot ROM and flash loader: out goes command, check byte, length and payload; back come OK, OK with data, PD (busy)
/// or FL with a code (ISP document of Bouffalo Lab, "602_isp"). Not thread safe.
/// </summary>
internal sealed class Bl602Wire(ISerialPort port, LabClock clock)
{
    private const byte SyncByte = 0x55;

    // A PD is due at each erase step, whose own limit is 1.2 s.
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(3);

    private readonly FlashLine _line = new(port, clock);

    /// <summary>Speed of the port now.</summary>
    public int Baud => _line.Baud;

    /// <summary>When the last frame went out: the chip falls asleep after 2 s of silence.</summary>
    public TimeSpan LastFrame { get; private set; }

    public Task SetBaudAsync(int baud, CancellationToken cancellationToken) => _line.SetBaudAsync(baud, cancellationToken);

    /// <summary>Sends the run of 0x55 by which the chip measures the speed, and waits for its OK.</summary>
    /// <returns>False when no OK came.</returns>
    public async Task<bool> SyncAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Drain();
        // 6 ms of line time, as the vendor's own tool sends.
        byte[] run = new byte[Math.Max(32, Baud * 6 / 10_000)];
        run.AsSpan().Fill(SyncByte);
        await _line.WriteAsync(run, cancellationToken).ConfigureAwait(false);
        using FlashLimit time = _line.Limit(limit, cancellationToken);
        try
        {
            byte last = 0;
            while (true)
            {
                byte next = (await _line.TakeAsync(1, time.Token).ConfigureAwait(false))[0];
                if (last == (byte)'O' && next == (byte)'K')
                {
                    break;
                }

                last = next;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        // The chip throws left-over 0x55 away; the vendor asks for 20 ms.
        await ExactDelay.WaitAsync(TimeSpan.FromMilliseconds(30), clock, cancellationToken).ConfigureAwait(false);
        Drain();
        LastFrame = clock.Elapsed;
        return true;
    }

    /// <summary>Sends a frame and waits for its answer; busy answers extend the time, up to <paramref name="total"/>.</summary>
    /// <param name="command">Command number.</param>
    /// <param name="payload">Payload.</param>
    /// <param name="hasData">True: an OK is followed by a length and data.</param>
    /// <param name="limit">Longest silence before the first answer, run time.</param>
    /// <param name="total">Longest time in all.</param>
    /// <param name="cancellationToken">Gives the answer up.</param>
    /// <returns>Null when no answer came in time, or an answer that is none.</returns>
    public async Task<Bl602Answer?> AskAsync(
        byte command, ReadOnlyMemory<byte> payload, bool hasData, TimeSpan limit, TimeSpan total, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[4 + payload.Length];
        frame[0] = command;
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(2), (ushort)payload.Length);
        payload.Span.CopyTo(frame.AsSpan(4));
        frame[1] = Sum(frame.AsSpan(2));
        await _line.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        LastFrame = clock.Elapsed;
        TimeSpan end = clock.Elapsed + total;
        TimeSpan wait = limit + _line.LineTime(frame.Length);
        while (true)
        {
            using FlashLimit time = _line.Limit(wait, cancellationToken);
            try
            {
                byte[] head = await _line.TakeAsync(2, time.Token).ConfigureAwait(false);
                switch ((char)head[0], (char)head[1])
                {
                    case ('O', 'K') when !hasData:
                        return new Bl602Answer(true, 0, []);
                    case ('O', 'K'):
                        int length = BinaryPrimitives.ReadUInt16LittleEndian(await _line.TakeAsync(2, time.Token).ConfigureAwait(false));
                        return new Bl602Answer(true, 0, await _line.TakeAsync(length, time.Token).ConfigureAwait(false));
                    case ('F', 'L'):
                        return new Bl602Answer(false, BinaryPrimitives.ReadUInt16LittleEndian(await _line.TakeAsync(2, time.Token).ConfigureAwait(false)), []);
                    case ('P', 'D') when clock.Elapsed < end:
                        wait = BusyLimit;
                        break;
                    default:
                        return null;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    /// <summary>Throws away what came unasked.</summary>
    public void Drain() => _line.Drain();

    /// <summary>What a code of an FL answer means (vendor's table).</summary>
    public static string Meaning(ushort code) => code switch
    {
        0x0001 => "flash not initialised", 0x0002 => "wrong erase parameters", 0x0003 => "erase failed", 0x0004 => "wrong parameters", 0x0005 => "wrong address",
        0x0006 => "programming failed", 0x0007 => "wrong boot parameters", 0x0008 => "wrong flash settings", 0x0101 => "unknown command", 0x0102 => "wrong length",
        0x0103 => "check byte wrong on the line", 0x0104 => "wrong order", 0x0203 => "no boot header", 0x0204 => "boot header's check sum", 0x0205 => "chip wants encrypted code",
        0x0206 => "chip wants signed code", 0x0210 => "segment header's check sum", 0x0214 => "more data than announced", 0x0216 => "image incomplete",
        _ => string.Create(CultureInfo.InvariantCulture, $"code {code:X4}"),
    };

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte b in bytes)
        {
            sum += b;
        }

        return sum;
    }
}

using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The wires of a chip's UART in download mode: 10 bits a byte at the speed the other side is set to, garbage for a listener at another
/// speed, and the line's faults. Belongs to the engine's thread.
/// </summary>
internal sealed class RomLine(VirtualPlug plug, BootScope scope, Action<byte[], int> arrived)
{
    private const double SpeedTolerance = 0.03;

    private readonly Chance _noise = plug.NewChance("rom noise");
    private TimeSpan _receiveFree;
    private TimeSpan _sendFree;

    private RomFaults Faults => plug.RomFaults;

    /// <summary>True for speeds that a UART takes for the same.</summary>
    public static bool Same(int one, int other) => one > 0 && Math.Abs((double)one / other - 1) <= SpeedTolerance;

    /// <summary>Bytes leave the other side's adapter now.</summary>
    public void Received(byte[] bytes, int baud)
    {
        if (baud <= 0)
        {
            return;
        }

        TimeSpan start = _receiveFree > scope.Now ? _receiveFree : scope.Now;
        _receiveFree = start + LineTime(bytes.Length, baud);
        long first = plug.RomBytesReceived;
        plug.RomBytesReceived += bytes.Length;
        if (Faults.CutPowerAtByte is { } cut && cut >= first && cut < first + bytes.Length)
        {
            int before = (int)(cut - first);
            scope.After(start - scope.Now + LineTime(before, baud), () => Deliver(bytes[..before], baud));
            scope.After(start - scope.Now + LineTime(before, baud), plug.FailSupply);
            return;
        }

        byte[] onWire = Damaged(bytes, first);
        scope.After(_receiveFree - scope.Now, () => Deliver(onWire, baud));
    }

    /// <summary>Sends at a speed; garbage when the other side listens at another one.</summary>
    public void Send(ReadOnlySpan<byte> bytes, int baud)
    {
        byte[] sent = bytes.ToArray();
        int listening = plug.Outside.UartBaud;
        if (!Same(listening, baud))
        {
            _noise.Fill(sent);
        }

        if (Faults.DropSentByte is { } drop && drop >= plug.RomBytesSent && drop < plug.RomBytesSent + sent.Length)
        {
            int at = (int)(drop - plug.RomBytesSent);
            sent = [.. sent[..at], .. sent[(at + 1)..]];
        }

        plug.RomBytesSent += bytes.Length;
        TimeSpan start = _sendFree > scope.Now ? _sendFree : scope.Now;
        _sendFree = start + LineTime(bytes.Length, baud);
        scope.After(_sendFree - scope.Now, () => plug.UartSend(sent));
    }

    private TimeSpan LineTime(int bytes, int baud) => plug.UartPaced ? TimeSpan.FromSeconds(10.0 * bytes / baud) : TimeSpan.Zero;

    private void Deliver(byte[] bytes, int baud)
    {
        if (!Faults.Silent && bytes.Length > 0)
        {
            arrived(bytes, baud);
        }
    }

    private byte[] Damaged(byte[] bytes, long first)
    {
        byte[] result = bytes;
        if (Faults.FlipReceivedByte is { } flip && flip >= first && flip < first + bytes.Length)
        {
            result = [.. bytes];
            result[flip - first] ^= 0x04;
        }

        if (Faults.DropReceivedByte is { } drop && drop >= first && drop < first + bytes.Length)
        {
            int at = (int)(drop - first);
            result = [.. result[..at], .. result[(at + 1)..]];
        }

        return result;
    }
}

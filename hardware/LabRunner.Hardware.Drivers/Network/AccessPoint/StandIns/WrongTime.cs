using System.Buffers.Binary;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>Answers questions for the time (SNTP, RFC 4330) by a clock that is wrong, as a server that is sure of it.</summary>
/// <param name="error">What it is off by; positive: ahead.</param>
/// <param name="clock">The right time.</param>
internal sealed class WrongTime(TimeSpan error, TimeProvider clock) : DatagramStandIn
{
    private const int Length = 48;
    private const byte Client = 3;
    private const byte Server = 4;
    private const byte Primary = 1;
    private const sbyte Precision = -20;

    private static readonly DateTimeOffset Era = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    protected override Task<byte[]?> AnswerAsync(byte[] question, CancellationToken cancellationToken)
    {
        if (question.Length < Length || (question[0] & 7) != Client)
        {
            return Task.FromResult<byte[]?>(null);
        }

        byte[] answer = new byte[Length];
        answer[0] = (byte)((question[0] & 0x38) | Server);
        answer[1] = Primary;
        answer[2] = question[2];
        answer[3] = unchecked((byte)Precision);
        "GPS\0"u8.CopyTo(answer.AsSpan(12));
        question.AsSpan(40, 8).CopyTo(answer.AsSpan(24));
        DateTimeOffset now = clock.GetUtcNow() + error;
        foreach (int field in new[] { 16, 32, 40 })
        {
            Write(answer.AsSpan(field), now);
        }

        return Task.FromResult<byte[]?>(answer);
    }

    // Seconds since 1900 modulo 2^32: the field rolls over in February 2036, and so it does here.
    private static void Write(Span<byte> field, DateTimeOffset time)
    {
        long ticks = (time - Era).Ticks;
        (long seconds, long rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        BinaryPrimitives.WriteUInt32BigEndian(field, unchecked((uint)seconds));
        BinaryPrimitives.WriteUInt32BigEndian(field[4..], (uint)((double)rest / TimeSpan.TicksPerSecond * uint.MaxValue));
    }
}

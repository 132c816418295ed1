namespace LabRunner.Hardware.Time;

/// <summary>
/// What this machine's monotonic clock lacks to another's, as far as it is known. A correction is slewed in, so that a clock that goes by it
/// neither steps nor runs backwards. Thread safe.
/// </summary>
public sealed class ClockTie
{
    // The machine's clock is made at most a tenth slower or faster: it stays monotonic, and what waits meanwhile is hardly off.
    private const long Gentle = 10;

    private Line _line;

    /// <param name="correction">Nanoseconds to add to this machine's clock.</param>
    public ClockTie(long correction) => _line = new Line(0, correction, correction, 1);

    /// <summary>Nanoseconds to add to a reading of this machine's clock.</summary>
    /// <param name="at">The reading, ns; never before the last <see cref="Correct"/> where it matters.</param>
    public long At(long at) => Volatile.Read(ref _line).At(at);

    /// <summary>Goes over to another correction.</summary>
    /// <param name="correction">Nanoseconds to add from then on.</param>
    /// <param name="now">This machine's clock, ns.</param>
    /// <returns>When it is reached, ns of this machine's clock.</returns>
    public long Correct(long correction, long now)
    {
        long from = At(now), span = Math.Max(1, Math.Abs(correction - from) * Gentle);
        Volatile.Write(ref _line, new Line(now, from, correction, span));
        return now + span;
    }

    private sealed record Line(long Since, long From, long To, long Span)
    {
        public long At(long at) => at >= Since + Span ? To : at <= Since ? From : From + (long)((To - From) * ((double)(at - Since) / Span));
    }
}

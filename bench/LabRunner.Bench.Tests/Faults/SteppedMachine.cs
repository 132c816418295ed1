namespace LabRunner.Bench.Tests.Faults;

/// <summary>The machine's clocks with a wall clock that somebody sets and a zone that changes to summer time.</summary>
internal sealed class SteppedMachine : TimeProvider
{
    private long _offset;

    /// <summary>Sets the wall clock by so much; the monotonic clock knows nothing of it.</summary>
    public void Step(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _offset));
}

using System.Globalization;

namespace LabRunner.Hardware.Time;

/// <summary>
/// The one clock of a run: a <see cref="TimeProvider"/> that runs <see cref="Scale"/> times faster than the machine's
/// monotonic clock. Every process of a run (runner, guard, suite host, virtual bench) builds it from the same origin, so
/// that a time taken in one means the same in another.
/// </summary>
/// <remarks>
/// Monotonic time orders events, wall time only labels them: <see cref="GetUtcNow"/> is the origin's wall time plus the
/// elapsed run time and never steps when the machine's wall clock is set. Thread safe; immutable.
/// </remarks>
public sealed class LabClock : TimeProvider
{
    /// <summary>Environment variable that hands the origin to child processes (see <see cref="ToEnvironment"/>).</summary>
    public const string EnvironmentVariable = "LABRUNNER_CLOCK";

    private readonly long _originMonotonic;
    private readonly DateTimeOffset _originUtc;

    private LabClock(double scale, long originMonotonic, DateTimeOffset originUtc)
    {
        Scale = scale;
        _originMonotonic = originMonotonic;
        _originUtc = originUtc;
    }

    /// <summary>How many run seconds pass in one machine second. Range 0.01 to 1000, 1 on a real bench.</summary>
    public double Scale { get; }

    /// <summary>Run time since the origin, monotonic.</summary>
    public TimeSpan Elapsed => At(System.GetTimestamp());

    /// <summary>Timestamps are run-time nanoseconds since the origin.</summary>
    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>Starts a clock now.</summary>
    /// <param name="scale">Run seconds per machine second, 0.01 to 1000.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is outside its range.</exception>
    public static LabClock Start(double scale = 1)
    {
        if (!(scale is >= 0.01 and <= 1000))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "A time scale lies between 0.01 and 1000.");
        }

        return new LabClock(scale, System.GetTimestamp(), System.GetUtcNow());
    }

    /// <summary>The clock of the run this process belongs to, or a fresh one at scale 1 where there is none.</summary>
    /// <exception cref="FormatException">The environment variable is set but not of the form scale;monotonic;ticks.</exception>
    public static LabClock FromEnvironment() =>
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } text ? Parse(text) : Start();

    /// <summary>The origin as text for <see cref="EnvironmentVariable"/>.</summary>
    public string ToEnvironment() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scale:R};{_originMonotonic};{_originUtc.UtcTicks}");

    /// <summary>Reads what <see cref="ToEnvironment"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not of the form scale;monotonic;ticks.</exception>
    public static LabClock Parse(string text)
    {
        string[] parts = text.Split(';');
        if (parts.Length == 3
            && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double scale)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out long monotonic)
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out long ticks))
        {
            return new LabClock(scale, monotonic, new DateTimeOffset(ticks, TimeSpan.Zero));
        }

        throw new FormatException($"'{text}' is no clock origin; it looks like 20;123456789;638000000000000000.");
    }

    /// <summary>Run time of a reading of the machine's CLOCK_MONOTONIC, such as a kernel edge time stamp.</summary>
    /// <param name="monotonicNanoseconds">CLOCK_MONOTONIC in ns.</param>
    public TimeSpan At(long monotonicNanoseconds) =>
        TimeSpan.FromTicks((long)((monotonicNanoseconds - _originMonotonic) * Scale / 100.0));

    /// <summary>The inverse of <see cref="At"/>: CLOCK_MONOTONIC in ns of a run time.</summary>
    public long ToMonotonicNanoseconds(TimeSpan at) => _originMonotonic + (long)(at.Ticks * 100.0 / Scale);

    /// <summary>The wall label of a run time: the origin plus the machine time that has passed, so never ahead of the real clock.</summary>
    public DateTimeOffset UtcAt(TimeSpan at) => _originUtc + ToMachine(at);

    /// <summary>Machine time that a run duration takes.</summary>
    public TimeSpan ToMachine(TimeSpan runDuration) =>
        runDuration == Timeout.InfiniteTimeSpan ? runDuration : runDuration / Scale;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _originUtc + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)((System.GetTimestamp() - _originMonotonic) * Scale);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(System.CreateTimer(callback, state, ToMachine(dueTime), ToMachine(period)), this);

    private sealed class ScaledTimer(ITimer inner, LabClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) =>
            inner.Change(clock.ToMachine(dueTime), clock.ToMachine(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

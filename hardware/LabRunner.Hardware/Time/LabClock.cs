using System.Globalization;

namespace LabRunner.Hardware.Time;

/// <summary>
/// The one clock of a run: a <see cref="TimeProvider"/> that runs <see cref="Scale"/> times faster than the machine's
/// monotonic clock. Every process of a run (runner, guard, suite host, virtual bench) builds it from the same origin, so
/// that a time taken in one means the same in another.
/// </summary>
/// <remarks>
/// Monotonic time orders events, wall time only labels them: <see cref="GetUtcNow"/> is the origin's wall time plus the
/// elapsed run time and never steps when the machine's wall clock is set. Thread safe; immutable but for the tie of a clock on another machine.
/// </remarks>
public sealed class LabClock : TimeProvider
{
    /// <summary>Environment variable that hands the origin to child processes (see <see cref="ToEnvironment"/>).</summary>
    public const string EnvironmentVariable = "LABRUNNER_CLOCK";

    private readonly long _originMonotonic;
    private readonly DateTimeOffset _originUtc;

    private readonly ClockTie? _tie;

    private LabClock(double scale, long originMonotonic, DateTimeOffset originUtc, IEventTime? events = null, ClockTie? tie = null)
    {
        Events = events;
        _tie = tie;
        Scale = scale;
        _originMonotonic = originMonotonic;
        _originUtc = originUtc;
    }

    /// <summary>How many run seconds pass in one machine second. Range 0.01 to 1000, 1 on a real bench.</summary>
    public double Scale { get; }

    /// <summary>Run time since the origin, monotonic.</summary>
    public TimeSpan Elapsed => Events?.Now ?? At(System.GetTimestamp());

    /// <summary>The discrete-event time it runs on; null: it follows the machine's clock.</summary>
    public IEventTime? Events { get; }

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

    /// <summary>
    /// A clock at scale 1 that stands still while something happens. Timers run as events, and what waits for them goes on inside the event:
    /// so a run on it must stay on one thread (see <see cref="Signal"/> and <see cref="RunAsync"/>).
    /// </summary>
    /// <param name="events">Discrete-event time.</param>
    /// <param name="originUtc">Wall time at run time zero.</param>
    public static LabClock On(IEventTime events, DateTimeOffset originUtc)
    {
        ArgumentNullException.ThrowIfNull(events);
        return new LabClock(1, 0, originUtc, events);
    }

    /// <summary>
    /// A clock that goes on with a run whose own monotonic clock is gone, because the machine was started anew: it reads
    /// <paramref name="elapsed"/> now and keeps the run's wall origin.
    /// </summary>
    /// <param name="scale">Run seconds per machine second, 0.01 to 1000.</param>
    /// <param name="originUtc">Wall time of run time 0.</param>
    /// <param name="elapsed">Run time now.</param>
    public static LabClock Continue(double scale, DateTimeOffset originUtc, TimeSpan elapsed) =>
        new(scale, System.GetTimestamp() - (long)(elapsed.Ticks * 100.0 / scale), originUtc);

    /// <summary>The clock of the run this process belongs to, or a fresh one at scale 1 where there is none.</summary>
    /// <exception cref="FormatException">The environment variable is set but not of the form scale;monotonic;ticks.</exception>
    public static LabClock FromEnvironment() =>
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } text ? Parse(text) : Start();

    /// <summary>The origin as text for <see cref="EnvironmentVariable"/>; it is only good on this machine, or beside a <see cref="ClockTie"/> to it.</summary>
    public string ToEnvironment() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scale:R};{_originMonotonic - Correction(System.GetTimestamp())};{_originUtc.UtcTicks}");

    /// <summary>Reads what <see cref="ToEnvironment"/> wrote.</summary>
    /// <param name="text">Scale;monotonic;ticks.</param>
    /// <param name="tie">What this machine's monotonic clock lacks to that of the machine that wrote it; null: it is this machine.</param>
    /// <exception cref="FormatException">The text is not of the form scale;monotonic;ticks.</exception>
    public static LabClock Parse(string text, ClockTie? tie = null)
    {
        string[] parts = text.Split(';');
        if (parts.Length == 3
            && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double scale)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out long monotonic)
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out long ticks))
        {
            return new LabClock(scale, monotonic, new DateTimeOffset(ticks, TimeSpan.Zero), null, tie);
        }

        throw new FormatException($"'{text}' is no clock origin; it looks like 20;123456789;638000000000000000.");
    }

    /// <summary>Run time of a reading of the machine's CLOCK_MONOTONIC, such as a kernel edge time stamp.</summary>
    /// <param name="monotonicNanoseconds">CLOCK_MONOTONIC in ns.</param>
    public TimeSpan At(long monotonicNanoseconds) =>
        TimeSpan.FromTicks((long)((monotonicNanoseconds + Correction(monotonicNanoseconds) - _originMonotonic) * Scale / 100.0));

    /// <summary>The inverse of <see cref="At"/>: CLOCK_MONOTONIC in ns of a run time, of the machine that the origin is of.</summary>
    public long ToMonotonicNanoseconds(TimeSpan at) => _originMonotonic + (long)(at.Ticks * 100.0 / Scale);

    /// <summary>The wall label of a run time: the origin plus the machine time that has passed, so never ahead of the real clock.</summary>
    public DateTimeOffset UtcAt(TimeSpan at) => _originUtc + ToMachine(at);

    /// <summary>Machine time that a run duration takes.</summary>
    public TimeSpan ToMachine(TimeSpan runDuration) =>
        runDuration == Timeout.InfiniteTimeSpan ? runDuration : runDuration / Scale;

    /// <summary>Waits until <paramref name="at"/>, run time; at once when it has passed.</summary>
    public Task DelayUntilAsync(TimeSpan at, CancellationToken cancellationToken) =>
        at - Elapsed is { Ticks: > 0 } wait ? Task.Delay(wait, this, cancellationToken) : Task.CompletedTask;

    /// <summary>Starts work that may go on for long: on the thread pool, or on discrete-event time at once and on this thread.</summary>
    public Task RunAsync(Func<Task> work) => Events is null ? Task.Run(work) : work();

    /// <summary>Has an action run after what is running now: on the thread pool, or on discrete-event time as the next event.</summary>
    public void Soon(Action action)
    {
        if (Events is { } events)
        {
            events.Schedule(events.Now, action);
        }
        else
        {
            _ = Task.Run(action);
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _originUtc + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Events is { } events ? events.Now.Ticks * 100 : Owned(System.GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Events is { } events
        ? new EventTimer(events, callback, state, dueTime, period)
        : new ScaledTimer(System.CreateTimer(callback, state, ToMachine(dueTime), ToMachine(period)), this);

    private long Owned(long machine) => (long)((machine + Correction(machine) - _originMonotonic) * Scale);

    private long Correction(long machine) => _tie?.At(machine) ?? 0;

    private sealed class ScaledTimer(ITimer inner, LabClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) =>
            inner.Change(clock.ToMachine(dueTime), clock.ToMachine(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

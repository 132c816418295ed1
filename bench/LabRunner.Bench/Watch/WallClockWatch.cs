using System.Globalization;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Sees the machine's wall clock being set. The run's time is monotonic and its labels go on from the run's start, so a step moves neither;
/// but whoever compares them with another log must know. Judged in UTC: the change to summer time is no step. Used by one task at a time.
/// </summary>
/// <param name="machine">The machine's clocks.</param>
internal sealed class WallClockWatch(TimeProvider machine)
{
    /// <summary>Smaller corrections are the business of every NTP client.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private DateTimeOffset _wall = machine.GetUtcNow();
    private long _stamp = machine.GetTimestamp();

    /// <summary>What the wall clock was set by since the last look: positive forward; null: it went on.</summary>
    public TimeSpan? Look()
    {
        // Between the two readings the task may be held up: the wall is read on both sides of the other clock, and the smaller step counts.
        DateTimeOffset before = machine.GetUtcNow();
        long stamp = machine.GetTimestamp();
        DateTimeOffset after = machine.GetUtcNow();
        TimeSpan elapsed = machine.GetElapsedTime(_stamp, stamp);
        TimeSpan first = before - _wall - elapsed;
        TimeSpan second = after - _wall - elapsed;
        (_wall, _stamp) = (after, stamp);
        TimeSpan step = first.Duration() < second.Duration() ? first : second;
        return step.Duration() >= Least ? step : null;
    }

    /// <summary>A step as people read it.</summary>
    public static string Told(TimeSpan step) => string.Create(
        CultureInfo.InvariantCulture,
        $"The machine's wall clock was set {(step > TimeSpan.Zero ? "forward" : "back")} by {step.Duration().TotalSeconds:0.0} s. Run time and the labels of this run go on as before; logs of other programs are {(step > TimeSpan.Zero ? "ahead of" : "behind")} them from here on");
}

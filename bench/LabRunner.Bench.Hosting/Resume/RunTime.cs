using System.Globalization;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Resume;

/// <summary>How run time goes on after a gap.</summary>
/// <param name="Clock">The run's clock.</param>
/// <param name="Why">What lies between, a clause.</param>
/// <remarks>
/// On the same start of the machine its monotonic clock went on, and with it the run's. After a new start only the wall clock can tell how
/// long the machine was off: run time goes on by it, so that labels stay right, but never back behind the last record. A wall clock that is
/// behind, or that leaps further than <see cref="Longest"/>, tells nothing (a Raspberry Pi has no battery): then the gap gets one second.
/// No figure depends on the length of a gap, since nothing of it is exposure.
/// </remarks>
internal sealed record RunTime(LabClock Clock, string Why)
{
    /// <summary>Longest gap that is believed of a wall clock.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <summary>Maps machine time to run time again.</summary>
    /// <param name="origin">Clock origin of the run so far.</param>
    /// <param name="sameBoot">The machine has not been started anew since.</param>
    /// <param name="lastSeen">Run time of the last record.</param>
    /// <param name="utcNow">Wall clock now.</param>
    public static RunTime After(LabClock origin, bool sameBoot, TimeSpan lastSeen, DateTimeOffset utcNow)
    {
        if (sameBoot && origin.Elapsed > lastSeen)
        {
            return new RunTime(origin, "the runner was gone, the machine went on");
        }

        TimeSpan machine = utcNow - origin.UtcAt(lastSeen);
        bool believed = machine >= Least && machine <= Longest;
        TimeSpan now = lastSeen + ((believed ? machine : Least) * origin.Scale);
        string why = believed
            ? "the machine was started anew; how long it was off is told by the wall clock"
            : string.Create(CultureInfo.InvariantCulture, $"the machine was started anew; its wall clock ({utcNow:yyyy-MM-dd HH:mm:ss}Z) does not tell how long it was off, wall times after this are too early");
        return new RunTime(LabClock.Continue(origin.Scale, origin.UtcAt(TimeSpan.Zero), now), why);
    }
}

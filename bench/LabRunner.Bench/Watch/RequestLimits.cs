using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Watch;

/// <summary>Time limits of requests to a DUT.</summary>
public static class RequestLimits
{
    /// <summary>Limit of an HTTP request, run time: 5 s, and never less than <see cref="Least"/>.</summary>
    public static TimeSpan Http(LabClock clock) => AtLeastMachine(clock, TimeSpan.FromSeconds(5));

    /// <summary>The limit, or what <see cref="Least"/> of machine time is in run time where that is longer.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="limit">Run time.</param>
    public static TimeSpan AtLeastMachine(LabClock clock, TimeSpan limit)
    {
        // A machine needs its own time to answer: on a fast clock 5 s of run time may be less than one hiccup of this machine.
        TimeSpan least = Least * clock.Scale;
        return limit > least ? limit : least;
    }

    /// <summary>Machine time that an answer may always take: 1 s.</summary>
    public static TimeSpan Least => TimeSpan.FromSeconds(1);
}

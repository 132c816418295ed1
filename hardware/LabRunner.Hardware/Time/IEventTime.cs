namespace LabRunner.Hardware.Time;

/// <summary>
/// Discrete-event time: it stands still while an event runs and jumps to the next due one when nothing is left to do. A
/// <see cref="LabClock"/> on it lets a whole night pass in seconds, exactly and the same each time. All of it belongs to one thread.
/// </summary>
public interface IEventTime
{
    /// <summary>Run time of the event that is running, or of the last one.</summary>
    TimeSpan Now { get; }

    /// <summary>Has an action run at a run time; a time that has passed means as soon as possible. Actions due at the same time keep their order.</summary>
    /// <returns>Disposing it before it is due cancels it.</returns>
    IDisposable Schedule(TimeSpan due, Action action);
}

namespace LabRunner.Hardware.Time;

/// <summary>
/// A signal that is given once. Who waits for it goes on after the giver, never inside it: on the thread pool, or on discrete-event time as
/// an event of its own at the same instant. Thread safe.
/// </summary>
/// <param name="clock">The run's clock.</param>
public sealed class Signal(LabClock clock)
{
    private readonly TaskCompletionSource _source = new(clock.Events is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
    private volatile bool _given;

    /// <summary>Completes when the signal is given.</summary>
    public Task Task => _source.Task;

    /// <summary>It was given.</summary>
    public bool IsGiven => _given;

    /// <summary>Gives it; a second time does nothing.</summary>
    public void Give()
    {
        if (_given)
        {
            return;
        }

        _given = true;
        if (clock.Events is { } events)
        {
            events.Schedule(events.Now, () => _source.TrySetResult());
        }
        else
        {
            _source.TrySetResult();
        }
    }

    /// <summary>Gives it because nothing is waited for any more: the waiter goes on at once, on whichever thread this is.</summary>
    public void End()
    {
        _given = true;
        _source.TrySetResult();
    }
}

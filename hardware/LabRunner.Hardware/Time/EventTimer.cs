namespace LabRunner.Hardware.Time;

/// <summary>A timer on discrete-event time. Its callback runs as an event; it may be disposed from any thread once the events stand still.</summary>
internal sealed class EventTimer : ITimer
{
    private readonly IEventTime _events;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private TimeSpan _period;
    private IDisposable? _next;

    public EventTimer(IEventTime events, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        (_events, _callback, _state) = (events, callback, state);
        Change(dueTime, period);
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _next?.Dispose();
        _next = null;
        _period = period;
        if (dueTime >= TimeSpan.Zero)
        {
            _next = _events.Schedule(_events.Now + dueTime, Fire);
        }

        return true;
    }

    public void Dispose()
    {
        _next?.Dispose();
        _next = null;
        _period = Timeout.InfiniteTimeSpan;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Fire()
    {
        _next = _period > TimeSpan.Zero ? _events.Schedule(_events.Now + _period, Fire) : null;
        _callback(_state);
    }
}

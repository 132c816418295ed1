using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Simulation;

/// <summary>
/// Discrete-event time on the engine of the virtual plugs: what the bench waits for and what the plugs do stand in one queue. While events
/// run, they have one thread; work that leaves it would come back at a time nobody can foretell, so it is caught and named.
/// </summary>
/// <param name="origin">Wall time at run time zero.</param>
public sealed class SimulatedTime(DateTimeOffset origin) : IEventTime
{
    private readonly Lock _idle = new();
    private volatile int _runner;
    private volatile string? _intruder;

    /// <summary>The plugs' engine.</summary>
    public Engine Engine { get; } = new() { Origin = origin };

    /// <inheritdoc/>
    public TimeSpan Now => Engine.Now;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Called from another thread while events run.</exception>
    public IDisposable Schedule(TimeSpan due, Action action)
    {
        if (_runner != 0)
        {
            if (_runner != Environment.CurrentManagedThreadId)
            {
                _intruder ??= Environment.StackTrace;
                throw new InvalidOperationException("Work of a simulated run has left its thread.");
            }

            return Engine.Schedule(due, action);
        }

        lock (_idle)
        {
            return Engine.Schedule(due, action);
        }
    }

    /// <summary>Runs all events up to a run time on this thread.</summary>
    /// <exception cref="InvalidOperationException">Some work left the thread.</exception>
    public void RunUntil(TimeSpan until)
    {
        // A context would take what goes on after an await away to itself.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _runner = Environment.CurrentManagedThreadId;
        try
        {
            Engine.RunUntil(until);
        }
        finally
        {
            _runner = 0;
            SynchronizationContext.SetSynchronizationContext(context);
        }

        if (_intruder is { } trace)
        {
            throw new InvalidOperationException("Work of the simulated run has left its thread here: " + trace);
        }
    }
}

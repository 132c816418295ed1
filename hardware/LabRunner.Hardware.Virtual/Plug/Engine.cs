using System.Collections.Concurrent;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// Discrete-event engine: one logical thread on which everything a virtual plug does happens, in the order of its due times.
/// Plug-internal timing is exact however late the machine is, because <see cref="Now"/> is the due time of the running event.
/// </summary>
/// <remarks>Only <see cref="Post"/> may be called from other threads; everything else belongs to the engine's thread.</remarks>
public sealed class Engine : IEventTime
{
    // Machine time: a clock's scale makes any wait long.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly PriorityQueue<Scheduled, (long Due, long Order)> _queue = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Lock _gate = new();
    private EngineWait? _wait;
    private long _order;
    private int _started;

    /// <summary>Wall time at run time zero, for what keeps a calendar. Default 2026-01-05 20:00 UTC, a Monday evening.</summary>
    public DateTimeOffset Origin { get; init; } = new(2026, 1, 5, 20, 0, 0, TimeSpan.Zero);

    /// <summary>Run time of the event that is running, or of the last one.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Has an action run at a run time; a time that has passed means as soon as possible.</summary>
    /// <param name="due">Run time.</param>
    /// <param name="action">What to do, on the engine's thread.</param>
    /// <returns>Disposing it before it is due cancels it.</returns>
    public IDisposable Schedule(TimeSpan due, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Scheduled scheduled = new(action);
        _queue.Enqueue(scheduled, (Math.Max(due.Ticks, Now.Ticks), _order++));
        return scheduled;
    }

    /// <summary>Hands an action in from any thread; it runs at the run time at which the engine takes it.</summary>
    public void Post(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _posted.Enqueue(action);
        Wake();
    }

    /// <summary>Runs all that is due up to a run time, in pure virtual time, and leaves <see cref="Now"/> there.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="until"/> lies before <see cref="Now"/>.</exception>
    public void RunUntil(TimeSpan until)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(until, Now);
        RunPosted();
        RunDue(until);
        Now = until;
    }

    /// <summary>Runs in real time on a thread of its own until cancelled.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Ends the pump; the task then completes without an exception.</param>
    /// <returns>Completes when the pump has ended; carries what an event threw.</returns>
    /// <exception cref="InvalidOperationException">The engine was started before.</exception>
    public Task RunAsync(LabClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(clock);
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("An engine is started once; make another one for another clock.");
        }

        return Task.Factory.StartNew(
            () => Pump(clock, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Pump(LabClock clock, CancellationToken cancellationToken)
    {
        using EngineWait wait = new();
        lock (_gate)
        {
            _wait = wait;
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(Wake);
        try
        {
            Pump(clock, wait, cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _wait = null;
            }
        }
    }

    private void Pump(LabClock clock, EngineWait wait, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan elapsed = clock.Elapsed;
            RunDue(elapsed);
            if (elapsed > Now)
            {
                Now = elapsed;
            }

            if (RunPosted())
            {
                continue;
            }

            // What is posted meanwhile has woken the wait already, so that it ends at once.
            TimeSpan? left = NextDue() is { } due ? clock.ToMachine(due - clock.Elapsed) : null;
            if (left is not { Ticks: <= 0 })
            {
                wait.Wait(left > LongestWait ? LongestWait : left);
            }
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            _wait?.Wake();
        }
    }

    private TimeSpan? NextDue()
    {
        while (_queue.TryPeek(out Scheduled? next, out (long Due, long) at))
        {
            if (!next.Cancelled)
            {
                return new TimeSpan(at.Due);
            }

            _queue.Dequeue();
        }

        return null;
    }

    private void RunDue(TimeSpan until)
    {
        while (NextDue() is { } due && due <= until)
        {
            Scheduled next = _queue.Dequeue();
            if (due > Now)
            {
                Now = due;
            }

            next.Run();
        }
    }

    private bool RunPosted()
    {
        bool any = false;
        while (_posted.TryDequeue(out Action? action))
        {
            any = true;
            action();
        }

        return any;
    }

    private sealed class Scheduled(Action action) : IDisposable
    {
        private Action? _action = action;

        public bool Cancelled => _action is null;

        public void Run()
        {
            Action? action = _action;
            _action = null;
            action?.Invoke();
        }

        public void Dispose() => _action = null;
    }
}

using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>
/// Turns the pulses of an optocoupler on a mains contact into the contact's edges: pulses mean closed, a missing one means open. The contact
/// opened between the last pulse and the one that did not come, and closed between the one that did not come and the first: each edge is put
/// into the middle, so a gap is known to ± one period. Thread safe; edges are raised in order.
/// </summary>
/// <remarks>
/// Pulses are judged by their stamps, so a pulse that is delivered late is none that is missing. Only after <c>grace</c> without any pulse is
/// the contact taken for open without waiting for the next.
/// </remarks>
internal sealed class MainsPulses : IDisposable
{
    // More than one missing in any case: mains frequency wanders by 1 % and a half wave can be a little late.
    private const double Missing = 1.5;

    private readonly Lock _gate = new();
    private readonly TimeSpan _grace;
    private readonly Func<TimeSpan> _now;
    private readonly Action<ContactEdge> _edge;
    private readonly ITimer _silence;
    private TimeSpan? _last;
    private bool _closed;
    private bool _disposed;

    /// <param name="period">Between two pulses, run time.</param>
    /// <param name="grace">How late a pulse may be delivered, run time.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="now">Run time.</param>
    /// <param name="edge">Told each edge.</param>
    public MainsPulses(TimeSpan period, TimeSpan grace, TimeProvider clock, Func<TimeSpan> now, Action<ContactEdge> edge)
    {
        (Period, _grace, _now, _edge) = (period, grace, now, edge);
        _silence = clock.CreateTimer(_ => Silent(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Between two pulses: the resolution of an edge.</summary>
    public TimeSpan Period { get; }

    /// <summary>Pulses come.</summary>
    public bool Closed
    {
        get
        {
            lock (_gate)
            {
                return _closed && _now() - _last < (Period * Missing) + _grace;
            }
        }
    }

    /// <summary>A pulse began.</summary>
    /// <param name="at">Its stamp, run time.</param>
    public void Pulse(TimeSpan at)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (_closed && _last is { } last && at - last > Period * Missing)
            {
                Raise(last + (Period / 2), false);
            }

            if (!_closed)
            {
                // Nothing before it is known of the first pulse of all, so it counts as the edge's own time less half a period as well.
                Raise(at - (Period / 2), true);
            }

            _last = at;
            _silence.Change((Period * Missing) + _grace, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _silence.Dispose();
    }

    private void Silent()
    {
        lock (_gate)
        {
            TimeSpan wait = (Period * Missing) + _grace;
            if (_disposed || !_closed || _last is not { } last)
            {
                return;
            }

            // A pulse may have come while this call was on its way.
            if (_now() - last < wait)
            {
                _silence.Change(wait - (_now() - last), Timeout.InfiniteTimeSpan);
                return;
            }

            Raise(last + (Period / 2), false);
        }
    }

    private void Raise(TimeSpan at, bool closed)
    {
        _closed = closed;
        _edge(new ContactEdge(at, closed));
    }
}

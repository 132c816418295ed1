using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Measures how late the machine itself runs the watch. Silence that falls into a stall of the bench must not count against a DUT: at
/// time scale 20 a pause of 200 ms of the machine is 4 s of run time. Thread safe.
/// </summary>
internal sealed class StallMeter
{
    /// <summary>Lateness up to here is normal.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>Lateness from here on makes the time invalid: the shortest dead rule of an observer fits into it.</summary>
    public static readonly TimeSpan Blinding = TimeSpan.FromSeconds(5);

    // A night's analysis asks for stalls of hours ago.
    private const int Kept = 4096;

    private readonly Lock _gate = new();
    private readonly Queue<(TimeSpan At, TimeSpan Late)> _stalls = new();

    /// <summary>Told of each stall of at least <see cref="Blinding"/>: from when to when the bench saw nothing, run time.</summary>
    public event Action<TimeSpan, TimeSpan>? Blinded;

    /// <summary>Notes that something due at <paramref name="due"/> ran at <paramref name="now"/>.</summary>
    public void Note(TimeSpan due, TimeSpan now)
    {
        TimeSpan late = now - due;
        if (late <= Tolerance)
        {
            return;
        }

        lock (_gate)
        {
            // Two timers that were held up by the same stall are one stall.
            if (_stalls.Count > 0 && due < _stalls.Last().At)
            {
                return;
            }

            _stalls.Enqueue((now, late));

            while (_stalls.Count > Kept)
            {
                _stalls.Dequeue();
            }
        }

        if (late >= Blinding)
        {
            Blinded?.Invoke(due, now);
        }
    }

    /// <summary>Run time lost to stalls since a run time.</summary>
    public TimeSpan LostSince(TimeSpan since)
    {
        lock (_gate)
        {
            TimeSpan lost = TimeSpan.Zero;
            foreach ((TimeSpan at, TimeSpan late) in _stalls)
            {
                if (at > since)
                {
                    lost += late < at - since ? late : at - since;
                }
            }

            return lost;
        }
    }

    /// <summary>The longest stall that touches the time between two run times; zero when there was none.</summary>
    public TimeSpan WorstBetween(TimeSpan from, TimeSpan until)
    {
        lock (_gate)
        {
            return _stalls.Where(s => s.At >= from && s.At - s.Late <= until).Select(s => s.Late).DefaultIfEmpty(TimeSpan.Zero).Max();
        }
    }

    /// <summary>Beats every run second and notes its own lateness until cancelled.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="beat">Called at each beat.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(LabClock clock, Func<TimeSpan, Task> beat, CancellationToken cancellationToken)
    {
        TimeSpan period = TimeSpan.FromSeconds(1);
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan due = clock.Elapsed + period;
            await Task.Delay(period, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellationToken.IsCancellationRequested)
            {
                TimeSpan now = clock.Elapsed;
                Note(due, now);
                await beat(now).ConfigureAwait(false);
            }
        }
    }
}

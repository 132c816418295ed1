namespace LabRunner.Station.Benches;

/// <summary>The bench's keeper as a service manager wants to know it.</summary>
internal interface IKeeperSight
{
    /// <summary>What it does now, one sentence.</summary>
    string Status { get; }

    /// <summary>Why it is taken for dead, one clause; null: it is alive.</summary>
    string? WhyDead();
}

/// <summary>
/// Whether the bench's keeper is alive: it says what it does and how long that may take at most, and while a bench is open its watch must beat. What
/// hangs says nothing more, and the service manager hears no more of it. Thread safe.
/// </summary>
/// <param name="clock">Machine time.</param>
internal sealed class KeeperPulse(TimeProvider clock)
{
    /// <summary>A bench whose watch has not beaten for so long hangs; it beats every few seconds.</summary>
    public static readonly TimeSpan BeatLimit = TimeSpan.FromSeconds(60);

    /// <summary>What the end of a run may take: the analysis of a weekend and its report.</summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private string _what = "starting";
    private TimeSpan? _limit = TimeSpan.FromMinutes(1);
    private long _since = clock.GetTimestamp();
    private object? _watch;
    private TimeSpan? _beat;
    private long _beatAt;

    /// <summary>Something begins.</summary>
    /// <param name="what">What, one word or two.</param>
    /// <param name="limit">How long it may take; null: as long as the bench's watch beats.</param>
    public void Begin(string what, TimeSpan? limit)
    {
        lock (_gate)
        {
            (_what, _limit, _since) = (what, limit, clock.GetTimestamp());
        }
    }

    /// <summary>Judges.</summary>
    /// <param name="watch">The open bench; null: none is open.</param>
    /// <param name="beat">When its watch beat last, in its own time; null: it is over, and the run is being finished.</param>
    /// <returns>Why it is taken for dead, one clause; null: it is alive.</returns>
    public string? WhyDead(object? watch, TimeSpan? beat)
    {
        lock (_gate)
        {
            if (_limit is { } limit && clock.GetElapsedTime(_since) > limit)
            {
                return FormattableString.Invariant($"'{_what}' has taken more than {limit.TotalSeconds:0} s");
            }

            if (watch is null)
            {
                _watch = null;
                return null;
            }

            if (watch != _watch || beat != _beat)
            {
                (_watch, _beat, _beatAt) = (watch, beat, clock.GetTimestamp());
            }

            TimeSpan most = beat is null ? EndLimit : BeatLimit;
            return clock.GetElapsedTime(_beatAt) > most ? FormattableString.Invariant($"the watch of the bench has not moved for {most.TotalSeconds:0} s") : null;
        }
    }
}

namespace LabRunner.Bench.Watch;

/// <summary>An echo that is settled.</summary>
/// <param name="Started">Run time when it was sent.</param>
/// <param name="Ended">Run time when it was answered or given up.</param>
/// <param name="Alive">It was answered.</param>
internal readonly record struct SettledEcho(TimeSpan Started, TimeSpan Ended, bool Alive);

/// <summary>
/// Echoes on their way. They are sent at their cadence whether or not the ones before are answered, and settled in the order in which
/// they were sent. Pure but for its memory; not thread safe.
/// </summary>
internal sealed class EchoLine
{
    // One answer may overtake another inside this machine; two do not.
    private const int Overtakers = 2;

    private readonly List<Echo> _line = [];
    private long _next;

    /// <summary>Echoes that are neither answered nor given up.</summary>
    public int Open => _line.Count(e => e.Ended is null);

    /// <summary>An echo is sent.</summary>
    /// <returns>Its number.</returns>
    public long Send(TimeSpan at)
    {
        _line.Add(new Echo(_next, at));
        return _next++;
    }

    /// <summary>An echo was answered or given up.</summary>
    /// <returns>What is settled by that, oldest first; nothing when the echo was forgotten or settled before.</returns>
    public IReadOnlyList<SettledEcho> Settle(long number, TimeSpan at, bool alive)
    {
        if (_line.Find(e => e.Number == number) is not { } echo)
        {
            return [];
        }

        (echo.Ended, echo.Alive) = (at, alive);
        List<SettledEcho> settled = [];
        while (_line.Count > 0)
        {
            Echo head = _line[0];
            if (head.Ended is null && _line.Count(e => e.Alive) < Overtakers)
            {
                break;
            }

            settled.Add(new SettledEcho(head.Started, head.Ended ?? at, head.Alive));
            _line.RemoveAt(0);
        }

        return settled;
    }

    /// <summary>Forgets what is on its way: it belongs to a boot that is over.</summary>
    public void Clear() => _line.Clear();

    private sealed class Echo(long number, TimeSpan started)
    {
        public long Number => number;

        public TimeSpan Started => started;

        public TimeSpan? Ended { get; set; }

        public bool Alive { get; set; }
    }
}

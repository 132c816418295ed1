using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Does the relay close only when somebody said that it may? A closing is declared while an intent is open that switches the relay, or that resets
/// the DUT, whose start value decides then; while the bench presses the button; and for <see cref="Grace"/> after each. What a reset of the DUT's
/// own opened may close again. Any other closing that lasts is unexpected. Thread safe.
/// </summary>
internal sealed class RelayGuard
{
    /// <summary>How long a contact must stay closed to count: shorter is a bounce, or a spike on its line.</summary>
    public static readonly TimeSpan Debounce = TimeSpan.FromSeconds(1);

    /// <summary>How long after a command, or a press, its closing may come. A press toggles 380 ms after its release, the truth table gives it 1.5 s.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // A reset opens the contact, and the banner that follows tells of it.
    private static readonly TimeSpan NearBoot = TimeSpan.FromSeconds(2);

    // An edge carries the chip's stamp, an intent that of the process which heard of it.
    private static readonly TimeSpan StampSlack = TimeSpan.FromSeconds(0.5);

    // Of acts older than this nothing is judged any more.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<(TimeSpan From, TimeSpan? Until)> _acts = [];
    private int _acting;
    private bool _closed;
    private TimeSpan? _openedAt;
    private TimeSpan? _closedAt;
    private bool _tripped;

    /// <summary>An edge of the contact.</summary>
    public void OnEdge(ContactEdge edge) => Seen(edge.At, edge.Closed);

    /// <summary>The contact was seen so: by an edge, or by reading it.</summary>
    public void Seen(TimeSpan at, bool closed)
    {
        lock (_gate)
        {
            if (closed && !_closed)
            {
                _closedAt = at;
            }
            else if (!closed && _closed)
            {
                (_closedAt, _openedAt) = (null, at);
            }

            _closed = closed;
        }
    }

    /// <summary>The bench begins to do something that may close the contact.</summary>
    public void Begin(TimeSpan now)
    {
        lock (_gate)
        {
            _acts.RemoveAll(a => a.Until + Memory < now);
            if (_acting++ == 0)
            {
                _acts.Add((now, null));
            }
        }
    }

    /// <summary>It has done it.</summary>
    public void End(TimeSpan now)
    {
        lock (_gate)
        {
            if (--_acting == 0)
            {
                _acts[^1] = _acts[^1] with { Until = now };
            }
        }
    }

    /// <summary>Judges the newest closing once it has lasted.</summary>
    /// <param name="now">Run time.</param>
    /// <param name="intents">Intents of the slot.</param>
    /// <param name="booted">Newest boot; null before the first.</param>
    /// <returns>Run time of a closing that nothing declared, once; else null.</returns>
    public TimeSpan? Judge(TimeSpan now, IEnumerable<IntentRecord> intents, TimeSpan? booted)
    {
        lock (_gate)
        {
            if (_tripped || _closedAt is not { } at || now - at < Debounce)
            {
                return null;
            }

            // Judged once: what was declared when it closed stays so.
            _closedAt = null;
            _tripped = !(_acts.Exists(a => Covers(a.From, a.Until, at)) || intents.Any(i => MayClose(i.Kind) && Covers(Run(i.Opened), i.Closed is { } closed ? Run(closed) : null, at))
                || (_openedAt is { } opened && booted is { } boot && (boot - opened).Duration() <= NearBoot));
            return _tripped ? at : null;
        }
    }

    private static bool MayClose(string kind) => kind == IntentKinds.RelayOn || IntentKinds.ExpectsReset(kind);

    private static bool Covers(TimeSpan from, TimeSpan? until, TimeSpan at) => from <= at + StampSlack && !(until + Grace < at);

    private static TimeSpan Run(double seconds) => TimeSpan.FromSeconds(seconds);
}

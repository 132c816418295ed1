using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Watch;

/// <summary>R: edges of the relay contact. A log, not a sign of life. Thread safe.</summary>
internal sealed class RelayObserver : Observer
{
    /// <summary>What the journal says of a closing.</summary>
    public const string ClosedText = "contact closed";

    private const int Kept = 100_000;

    private readonly Lock _edges = new();
    private readonly List<ContactEdge> _log = [];
    private TimeSpan? _movedAt;

    public RelayObserver(IWatchedSlot slot, IRelaySense? sense)
        : base(ObserverKeys.Relay, slot)
    {
        if (sense is null)
        {
            Unavailable("the slot has no relay sense");
        }
        else
        {
            sense.Edge += OnEdge;
        }
    }

    /// <summary>Closings so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Newest known state of the contact.</summary>
    public bool? Closed { get; private set; }

    /// <summary>Run time of the newest edge; null before the first.</summary>
    public TimeSpan? MovedAt
    {
        get
        {
            lock (_edges)
            {
                return _movedAt;
            }
        }
    }

    /// <summary>Called with every edge, on the chip's thread.</summary>
    public event Action<ContactEdge>? Edge;

    /// <summary>Called when the contact was read.</summary>
    public event Action<TimeSpan, bool>? Looked;

    /// <summary>Edges not before a run time, in order.</summary>
    public IReadOnlyList<ContactEdge> Since(TimeSpan since)
    {
        lock (_edges)
        {
            return [.. _log.Where(e => e.At >= since)];
        }
    }

    /// <summary>The contact was read.</summary>
    public void Read(TimeSpan at, bool closed)
    {
        Closed = closed;
        Good(at, closed ? "closed" : "open");
        Looked?.Invoke(at, closed);
    }

    private void OnEdge(ContactEdge edge)
    {
        lock (_edges)
        {
            if (_log.Count < Kept)
            {
                _log.Add(edge);
            }

            Operations += edge.Closed ? 1 : 0;
            Closed = edge.Closed;
            _movedAt = edge.At;
        }

        if (edge.Lost > 0)
        {
            Slot.Note(edge.At, "relay", $"{edge.Lost} edges lost: what the contact did before this moment is unknown");
        }

        Slot.Note(edge.At, "relay", edge.Closed ? ClosedText : "contact opened");
        Good(edge.At, edge.Closed ? "closed" : "open");
        Edge?.Invoke(edge);
    }
}

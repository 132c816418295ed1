using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Base of the observers: a debounced state, its lane in the journal, and the rule that nothing counts against a DUT which is off,
/// away on purpose or booting. Thread safe.
/// </summary>
internal abstract class Observer(string key, IWatchedSlot slot)
{
    private readonly Lock _gate = new();
    private LaneRecord? _lane;
    private ObserverState _state = ObserverState.Unknown;
    private TimeSpan? _lastGood;
    private TimeSpan? _symptomSince;
    private string? _detail;

    /// <summary>P T Hs Hl M U B R.</summary>
    public string Key => key;

    /// <summary>Its slot.</summary>
    protected IWatchedSlot Slot => slot;

    /// <summary>Debounced state.</summary>
    public ObserverState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>What it says now.</summary>
    public ObserverView View
    {
        get
        {
            lock (_gate)
            {
                return new ObserverView(key, _state, _lastGood, _symptomSince, _detail);
            }
        }
    }

    /// <summary>Runs until cancelled; observers that are only told things have nothing to run.</summary>
    public virtual Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called about once a run second: observers with a deadline judge the silence.</summary>
    public virtual void Tick(TimeSpan now)
    {
    }

    /// <summary>The DUT booted or lost power: what was counted against it belongs to the boot before.</summary>
    public virtual void Reset(string reason)
    {
        lock (_gate)
        {
            _symptomSince = null;
        }

        Become(ObserverState.Unknown, reason);
    }

    /// <summary>Ends the lane at the end of the night.</summary>
    public void Finish(TimeSpan now)
    {
        lock (_gate)
        {
            if (_lane is { } lane)
            {
                slot.Save(lane with { Ended = now.TotalSeconds });
                _lane = null;
            }
        }
    }

    /// <summary>The slot lacks it, or the bench cannot use it.</summary>
    public void Unavailable(string reason) => Become(ObserverState.NotAvailable, reason);

    /// <summary>A sign of life.</summary>
    protected void Good(TimeSpan at, string? detail)
    {
        lock (_gate)
        {
            _lastGood = at;
            _symptomSince = null;
            _detail = detail;
        }

        Become(ObserverState.Alive, detail);
    }

    /// <summary>A failure or the start of a silence; not dead yet.</summary>
    protected void Suspect(TimeSpan since, string? detail)
    {
        lock (_gate)
        {
            _symptomSince ??= since;
            _detail = detail;
        }
    }

    /// <summary>Its dead rule is met.</summary>
    protected void Dead(string? detail) => Become(ObserverState.Dead, detail);

    private void Become(ObserverState state, string? reason)
    {
        lock (_gate)
        {
            if (_state == ObserverState.NotAvailable && state == ObserverState.Unknown)
            {
                return;
            }

            if (_state == state && _lane is not null)
            {
                return;
            }

            double now = slot.Clock.Elapsed.TotalSeconds;
            if (_lane is { } lane)
            {
                slot.Save(lane with { Ended = now });
            }

            _state = state;
            if (state is ObserverState.NotAvailable or ObserverState.Unknown)
            {
                _detail = reason;
            }

            _lane = new LaneRecord(slot.NextLaneId(), slot.Name, key, now, null, state.ToText(), reason);
            slot.Save(_lane);
        }
    }
}

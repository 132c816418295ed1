namespace LabRunner.Bench.Watch;

/// <summary>
/// S: is the channel that the DUT reports the contact's? Dead when two reports at least 2 s apart contradict a contact that has not moved
/// for 2 s. A report that the contact overtook is no lie, so one alone proves nothing. Thread safe.
/// </summary>
internal sealed class StateObserver : Observer
{
    /// <summary>How long a report may differ from the contact.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <summary>The index page as a source.</summary>
    public const string Page = "page";

    private readonly Lock _gate = new();
    private readonly RelayObserver _relay;
    private bool _mqttAgrees;
    private readonly Dictionary<string, TimeSpan> _lies = new(StringComparer.Ordinal);

    public StateObserver(IWatchedSlot slot, RelayObserver relay, string? lacking)
        : base(ObserverKeys.State, slot)
    {
        _relay = relay;
        relay.Edge += _ => Forget();
        if (lacking is not null)
        {
            Unavailable(lacking);
        }
    }

    /// <summary>A contradiction was seen and has not been resolved: ask again soon.</summary>
    public bool WantsAnother
    {
        get
        {
            lock (_gate)
            {
                return _lies.Count > 0;
            }
        }
    }

    /// <summary>The page contradicts the contact, and nobody else does.</summary>
    public bool OnlyPageLies
    {
        get
        {
            lock (_gate)
            {
                return _lies.Count == 1 && _lies.ContainsKey(Page) && _mqttAgrees;
            }
        }
    }

    // A report and the edge it is about race each other: what was said before an edge proves nothing after it.
    private void Forget()
    {
        bool any;
        lock (_gate)
        {
            any = _lies.Count > 0;
        }

        if (any)
        {
            Reset("the contact moved");
        }
    }

    /// <inheritdoc/>
    public override void Reset(string reason)
    {
        lock (_gate)
        {
            _lies.Clear();
        }

        base.Reset(reason);
    }

    /// <summary>The DUT reported its relay channel.</summary>
    /// <param name="asked">Run time from which the report may be.</param>
    /// <param name="told">Run time of the report.</param>
    /// <param name="on">What it says.</param>
    /// <param name="source">page or mqtt.</param>
    public void Reported(TimeSpan asked, TimeSpan told, bool on, string source)
    {
        if (State == ObserverState.NotAvailable || Slot.IsOff || Slot.IsSuspended || _relay.Closed is not { } closed
            || _relay.MovedAt is { } moved && asked - moved < Settle)
        {
            return;
        }

        if (source != Page)
        {
            lock (_gate)
            {
                _mqttAgrees = on == closed;
            }
        }

        string detail = $"{source} says {(on ? "on" : "off")}, the contact is {(closed ? "closed" : "open")}";
        if (on == closed)
        {
            lock (_gate)
            {
                // A page that shows the contact's state shows that the channel is right; MQTT says nothing of the page.
                if (source == Page)
                {
                    _lies.Clear();
                }

                _lies.Remove(source);
                if (_lies.Count > 0)
                {
                    // Another way of telling it still contradicts.
                    return;
                }
            }

            Good(told, detail);
            return;
        }

        bool lies;
        lock (_gate)
        {
            lies = told - (_lies.TryAdd(source, asked) ? asked : _lies[source]) >= Settle;
        }

        Suspect(asked, detail);
        if (lies)
        {
            Dead(detail);
        }
    }
}

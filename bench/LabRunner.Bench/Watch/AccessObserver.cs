namespace LabRunner.Bench.Watch;

/// <summary>
/// A: is the DUT on the bench's own access point, and has it a lease? Told by the logs of hostapd and dnsmasq. Dead when it has not been
/// associated for 30 s after it once was. Evidence only: a log that broke off is no failure of the DUT. Thread safe.
/// </summary>
internal sealed class AccessObserver(IWatchedSlot slot) : Observer(ObserverKeys.Access, slot)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private bool? _associated;
    private bool? _leased;
    private TimeSpan _since;
    private TimeSpan? _sentAwayAt;

    /// <summary>On the access point; null before its log told anything of it.</summary>
    public bool? Associated => Read(() => _associated);

    /// <summary>Has a lease; null before the DHCP server's log told anything of it since it joined.</summary>
    public bool? Leased => Read(() => _leased);

    /// <summary>Run time when the access point last sent it away, moved channel or changed its key; null never.</summary>
    public TimeSpan? SentAwayAt => Read(() => _sentAwayAt);

    /// <summary>An event of this station, or one that concerns all.</summary>
    public void Told(TimeSpan at, AccessEventKind kind)
    {
        lock (_gate)
        {
            switch (kind)
            {
                case AccessEventKind.Associated:
                    // Who joins asks for its address again: what it had before says nothing.
                    (_associated, _leased) = (true, null);
                    break;
                case AccessEventKind.Gone or AccessEventKind.Left or AccessEventKind.AccessPointDown:
                    _since = _associated == true ? at : _since;
                    _associated = _associated is null ? null : false;
                    _sentAwayAt = kind == AccessEventKind.Gone ? at : null;
                    break;
                case AccessEventKind.Moved:
                    _sentAwayAt = at;
                    break;
                case AccessEventKind.Leased:
                    (_leased, _associated) = (true, _associated ?? true);
                    break;
                case AccessEventKind.Asking or AccessEventKind.LeaseEnded:
                    _leased = false;
                    break;
            }
        }

        if (kind is AccessEventKind.Associated or AccessEventKind.Leased)
        {
            Good(at, kind == AccessEventKind.Leased ? "has a lease" : "associated");
        }
    }

    /// <inheritdoc/>
    public override void Tick(TimeSpan now)
    {
        TimeSpan since;
        lock (_gate)
        {
            if (_associated != false || Slot.IsOff || Slot.IsSuspended)
            {
                return;
            }

            since = Slot.BootedAt is { } boot && boot > _since ? boot : _since;
        }

        if (now - since > Limit)
        {
            Suspect(since, "not associated for 30 s");
            Dead("not associated for 30 s");
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}

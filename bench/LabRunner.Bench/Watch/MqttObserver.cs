using System.Globalization;

namespace LabRunner.Bench.Watch;

/// <summary>Newest figures that a DUT published; null where it did not.</summary>
internal sealed record MqttFigures(long? UptimeSeconds, long? HeapBytes, int? RssiDbm, int? Sockets, double? Voltage, double? Current, double? Power);

/// <summary>
/// M: the DUT publishes. Dead when no message came for 2.5 intervals; n/a until it has published at all, because OpenBeken publishes
/// periodically only with flag 2. The retained last-will topic is no sign of life. Thread safe.
/// </summary>
internal sealed class MqttObserver(IWatchedSlot slot, TimeSpan every, Func<bool> brokerUp) : Observer(ObserverKeys.Mqtt, slot)
{
    // OpenBeken connects up to 15 s after a boot and publishes its state item by item.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(45);

    // After the broker was away, or a disturbance of the bench, a DUT may take this long to find it again.
    private static readonly TimeSpan ReconnectLimit = TimeSpan.FromSeconds(60);

    private readonly Lock _figures = new();
    private TimeSpan? _last;
    private MqttFigures _now = new(null, null, null, null, null, null, null);
    private bool _periodic;
    private TimeSpan _streakFrom;
    private TimeSpan? _awayAt;

    /// <summary>Newest figures.</summary>
    public MqttFigures Figures
    {
        get
        {
            lock (_figures)
            {
                return _now;
            }
        }
    }

    /// <summary>A message under the DUT's topic.</summary>
    /// <param name="at">Run time.</param>
    /// <param name="item">Topic below the client id, for example uptime or power/get.</param>
    /// <param name="payload">Text.</param>
    /// <param name="retained">Sent by the broker from its store.</param>
    public void Message(TimeSpan at, string item, string payload, bool retained)
    {
        if (retained || item is "connected" || item.EndsWith("/set", StringComparison.Ordinal))
        {
            return;
        }

        lock (_figures)
        {
            // A publisher is periodic once it spoke again after a pause of its own interval's order, or has spoken for longer than its dead
            // rule without such a pause: one state burst on connect is neither.
            _streakFrom = _last is { } before && at - before < every * 2.5 ? _streakFrom : at;
            _periodic |= (_last is { } last && at - last > every / 4 && at - last < every * 2.5) || at - _streakFrom > every * 2.5;
            _last = at;
            _now = item switch
            {
                "uptime" => _now with { UptimeSeconds = Whole(payload) },
                "freeheap" => _now with { HeapBytes = Whole(payload) },
                "rssi" => _now with { RssiDbm = (int?)Whole(payload) },
                "sockets" => _now with { Sockets = (int?)Whole(payload) },
                "voltage/get" or "voltage" => _now with { Voltage = Number(payload) },
                "current/get" or "current" => _now with { Current = Number(payload) },
                "power/get" or "power" => _now with { Power = Number(payload) },
                _ => _now,
            };
        }

        Good(at, null);
    }

    /// <inheritdoc/>
    public override void Tick(TimeSpan now)
    {
        if (!brokerUp() || Slot.IsSuspended || Slot.IsOff)
        {
            // Nobody to speak to, or the bench itself keeps it from speaking.
            _awayAt = now;
            return;
        }

        TimeSpan? last;
        bool periodic;
        lock (_figures)
        {
            (last, periodic) = (_last, _periodic);
        }

        if (last is null || !periodic)
        {
            return;
        }

        TimeSpan from = Slot.BootedAt is { } boot && boot + ConnectLimit > last ? boot + ConnectLimit : last.Value;
        from = _awayAt + ReconnectLimit is { } back && back > from ? back : from;
        if (now - from - Slot.Stalls.LostSince(from) > every * 2.5)
        {
            Suspect(from + every, "no message for 2.5 intervals");
            Dead("no message for 2.5 intervals");
        }
    }

    private static long? Whole(string text) => Number(text) is { } value ? (long)value : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}

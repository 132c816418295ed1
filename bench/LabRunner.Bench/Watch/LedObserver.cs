using System.Globalization;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Watch;

/// <summary>
/// L: what the DUT's LED does: lit, dark, or blinking with its rate. A log, not a sign of life: a dark LED is no fault, and one that blinks on
/// says nothing of the firmware's network. Each change is an event of the journal. Thread safe.
/// </summary>
internal sealed class LedObserver : Observer, IDisposable
{
    // Four edges in 5 s are two periods of anything that blinks at 0.5 Hz or faster; a slower one is told edge by edge.
    private const int BlinkEdges = 4;
    private const int Kept = 64;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<TimeSpan> _edges = new();
    private readonly IRelaySense _led;
    private bool? _lit;
    private double? _rate;
    private double? _toldRate;
    private string? _told;

    public LedObserver(IWatchedSlot slot, IRelaySense led)
        : base(ObserverKeys.Led, slot)
    {
        _led = led;
        led.Edge += OnEdge;
    }

    /// <summary>lit, dark or blinking at so many hertz; null before the first look.</summary>
    public string? Now
    {
        get
        {
            lock (_gate)
            {
                return _told;
            }
        }
    }

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            bool lit = await _led.ReadAsync(cancellationToken).ConfigureAwait(false);
            Tell(Slot.Clock.Elapsed, () => _lit ??= lit);
        }
        catch (Hardware.Faults.BenchFaultException fault)
        {
            Unavailable(fault.Message);
            Slot.Note(Slot.Clock.Elapsed, "bench-fault", $"Observer {Key} cannot be used: {fault.Message}");
        }
    }

    /// <inheritdoc/>
    public override void Tick(TimeSpan now) => Tell(now, () => { });

    /// <summary>The LED is seen whatever the DUT's state is, also dark while it is off.</summary>
    public override void Reset(string reason)
    {
        // Nothing counts against a LED.
    }

    public void Dispose() => _led.Edge -= OnEdge;

    private void OnEdge(ContactEdge edge)
    {
        if (edge.Lost > 0)
        {
            Slot.Note(edge.At, "led", string.Create(CultureInfo.InvariantCulture, $"{edge.Lost} edges lost before this moment"));
        }

        Tell(edge.At, () =>
        {
            _lit = edge.Closed;
            _edges.Enqueue(edge.At);
            if (_edges.Count > Kept)
            {
                _edges.Dequeue();
            }
        });
    }

    /// <summary>Takes what was seen and notes the state where it is another than before.</summary>
    private void Tell(TimeSpan at, Action see)
    {
        string? news = null;
        string? state;
        lock (_gate)
        {
            see();
            while (_edges.TryPeek(out TimeSpan oldest) && at - oldest > Window)
            {
                _edges.Dequeue();
            }

            _rate = Rate();
            state = _rate is { } hertz ? string.Create(CultureInfo.InvariantCulture, $"blinking at {hertz:0.#} Hz") : _lit is { } lit ? lit ? "lit" : "dark" : null;

            // A rate that wavers by less than a quarter is the same blinking.
            bool same = state == _told || (_rate is { } now && _toldRate is { } before && Math.Abs(now - before) < before / 4);
            if (state is not null && !same)
            {
                (_told, _toldRate) = (state, _rate);
                news = state;
            }
        }

        if (news is not null)
        {
            Slot.Note(at, "led", news);
        }

        if (state is not null)
        {
            Good(at, state);
        }
    }

    // Half the edges less one are whole periods.
    private double? Rate()
    {
        if (_edges.Count < BlinkEdges)
        {
            return null;
        }

        double seconds = (_edges.Last() - _edges.Peek()).TotalSeconds;
        return seconds > 0 ? (_edges.Count - 1) / 2.0 / seconds : null;
    }
}

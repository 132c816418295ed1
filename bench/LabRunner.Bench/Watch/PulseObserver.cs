using System.Globalization;

namespace LabRunner.Bench.Watch;

/// <summary>
/// C: does the DUT's own figure of power follow the pulses on its CF pin? The bench counts what it emits itself (read back from the source), so
/// this is known while a suite injects a load, and unknown else. Evidence, no sign of life: dead when its figures have for a minute been further from the
/// emitted power than a tenth or two of the firmware's quanta (one pulse in its window of 1 s), which is far beyond any calibration. How exact
/// a meter is, is the metering suite's business. Thread safe.
/// </summary>
/// <param name="slot">Its slot.</param>
/// <param name="wattsPerHertz">W for each pulse a second on CF, of the slot's board.</param>
/// <param name="stuck">Told when it becomes dead with figures of zero: run time of the first of them, and what was seen.</param>
internal sealed class PulseObserver(IWatchedSlot slot, double wattsPerHertz, Action<TimeSpan, string> stuck) : Observer(ObserverKeys.Pulses, slot)
{
    // Windows of 1 s for CF and two of SEL, an average over some of them, and a publication each 10 s at most.
    internal static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    // A meter that does not count stays so; a figure that is late on a busy machine does not.
    private static readonly TimeSpan Persists = TimeSpan.FromSeconds(60);

    // Below one pulse a second a window may be empty by right.
    private const double LowestHertz = 1;
    private const double Share = 0.1;
    private const double Quanta = 2;

    private readonly Lock _gate = new();
    private double _hertz;
    private TimeSpan _from;
    private TimeSpan? _wrongSince;
    private bool _zeros;
    private bool _told;

    /// <summary>The bench emits another rate from now on.</summary>
    /// <param name="at">Run time.</param>
    /// <param name="hertz">Rate on CF as read back; 0: stopped.</param>
    public void Emitting(TimeSpan at, double hertz)
    {
        lock (_gate)
        {
            (_hertz, _from, _wrongSince, _told) = (hertz, at, null, false);
        }

        base.Reset(hertz < LowestHertz ? "fewer than one pulse a second" : "the rate was changed");
    }

    /// <summary>The DUT told its power.</summary>
    /// <param name="at">Run time at which it was asked, or spoke by itself.</param>
    /// <param name="watts">Its figure, W.</param>
    public void Reported(TimeSpan at, double watts)
    {
        TimeSpan? wrongSince;
        bool dead;
        bool tell;
        string text;
        lock (_gate)
        {
            if (_hertz < LowestHertz || at - _from < Settle || Slot.IsOff || Slot.BootedAt is not { } boot || at - boot < Settle)
            {
                return;
            }

            double emitted = _hertz * wattsPerHertz;
            text = string.Create(CultureInfo.InvariantCulture, $"{_hertz:0.##} Hz on CF are {emitted:0.##} W, it says {watts:0.##} W");
            bool wrong = Math.Abs(watts - emitted) > Math.Max(Share * emitted, Quanta * wattsPerHertz);
            dead = wrong && at - _wrongSince >= Persists;
            _zeros = watts == 0 && (_wrongSince is null || _zeros);
            _wrongSince = wrong ? _wrongSince ?? at : null;
            wrongSince = _wrongSince;
            tell = dead && _zeros && !_told;
            _told |= tell;
        }

        if (wrongSince is null)
        {
            Good(at, text);
            return;
        }

        Suspect(wrongSince.Value, text);
        if (dead)
        {
            Dead(text);
        }

        if (tell)
        {
            stuck(wrongSince.Value, text);
        }
    }

    /// <inheritdoc/>
    public override void Reset(string reason)
    {
        lock (_gate)
        {
            _wrongSince = null;
        }

        base.Reset(reason);
    }
}

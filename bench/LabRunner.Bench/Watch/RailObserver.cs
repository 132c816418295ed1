using System.Globalization;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Watch;

/// <summary>
/// V: is the supply rail one on which the DUT can run? Dead when 2 readings in a row are out of the plan's band: then what it shows is the
/// hardware's fault, and the slot's power is to be taken. Dips between two readings are not seen.
/// </summary>
/// <param name="slot">Its slot.</param>
/// <param name="rail">The monitor; not owned.</param>
/// <param name="every">Cadence, run time.</param>
/// <param name="lowest">Lowest allowed, V.</param>
/// <param name="highest">Highest allowed, V.</param>
/// <param name="trip">Called once, with the run time of the first reading out of the band and the reason.</param>
internal sealed class RailObserver(IWatchedSlot slot, IRailMonitor rail, TimeSpan every, double lowest, double highest, Action<TimeSpan, string> trip)
    : ProbeObserver(ObserverKeys.Rail, slot, every, TimeSpan.FromSeconds(2), bad: 2, window: 2)
{
    private long _outAt = -1;
    private TimeSpan? _outSince;
    private bool _tripped;

    /// <summary>Run time of the newest reading out of the band; null before the first.</summary>
    public TimeSpan? OutAt => Interlocked.Read(ref _outAt) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        double volts = (await rail.ReadAsync(cancellationToken).ConfigureAwait(false)).Voltage.Value;
        bool inside = volts >= lowest && volts <= highest;
        if (!inside && !Slot.IsOff)
        {
            Interlocked.Exchange(ref _outAt, Slot.Clock.Elapsed.Ticks);
        }

        Judge(inside, volts);
        return new ProbeResult(inside, string.Create(CultureInfo.InvariantCulture, $"{volts:0.000} V")) { IsRead = true };
    }

    // What the bench does to the rail itself, in a cut or a dip, is no fault.
    private void Judge(bool inside, double volts)
    {
        TimeSpan at = Slot.Clock.Elapsed;
        if (inside || Slot.IsOff || Slot.IsSuspended)
        {
            _outSince = null;
        }
        else if (_outSince is not { } since)
        {
            _outSince = at;
        }
        else if (!_tripped)
        {
            _tripped = true;
            trip(since, string.Create(CultureInfo.InvariantCulture, $"the rail has {volts:0.000} V, its band is {lowest:0.##} V to {highest:0.##} V: its power is off"));
        }
    }
}

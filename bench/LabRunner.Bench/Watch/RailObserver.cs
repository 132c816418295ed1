using System.Globalization;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Watch;

/// <summary>
/// V: is the supply rail one on which the DUT can run? Dead when 2 readings in a row are out of the plan's band: then what it shows is the
/// hardware's fault. Dips between two readings are not seen.
/// </summary>
internal sealed class RailObserver(IWatchedSlot slot, IRailMonitor rail, TimeSpan every, double lowest, double highest)
    : ProbeObserver(ObserverKeys.Rail, slot, every, TimeSpan.FromSeconds(2), bad: 2, window: 2)
{
    private long _outAt = -1;

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

        return new ProbeResult(inside, string.Create(CultureInfo.InvariantCulture, $"{volts:0.000} V"));
    }
}

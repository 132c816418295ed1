using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Watch;

/// <summary>Hs: GET /api/info. Dead when 3 in a row fail. Pauses during an OTA upload.</summary>
internal sealed class SmallHttpObserver(IWatchedSlot slot, IPlug plug, TimeSpan every, Action<TimeSpan, PlugInfo> seen)
    : ProbeObserver(ObserverKeys.SmallHttp, slot, every, TimeSpan.FromSeconds(5), bad: 3, window: 3)
{
    /// <inheritdoc/>
    protected override bool MayProbe => base.MayProbe && !Slot.IsUpdating;

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        seen(Slot.Clock.Elapsed, info);
        return new ProbeResult(true, null);
    }
}

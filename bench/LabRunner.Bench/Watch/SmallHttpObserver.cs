using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Watch;

/// <summary>Hs: GET /api/info. Dead when 3 in a row fail. Pauses during an OTA upload. What it sees it tells with the run time when it asked.</summary>
internal sealed class SmallHttpObserver(IWatchedSlot slot, IPlug plug, TimeSpan every, Action<TimeSpan, PlugInfo> seen)
    : ProbeObserver(ObserverKeys.SmallHttp, slot, every, TimeSpan.FromSeconds(5), bad: 3, window: 3)
{
    /// <inheritdoc/>
    protected override bool MayProbe => base.MayProbe && !Slot.IsUpdating;

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        TimeSpan asked = Slot.Clock.Elapsed;
        PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        seen(asked, info);
        return new ProbeResult(true, null);
    }
}

using LabRunner.Hardware.Network;

namespace LabRunner.Bench.Watch;

/// <summary>P: echo. Dead when 10 of the last 12 are lost.</summary>
internal sealed class PingObserver(IWatchedSlot slot, IEchoProbe probe, TimeSpan every)
    : ProbeObserver(ObserverKeys.Ping, slot, every, EchoLimit, bad: 10, window: 12)
{
    private static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) =>
        await probe.EchoAsync(Limit, cancellationToken).ConfigureAwait(false) is null
            ? new ProbeResult(false, "no echo")
            : new ProbeResult(true, null);
}

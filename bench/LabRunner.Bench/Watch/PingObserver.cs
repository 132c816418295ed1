using LabRunner.Hardware.Network;

namespace LabRunner.Bench.Watch;

/// <summary>
/// P: echo. Dead when 10 of the last 12 are lost. An echo is sent at each beat of the cadence, so that a patient limit (on a fast clock it
/// is many beats) does not slow the rule down.
/// </summary>
internal sealed class PingObserver(IWatchedSlot slot, IEchoProbe probe, TimeSpan every)
    : ProbeObserver(ObserverKeys.Ping, slot, every, EchoLimit, bad: 10, window: 12)
{
    private const int MostOpen = 64;
    private static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly EchoLine _line = new();
    private readonly Queue<(SettledEcho Echo, bool Late)> _settled = new();
    private bool _taking;

    /// <inheritdoc/>
    public override void Reset(string reason)
    {
        lock (_gate)
        {
            _line.Clear();
            _settled.Clear();
        }

        base.Reset(reason);
    }

    /// <inheritdoc/>
    protected override Task<bool> OnceAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        TimeSpan started = Slot.Clock.Elapsed;
        if (Refusal is not null)
        {
            return Task.FromResult(false);
        }

        lock (_gate)
        {
            if (_line.Open < MostOpen)
            {
                _ = EchoAsync(_line.Send(started), started - due > StallMeter.Tolerance, cancellationToken);
            }
        }

        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken) =>
        await probe.EchoAsync(Limit, cancellationToken).ConfigureAwait(false) is null
            ? new ProbeResult(false, "no echo")
            : new ProbeResult(true, null);

    private async Task EchoAsync(long number, bool late, CancellationToken cancellationToken)
    {
        // Off the sending task: a probe that works before its first wait must not hold up the cadence.
        if (Slot.Clock.Events is null)
        {
            await Task.Yield();
        }

        if (await AskAsync(cancellationToken).ConfigureAwait(false) is not { } result)
        {
            return;
        }

        lock (_gate)
        {
            foreach (SettledEcho echo in _line.Settle(number, Slot.Clock.Elapsed, result.Alive))
            {
                _settled.Enqueue((echo, late));
            }

            if (_taking)
            {
                return;
            }

            _taking = true;
        }

        TakeSettled();
    }

    // One at a time and in order, but outside the lock: taking asks the slot, which may be resetting this observer.
    private void TakeSettled()
    {
        while (true)
        {
            SettledEcho echo;
            bool late;
            lock (_gate)
            {
                if (!_settled.TryDequeue(out (SettledEcho Echo, bool Late) next))
                {
                    _taking = false;
                    return;
                }

                (echo, late) = next;
            }

            Take(echo.Started, echo.Ended, late || IsLate(echo.Started, echo.Ended), new ProbeResult(echo.Alive, echo.Alive ? null : "no echo"));
        }
    }
}

using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the bench does of its own accord to have a serving DUT: first power-up, and order after a lost suite.</content>
internal sealed partial class SlotSession
{
    /// <summary>Gives power under an intent of its own, which closes when the DUT serves or its boot limit has passed.</summary>
    public async Task PowerUpAsync(CancellationToken cancellationToken)
    {
        // A slot that had left the night before a gap stays out of it.
        if (Hardware.Power is null || _lost is not null)
        {
            return;
        }

        // A supply that opens no line to be off may have been left on.
        if (!Hardware.Entry.KeepPower)
        {
            await Hardware.Power.CutAsync(null, cancellationToken).ConfigureAwait(false);
        }

        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, _resumed ? "power-up after a gap in the run" : "first power-up of the night", null, NoData);
        await SwitchPowerAsync(true, cancellationToken).ConfigureAwait(false);
        _tasks.Add(CloseWhenReadyAsync(intent.Id));
    }

    /// <summary>Takes the power away before anybody has asked for it: a supply that opens no line to be off may have been left on.</summary>
    public Task CutAsync(CancellationToken cancellationToken) => Hardware.Power?.CutAsync(null, cancellationToken) ?? Task.CompletedTask;

    /// <summary>
    /// Puts right what a suite that was killed may have left: pulses, button and lines let go, supply on; then waits until the DUT is ready,
    /// as long as the recovery ladder may take. Failures go to the events: the next suite will say what it lacks.
    /// </summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (_lost is not null || Volatile.Read(ref _sealed))
        {
            return;
        }

        try
        {
            foreach (BenchFaultException fault in await ReleaseAsync().ConfigureAwait(false))
            {
                Note(Clock.Elapsed, "restore-failure", fault.Message);
            }

            if (IsOff)
            {
                await PowerAgainAsync(cut: false, cancellationToken).ConfigureAwait(false);
            }

            TimeSpan limit = IncidentTracker.BootLimit;
            SlotStatus status = await WaitReadyAsync(limit, cancellationToken).ConfigureAwait(false);
            if (!status.Ready && status.OpenIncident is not null)
            {
                limit = _plan.SelfHeal + ((_plan.PowerCycles + 3) * (_plan.CycleOff + IncidentTracker.BootLimit));
                await WaitReadyAsync(limit, cancellationToken).ConfigureAwait(false);
            }
            else if (!status.Ready && !status.Lost)
            {
                // It may sit in its boot ROM or half way in an update: neither ends by itself, and no symptom names it.
                await PowerAgainAsync(cut: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Note(Clock.Elapsed, "restore-failure", failure.Message);
        }
    }

    private async Task PowerAgainAsync(bool cut, CancellationToken cancellationToken)
    {
        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, "order after a lost suite host", null, NoData);
        try
        {
            if (Hardware.Power is null)
            {
                await SetResetAsync(false, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                if (cut)
                {
                    await SwitchPowerAsync(false, cancellationToken).ConfigureAwait(false);
                    await Task.Delay(_plan.CycleOff, Clock, cancellationToken).ConfigureAwait(false);
                }

                await SwitchPowerAsync(true, cancellationToken).ConfigureAwait(false);
            }

            await WaitReadyAsync(IncidentTracker.BootLimit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CloseIntent(intent.Id);
        }
    }

    private async Task CloseWhenReadyAsync(long intent)
    {
        try
        {
            await WaitReadyAsync(IncidentTracker.BootLimit, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The night ends; the intent is closed all the same.
        }

        CloseIntent(intent);
    }
}

using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the bench does of its own accord to have a serving DUT: first power-up, recovery ladder, and order after a lost suite.</content>
internal sealed partial class SlotSession
{
    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1);

    /// <summary>Gives power under an intent of its own, which closes when the DUT serves or its boot limit has passed.</summary>
    public async Task PowerUpAsync(CancellationToken cancellationToken)
    {
        if (Hardware.Power is null)
        {
            return;
        }

        // A supply that opens no line to be off may have been left on.
        if (!Hardware.Entry.KeepPower)
        {
            await Hardware.Power.CutAsync(null, cancellationToken).ConfigureAwait(false);
        }

        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, "first power-up of the night", null, NoData);
        await SwitchPowerAsync(true, cancellationToken).ConfigureAwait(false);
        _tasks.Add(CloseWhenReadyAsync(intent.Id));
    }

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
                limit = _plan.SelfHeal + ((_plan.PowerCycles + 1) * (_plan.CycleOff + IncidentTracker.BootLimit));
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

    private async Task ClimbAsync(LadderStep step)
    {
        try
        {
            switch (step)
            {
                case LadderStep.ProbeButton:
                    _interlocks.Demand(Hardware.Entry, SlotAction.Press);
                    (bool? works, string text) = await _button.ProbeAsync(_stop.Token).ConfigureAwait(false);
                    Locked(() =>
                    {
                        _tracker.OnButtonProbed(works, text, View(Clock.Elapsed));
                        return true;
                    });
                    break;
                case LadderStep.PowerCycle:
                    await CycleAsync().ConfigureAwait(false);
                    break;
                case LadderStep.GiveUp:
                    _lost = $"{_tracker.Open?.Class ?? "incident"}: no recovery after {_plan.PowerCycles} power cycles";
                    Note(Clock.Elapsed, "slot-lost", _lost);
                    break;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The incident stays without a recovery.
            StepFailed(step, "The night ended in the middle of this step.", giveUp: true);
        }
        catch (Exception failure)
        {
            // A button that cannot be pressed costs a piece of evidence; without its supply the slot is lost.
            string text = $"The ladder's step {step} failed: {failure.Message}";
            Note(Clock.Elapsed, "bench-fault", text);
            if (step == LadderStep.PowerCycle)
            {
                Locked(() =>
                {
                    LoseToBench(text);
                    return true;
                });
            }

            StepFailed(step, text, giveUp: step == LadderStep.PowerCycle);
        }
    }

    private void StepFailed(LadderStep step, string text, bool giveUp) => Locked(() =>
    {
        _tracker.OnStepFailed(Clock.Elapsed, step, text, giveUp);
        return true;
    });

    private async Task CycleAsync()
    {
        if (Hardware.Power is null)
        {
            Locked(() =>
            {
                _tracker.OnPowerCycled(Clock.Elapsed, "The slot has no power switch: nothing could be done.");
                return true;
            });
            return;
        }

        IntentRecord intent = OpenIntent(IntentKinds.Recovery, "power cycle of the recovery ladder", null, NoData);
        try
        {
            await SwitchPowerAsync(false, _stop.Token).ConfigureAwait(false);
            await Task.Delay(_plan.CycleOff, Clock, _stop.Token).ConfigureAwait(false);
            await SwitchPowerAsync(true, _stop.Token).ConfigureAwait(false);
            TimeSpan on = Clock.Elapsed;
            Locked(() =>
            {
                _tracker.OnPowerCycled(on, $"Power cycled by the bench, on again at {Words.AtTenths(on)}.");
                return true;
            });

            // Ready needs the incident closed, which needs the DUT to serve: so the intent is held until it serves.
            while (!_stop.IsCancellationRequested && _tracker.Open is not null && Clock.Elapsed - on < IncidentTracker.BootLimit)
            {
                await Task.Delay(WaitStep, Clock, _stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            CloseIntent(intent.Id);
        }
    }
}

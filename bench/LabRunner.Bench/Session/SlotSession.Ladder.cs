using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>The recovery ladder: how each step is taken.</content>
internal sealed partial class SlotSession
{
    /// <summary>Suite under which the ladder's steps stand among the trials.</summary>
    public const string RecoverySuite = SuiteNames.Recovery;

    private const int ShortBoots = 5;

    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1);

    // OpenBeken counts a boot as good after 5 s (FullBootTime); a device may be set to 30 s.
    private static readonly TimeSpan ShortBoot = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongBoot = TimeSpan.FromSeconds(40);

    /// <inheritdoc/>
    void IIncidentSink.Tried(long incident, LadderStep step, TimeSpan at, TimeSpan took, bool recovered) => _journal.Put(JournalRow.Of(new TrialRecord(
        _journal.NextId("trials"), Name, RecoverySuite, LadderSteps.Word(step), at.TotalSeconds, recovered, took.TotalMilliseconds,
        new Dictionary<string, string> { ["incident"] = incident.ToString(System.Globalization.CultureInfo.InvariantCulture) })));

    private async Task ClimbAsync(LadderStep step)
    {
        try
        {
            if (Lacks(step) is { } lacking)
            {
                StepFailed(step, $"The ladder's step {LadderSteps.Word(step)} was left out: {lacking}.", giveUp: false);
                return;
            }

            await TakeAsync(step).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The incident stays without a recovery.
            StepFailed(step, "The night ended in the middle of this step.", giveUp: true);
        }
        catch (PlugUnreachableException failure)
        {
            StepFailed(step, $"The ladder's step {LadderSteps.Word(step)} did not reach it: {failure.Message}.", giveUp: false);
        }
        catch (Exception failure)
        {
            // A button that cannot be pressed costs a piece of evidence; without its supply the slot is lost.
            string text = $"The ladder's step {LadderSteps.Word(step)} failed: {failure.Message}";
            bool lost = step is LadderStep.PowerCycle or LadderStep.SafeMode || (step == LadderStep.Reflash && failure is BenchFaultException);
            Note(Clock.Elapsed, "bench-fault", text);
            if (lost)
            {
                Locked(() =>
                {
                    LoseToBench(text);
                    return true;
                });
            }

            StepFailed(step, text, giveUp: lost);
        }
    }

    private string? Lacks(LadderStep step) => step switch
    {
        LadderStep.Reboot when Hardware.Plug is null => "the slot has no HTTP address",
        LadderStep.PowerCycle or LadderStep.SafeMode when Hardware.Power is null => "the slot has no power switch",
        LadderStep.Reflash when Hardware.Reflash is null => "the slot names no recovery image",
        LadderStep.Reflash when _capture is null => "the slot has no console",
        _ => null,
    };

    private async Task TakeAsync(LadderStep step)
    {
        switch (step)
        {
            case LadderStep.Button:
                _interlocks.Demand(Hardware.Entry, SlotAction.Press);
                (bool? works, string text) = await MayCloseAsync(() => _button.ProbeAsync(_stop.Token)).ConfigureAwait(false);
                Locked(() =>
                {
                    _tracker.OnButtonProbed(works, text, View(Clock.Elapsed));
                    return true;
                });
                break;
            case LadderStep.Reboot:
                await UnderIntentAsync("reboot by API of the recovery ladder", step, async () =>
                {
                    await Hardware.Plug!.RebootAsync(_stop.Token).ConfigureAwait(false);
                    return "Rebooted by API";
                }).ConfigureAwait(false);
                break;
            case LadderStep.PowerCycle:
                await UnderIntentAsync("power cycle of the recovery ladder", step, async () =>
                {
                    await CycleAsync(_plan.CycleOff).ConfigureAwait(false);
                    return "Power cycled by the bench, on again";
                }).ConfigureAwait(false);
                break;
            case LadderStep.SafeMode:
                await UnderIntentAsync("five short boots of the recovery ladder", step, ThroughSafeModeAsync).ConfigureAwait(false);
                break;
            case LadderStep.Reflash:
                _interlocks.Demand(Hardware.Entry, SlotAction.Flash);
                await UnderIntentAsync("firmware written over the UART by the recovery ladder", step, ReflashAsync).ConfigureAwait(false);
                break;
            case LadderStep.GiveUp:
                _lost = $"{_tracker.Open?.Class ?? "incident"}: no recovery by {string.Join(", ", _plan.Ladder)}";
                Note(Clock.Elapsed, EventKinds.SlotLost, _lost);
                break;
        }
    }

    // Ready needs the incident closed, which needs the DUT to serve: so the intent is held until it serves.
    private async Task UnderIntentAsync(string text, LadderStep step, Func<Task<string>> act)
    {
        IntentRecord intent = OpenIntent(IntentKinds.Recovery, text, null, NoData);
        try
        {
            string done = await act().ConfigureAwait(false);
            TimeSpan on = Clock.Elapsed;
            Locked(() =>
            {
                _tracker.OnStepDone(on, step, $"{done} at {Words.AtTenths(on)}.");
                return true;
            });
            while (!_stop.IsCancellationRequested && Locked(() => _tracker.Open) is not null && Clock.Elapsed - on < IncidentTracker.BootLimit)
            {
                await Task.Delay(WaitStep, Clock, _stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            CloseIntent(intent.Id);
        }
    }

    private async Task<string> ReflashAsync()
    {
        string done;
        IAsyncDisposable loan = await _capture!.LendAsync("the flasher", _stop.Token).ConfigureAwait(false);
        await using (loan.ConfigureAwait(false))
        {
            done = await Hardware.Reflash!.RunAsync(Hardware, _interlocks, _stop.Token).ConfigureAwait(false);
        }

        // After the loan, so that the banner of the new firmware is captured.
        await CycleAsync(_plan.CycleOff).ConfigureAwait(false);
        return done;
    }

    private async Task CycleAsync(TimeSpan off)
    {
        await SwitchPowerAsync(false, _stop.Token).ConfigureAwait(false);
        await Task.Delay(off, Clock, _stop.Token).ConfigureAwait(false);
        await SwitchPowerAsync(true, _stop.Token).ConfigureAwait(false);
    }

    // A configuration that kills every normal boot lets the fifth short one through: pins and start command are left out there. A long boot
    // in safe mode clears the counter, and the next one is a normal boot.
    private async Task<string> ThroughSafeModeAsync()
    {
        for (int boot = 0; boot < ShortBoots; boot++)
        {
            await CycleAsync(ShortBoot).ConfigureAwait(false);
            if (boot < ShortBoots - 1)
            {
                await Task.Delay(ShortBoot, Clock, _stop.Token).ConfigureAwait(false);
            }
        }

        await Task.Delay(LongBoot, Clock, _stop.Token).ConfigureAwait(false);
        bool safe = Locked(() => _heartbeat is { SafeMode: true } && _heartbeatAt > Clock.Elapsed - LongBoot);
        await CycleAsync(_plan.CycleOff).ConfigureAwait(false);
        return $"{ShortBoots} short boots by the bench {(safe ? "led to safe mode" : "led to no heartbeat of safe mode")}, then a normal boot";
    }

    private void StepFailed(LadderStep step, string text, bool giveUp) => Locked(() =>
    {
        _tracker.OnStepFailed(Clock.Elapsed, step, text, giveUp);
        return true;
    });
}

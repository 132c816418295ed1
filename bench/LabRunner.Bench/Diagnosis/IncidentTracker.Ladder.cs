using LabRunner.Bench.Watch;
using LabRunner.Reports.Drawing;

namespace LabRunner.Bench.Diagnosis;

/// <content>The recovery ladder: which step is due, and what came of each.</content>
internal sealed partial class IncidentTracker
{
    private readonly LadderStep[] _ladder = [.. plan.Steps.SelectMany(s => Enumerable.Repeat(s, s == LadderStep.PowerCycle ? plan.PowerCycles : 1))];

    /// <summary>The ladder pressed the button.</summary>
    /// <param name="works">The contact followed; null when it could not be tried.</param>
    /// <param name="text">What was done and seen.</param>
    /// <param name="view">The slot now.</param>
    public void OnButtonProbed(bool? works, string text, SlotView view)
    {
        if (_open is { } open)
        {
            open.StepRunning = false;
            open.ButtonProbed = true;
            open.ButtonWorks = works;
            open.Story.Add(text);
            open.Record = open.Record with { Evidence = [.. open.Record.Evidence, "B: " + text] };
            Reclassify(open, view);
            Save(open);
        }
    }

    /// <summary>A step that makes the DUT boot was done; it has the boot limit to serve.</summary>
    /// <param name="at">Run time from which it may boot.</param>
    /// <param name="step">The step.</param>
    /// <param name="text">What was done.</param>
    public void OnStepDone(TimeSpan at, LadderStep step, string text)
    {
        if (_open is { } open)
        {
            open.StepRunning = false;
            open.Revived = step;
            open.NextStepAt = at + BootLimit;
            open.Story.Add(text);
            Save(open);
        }
    }

    /// <summary>A step of the ladder could not be done: the ladder goes on with the next one, or ends.</summary>
    /// <param name="at">Run time.</param>
    /// <param name="step">The step.</param>
    /// <param name="text">What went wrong.</param>
    /// <param name="giveUp">True: the bench cannot help this slot any more.</param>
    public void OnStepFailed(TimeSpan at, LadderStep step, string text, bool giveUp)
    {
        if (_open is { } open)
        {
            open.StepRunning = false;
            open.ButtonProbed |= step == LadderStep.Button;
            open.GivenUp |= giveUp;
            open.NextStepAt = at;
            open.Story.Add(text);
            Save(open);
        }
    }

    private LadderStep NextStep(OpenIncident open, SlotView view)
    {
        Tried(open, view.Now, recovered: false);
        while (open.NextRung < _ladder.Length)
        {
            LadderStep step = _ladder[open.NextRung++];

            // After a boot the button tells nothing of what was before it.
            if (step != LadderStep.Button || (!open.Rebooted && open.Revived == LadderStep.None))
            {
                (open.Step, open.StepAt, open.StepRunning) = (step, view.Now, true);
                if (step == LadderStep.Reflash)
                {
                    // All that gives it power was in vain: that is a brick, whatever flashing makes of it.
                    open.NeedsReflash = true;
                    Reclassify(open, view);
                }

                return step;
            }
        }

        open.GivenUp = true;
        open.Record = open.Record with { Recovery = "none" };
        Reclassify(open, view);
        open.Story.Add($"Given up at {Words.AtTenths(view.Now)}: {(_ladder.Length == 0 ? "the plan has no recovery step" : "no step of the ladder helped")}.");
        Save(open);
        return LadderStep.GiveUp;
    }

    // What came of the newest step is known when the DUT serves, or when the next step is due.
    private void Tried(OpenIncident open, TimeSpan now, bool recovered)
    {
        if (open.Step != LadderStep.None)
        {
            sink.Tried(open.Record.Id, open.Step, open.StepAt, now - open.StepAt, recovered);
            open.Step = LadderStep.None;
        }
    }

    // After a boot the fast observers decide; a boot that never led to service is stuck as much as a frozen network is.
    private static bool Stuck(OpenIncident open, SlotView view) =>
        open.NeedsRecovery || (open.Rebooted && view.Now - open.RebootedAt > BootLimit);

    private static string RecoveryOf(OpenIncident open) => open switch
    {
        { ByHand: not null } => "person",
        { Revived: LadderStep.Reboot } => "reboot",
        { Revived: LadderStep.PowerCycle } => "power-cycle",
        { Revived: LadderStep.SafeMode } => "safe-mode",
        { Revived: LadderStep.Reflash } => "reflash",
        { Rebooted: true } => "watchdog",
        { ButtonProbed: true, ButtonWorks: not null } => "button",
        _ => "self",
    };
}

using LabRunner.Bench.Watch;
using LabRunner.Reports.Drawing;

namespace LabRunner.Bench.Diagnosis;

/// <content>What a look at the slot leads to: an incident that begins, a step of the ladder, a recovery.</content>
internal sealed partial class IncidentTracker
{
    private LadderStep TickQuiet(SlotView view)
    {
        if (view is { BootSilentSince: { } silent, Suspended: false })
        {
            // 20 s without a heartbeat are confirmation enough, whatever else has looked since.
            Begin(silent, view.Now, view, _lastBoot);
            _pending = null;
            return LadderStep.None;
        }

        List<ObserverView> dead = Symptoms(view);
        if (view.Suspended || dead.Count == 0)
        {
            _pending = null;
            CloseInfra(view.Now);
            return LadderStep.None;
        }

        TimeSpan first = dead.Min(o => o.SymptomSince ?? view.Now);
        first = _lastBoot is { } boot && first < boot ? boot : first;
        _pending = _pending is { } pending && pending < first ? pending : first;
        if (Infrastructure(dead, view) is { } cause)
        {
            OpenInfra(_pending.Value, dead, cause);
            return LadderStep.None;
        }

        CloseInfra(view.Now);
        TimeSpan from = _infraEnded > _pending ? _infraEnded.Value : _pending.Value;
        if (view.Now - from - view.StalledSince(from) >= (dead.TrueForAll(IsCertain) ? TimeSpan.Zero : plan.Confirm))
        {
            Begin(_pending.Value, view.Now, view, _lastBoot);
            _pending = null;
        }

        return LadderStep.None;
    }

    private LadderStep TickOpen(OpenIncident open, SlotView view)
    {
        List<ObserverView> later = LaterSymptoms(open, view);
        open.Dead.UnionWith(Symptoms(view).Except(later).Select(o => o.Key));
        if (IsRecovered(open, view))
        {
            Recover(open, view.Now);
            return LadderStep.None;
        }

        if (later.Count > 0)
        {
            BeginAnother(open, later, view);
            return LadderStep.None;
        }

        open.BootHung |= view.BootSilentSince is not null;
        bool asBooted = !open.Rebooted || view.BootSilentSince is not null || view.SafeMode;
        if (!view.Suspended && open.Revived == LadderStep.None && asBooted && !IsRecovering(open, view))
        {
            Reclassify(open, view);
        }

        return view.Suspended || view.HandsOff || open.StepRunning || open.GivenUp || view.Now < open.NextStepAt || IsUndecided(open, view) || !Stuck(open, view)
            ? LadderStep.None
            : NextStep(open, view);
    }

    /// <summary>
    /// What died beside a symptom that takes no service away, later than its merge window: a plug that is deaf to ping from its first minute
    /// on may freeze hours later, and that is another failure.
    /// </summary>
    private List<ObserverView> LaterSymptoms(OpenIncident open, SlotView view) => !TakesNoService(open) ? [] :
    [
        .. Symptoms(view).Where(o => !open.Dead.Contains(o.Key) && o.SymptomSince > open.Since + plan.Merge && o.SymptomSince.Value.TotalSeconds > open.Record.Confirmed),
    ];

    // Until it is confirmed, nothing is said of it; what fits the same class then belongs to the incident that is open.
    private void BeginAnother(OpenIncident open, List<ObserverView> later, SlotView view)
    {
        TimeSpan first = later.Min(o => o.SymptomSince!.Value);
        bool confirmed = view.Now - first - view.StalledSince(first) >= (later.TrueForAll(IsCertain) ? TimeSpan.Zero : plan.Confirm);
        if (view.Suspended || !confirmed || Infrastructure(later, view) is not null)
        {
            return;
        }

        string found = Classifier.Classify(EvidenceOf(new OpenIncident { Record = open.Record, Downtime = open.Downtime, Since = first }, view)).Class;
        if (found == open.Record.Class)
        {
            open.Dead.UnionWith(later.Select(o => o.Key));
            return;
        }

        open.Story.Add($"Still so when another failure began at {Words.AtTenths(first)}.");
        End(open, first);
        Begin(first, view.Now, view, _lastBoot);
    }

    // What a step that gave power led to is for the observers to say: each has the debounce of its own after the boot.
    private bool IsUndecided(OpenIncident open, SlotView view) =>
        open.Revived != LadderStep.None && view.Now < open.NextStepAt + plan.Confirm
        && view.Observers.Any(o => o.State == ObserverState.Unknown && FastObservers.Contains(o.Key));

    private static bool IsSymptom(ObserverView o) => o.State == ObserverState.Dead && ObserverKeys.IsSymptom(o.Key);

    // These two compare what stands against each other; their own debounce is all the patience they need.
    private static bool IsCertain(ObserverView o) => o.Key is ObserverKeys.State or ObserverKeys.Rail;

    private static List<ObserverView> Symptoms(SlotView view)
    {
        List<ObserverView> dead = [];
        foreach (ObserverView o in view.Observers)
        {
            if (IsSymptom(o))
            {
                dead.Add(o);
            }
        }

        return dead;
    }

    private static TimeSpan First(OpenIncident open) => open.Since;

    private static bool Served(ObserverView o, TimeSpan since) => o is { State: ObserverState.Alive, SymptomSince: null } && o.LastGood > since;

    // A web server that is dead may shake hands now and then: T alone is no recovery.
    private static bool IsRecovering(OpenIncident open, SlotView view) =>
        view.Observers.Any(o => o.Key != ObserverKeys.Tcp && open.Dead.Contains(o.Key) && Served(o, First(open)));

    private static bool IsRecovered(OpenIncident open, SlotView view)
    {
        TimeSpan since = open.Rebooted ? open.RebootedAt : First(open);
        bool freshBoot = open.Rebooted || open.BootHung || open.Revived != LadderStep.None;
        foreach (ObserverView o in view.Observers)
        {
            // After a boot, large pages and MQTT need not have spoken yet; before one, every observer that died must be back.
            bool asked = freshBoot ? FastObservers.Contains(o.Key) : open.Dead.Contains(o.Key) || (FastObservers.Contains(o.Key) && IsSymptom(o));
            if (asked && o.State != ObserverState.NotAvailable && !Served(o, since))
            {
                return false;
            }
        }

        return true;
    }

    // A boot ends a symptom that took no service away, or one with a living console, but is not what it was.
    private static bool IsOfItsOwn(OpenIncident standing, TimeSpan first) =>
        TakesNoService(standing) && first.TotalSeconds > (standing.Record.Confirmed ?? standing.Record.FirstSymptom);

    private static bool TakesNoService(OpenIncident open) =>
        !open.Pinned && !open.Rebooted && !open.NeedsRecovery && open.Record.Class != Classifier.Unknown;
}

using LabRunner.Bench.Watch;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <content>How an incident is begun, named, written and closed.</content>
internal sealed partial class IncidentTracker
{
    private const int ConsoleLines = 20;
    private const string BootLoop = "BOOT_LOOP";
    private const string CrashLine = "crash: ";
    private static readonly TimeSpan LinkSlack = TimeSpan.FromSeconds(2);

    private void Begin(TimeSpan first, TimeSpan confirmed, SlotView view, TimeSpan? boot, TimeSpan? rebootedAt = null, bool dump = false, CrashSignature? crash = null, bool abrupt = false)
    {
        IReadOnlyList<IntentRecord> intents = sink.IntentsAt(first);
        IntentRecord? intent = intents.LastOrDefault(i => i.Kind == IntentKinds.SelfTest) ?? (intents.Count == 0 ? null : intents[^1]);
        OpenIncident fresh = new()
        {
            Record = new IncidentRecord(
                0, slot, Classifier.Unknown, null, "", first.TotalSeconds, confirmed.TotalSeconds, null, null,
                boot is { } b && first >= b ? (first - b).TotalSeconds : null, intent?.Id, intent?.Kind == IntentKinds.SelfTest, "watch",
                intents.Count == 0 ? null : string.Join("; ", intents.Select(i => i.Text)), null, "", Gather(view, first, intents)),
            Downtime = new DowntimeRecord(sink.NextDowntimeId(), slot, first.TotalSeconds, null, Invalid: false, "Incident"),
            Since = first,
            NextStepAt = confirmed + plan.SelfHeal,
            Rebooted = rebootedAt is not null,
            RebootedAt = rebootedAt ?? TimeSpan.Zero,
            Dump = dump,
            Crash = crash,
            Abrupt = abrupt,
            BootHung = view.BootSilentSince is not null,
            Step = LadderStep.SelfHeal,
            StepAt = confirmed,
        };
        Classification found = Classifier.Classify(EvidenceOf(fresh, view));
        if (_last is { } last && MayMerge(last, fresh, found))
        {
            Merge(last, fresh, view);
            _open = last;
        }
        else
        {
            fresh.Record = fresh.Record with { Id = sink.NextIncidentId() };
            _open = fresh;
        }

        sink.Save(_open.Downtime);
        _open.Dead.UnionWith(view.Observers.Where(IsSymptom).Select(o => o.Key));
        Reclassify(_open, view);
        Save(_open);
    }

    // One physical incident is one failure. But a new stimulus after the recovery, open or closed since, makes it a new experiment, however
    // soon it fails; and what fails in another way is another failure. Only boots that go on become a boot loop.
    private bool MayMerge(OpenIncident last, OpenIncident fresh, Classification found) =>
        last.Record.Recovered is { } recovered
        && fresh.Record.FirstSymptom - recovered <= plan.Merge.TotalSeconds
        && last.Record.Expected == fresh.Record.Expected
        && !last.Pinned
        && (found.Class == last.Record.Class || (found.Class == BootLoop && last.Rebooted))
        && !sink.IntentsOpened(TimeSpan.FromSeconds(recovered), fresh.Since).Any(i => i.Kind != IntentKinds.Recovery);

    private static void Merge(OpenIncident last, OpenIncident fresh, SlotView view)
    {
        last.Before = (last.Record, last.Meaning, last.Downtime);
        last.Story.Add($"The same again at {Words.AtTenths(fresh.Since)}, within the merge window.");
        last.Downtime = fresh.Downtime;
        last.Record = last.Record with { Recovered = null, Recovery = null, Evidence = [.. last.Record.Evidence, .. Table(view, fresh.Since)] };
        (last.Rebooted, last.RebootedAt, last.Dump, last.Crash, last.Abrupt, last.ResetReason) =
            (fresh.Rebooted, fresh.RebootedAt, fresh.Dump, fresh.Crash ?? last.Crash, fresh.Abrupt, null);
        last.ButtonProbed = last.GivenUp = last.StepRunning = false;
        last.BootHung = fresh.BootHung;
        last.NextRung = 0;
        last.Revived = LadderStep.None;
        last.ByHand = null;
        (last.Step, last.StepAt) = (fresh.Step, fresh.StepAt);
        last.ButtonWorks = null;
        last.Since = fresh.Since;
        last.NextStepAt = fresh.NextStepAt;
    }

    // The newest episode turned out to be of another class than the ones it was merged with: it becomes an incident of its own.
    private void Part(OpenIncident open, (IncidentRecord Record, string Meaning, DowntimeRecord Downtime) before)
    {
        IncidentRecord own = open.Record;
        sink.Save(before.Record);
        open.Before = null;
        string stamp = Words.AtTenths(open.Since);
        int mine = open.Story.FindLastIndex(s => s.Contains(stamp, StringComparison.Ordinal));
        open.Story.RemoveRange(0, Math.Max(0, mine + 1));
        IReadOnlyList<IntentRecord> intents = sink.IntentsAt(open.Since);
        open.Record = own with
        {
            Id = sink.NextIncidentId(), FirstSymptom = open.Since.TotalSeconds,
            Confirmed = Math.Max(own.Confirmed ?? 0, Math.Max(open.Since.TotalSeconds, open.RebootedAt.TotalSeconds)), Title = "", ResetReason = open.ResetReason,
            Intent = intents.Count == 0 ? null : intents[^1].Id, Stimulus = intents.Count == 0 ? null : string.Join("; ", intents.Select(i => i.Text)),
            Evidence = [.. own.Evidence.Skip(before.Record.Evidence.Count)], BootAgeS = null,
        };
    }

    private void Reclassify(OpenIncident open, SlotView view)
    {
        Classification found = Classifier.Classify(EvidenceOf(open, view));
        if (found.Class is Classifier.Ok)
        {
            // Nobody is dead, which is not yet service: right after a boot nobody knows.
            return;
        }

        open.NeedsRecovery = found.NeedsRecovery;
        if (open.Pinned || (found.Class == Classifier.Unknown && open.Record.Title.Length > 0))
        {
            return;
        }

        if (found.Class != open.Record.Class || open.Record.Title.Length == 0)
        {
            if (open.Before is { } before && found.Class != BootLoop && found.Class != open.Record.Class)
            {
                Part(open, before);
            }

            open.Record = open.Record with { Class = found.Class, Mode = found.Mode, Title = found.Title };
            open.Meaning = found.Meaning;
            open.Downtime = open.Downtime with { Reason = found.Class };
            sink.Save(open.Downtime);
            Save(open);
        }
        else if ((found.Mode, found.Title) != (open.Record.Mode, open.Record.Title) && open.Before is null)
        {
            open.Record = open.Record with { Mode = found.Mode, Title = found.Title };
            open.Meaning = found.Meaning;
            Save(open);
        }
    }

    private Evidence EvidenceOf(OpenIncident open, SlotView view)
    {
        Dictionary<string, bool?> observers = view.Observers
            .Where(o => o.Key is not (ObserverKeys.Relay or ObserverKeys.Access))
            .ToDictionary(o => o.Key, o => o.Key == ObserverKeys.Button ? null : Seen(o, open.Since), StringComparer.Ordinal);
        observers[ObserverKeys.Button] = open.ButtonWorks;
        return new Evidence
        {
            Observers = observers,
            HasConsole = view.HasConsole,
            Rebooted = open.Rebooted,
            Dump = open.Dump || _dumpAt is not null,
            Crash = open.Crash,
            Abrupt = open.Abrupt,
            BootSilent = view.BootSilentSince is not null,
            // A link that was lost since the first symptom is the cause, also when it has just come back.
            WifiUp = view.WifiDownAt >= open.Since - LinkSlack ? false : view.WifiUp,
            Associated = view.Associated,
            HasAddress = view.HasAddress,
            Circumstances = sink.CircumstancesOf(open.Since),
            SafeMode = view.SafeMode,
            BootsIn300Seconds = _boots.Count,
            PowerCyclesInVain = open.GivenUp || open.NeedsReflash,
            ResetReason = open.ResetReason,
        };
    }

    // Alive only counts when life was seen after the first symptom; a slow observer that has not looked since knows nothing.
    private static bool? Seen(ObserverView o, TimeSpan first) => o.State switch
    {
        ObserverState.Dead => false,
        ObserverState.Alive when o.SymptomSince is null && o.LastGood > first + TimeSpan.FromSeconds(0.5) => true,
        _ => null,
    };

    private void Recover(OpenIncident open, TimeSpan now)
    {
        string recovery = RecoveryOf(open);
        Tried(open, now, recovered: true);
        open.Story.Add($"Served again at {Words.AtTenths(now)} ({recovery}{(open.ByHand is { } act ? $": {act.Text}" : "")}).");
        open.Record = open.Record with { Recovered = now.TotalSeconds, Recovery = recovery };
        open.Downtime = open.Downtime with { Ended = now.TotalSeconds };
        sink.Save(open.Downtime);
        Save(open);
        _last = open;
        _open = null;
        _pending = null;
    }

    private void Save(OpenIncident open)
    {
        if (open.Crash is { } crash && !open.Record.Evidence.Any(e => e.StartsWith(CrashLine, StringComparison.Ordinal)))
        {
            open.Record = open.Record with
            {
                Evidence =
                [
                    $"{CrashLine}{crash.InBuild}: {crash.Message ?? "no message"}, mcause {crash.Mcause ?? "?"}, mtval {crash.Mtval ?? "?"}",
                    $"the same across builds: {crash.AcrossBuilds}",
                    .. open.Record.Evidence,
                ],
            };
        }

        if (!open.Pinned)
        {
            string dead = open.Dead.Count == 0 ? "" : $"Dead: {string.Join(", ", ObserverNames.Sort(open.Dead).Select(o => ObserverNames.Of(o) ?? o))}. ";
            open.Record = open.Record with { Story = $"{open.Meaning} {dead}{string.Join(' ', open.Story)}".Trim() };
        }

        sink.Save(open.Record);
    }

    private List<string> Gather(SlotView view, TimeSpan first, IReadOnlyList<IntentRecord> intents) =>
    [
        .. Table(view, first),
        .. view.Figures() is { Length: > 0 } figures ? [figures] : Array.Empty<string>(),
        .. intents.Select(i => $"open: {i.Kind} since {Words.AtTenths(TimeSpan.FromSeconds(i.Opened))}: {i.Text}"),
        .. sink.ConsoleBefore(first, ConsoleLines).Select(l => "console " + l),
    ];

    private static IEnumerable<string> Table(SlotView view, TimeSpan first) => view.Observers.Select(o => string.Concat(
        o.Key, ": ", o.State.ToText(),
        o.SymptomSince is { } since ? $"{(o.State == ObserverState.Dead ? "" : ", but failing")} since {Words.AtTenths(since)}" : "",
        o.LastGood is { } good ? $", last good {Words.AtTenths(good)}{(good > first ? " (after the first symptom)" : "")}" : "",
        o.Detail is { Length: > 0 } detail ? $" ({detail})" : ""));
}

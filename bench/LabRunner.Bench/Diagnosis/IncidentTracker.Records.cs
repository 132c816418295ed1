using System.Globalization;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <content>How an incident is begun, named, written and closed.</content>
internal sealed partial class IncidentTracker
{
    private const int ConsoleLines = 20;

    private static string Stamp(TimeSpan at) => string.Create(CultureInfo.InvariantCulture, $"+{at.TotalSeconds:0.0} s");

    private void Begin(TimeSpan first, TimeSpan confirmed, SlotView view, TimeSpan? boot)
    {
        IReadOnlyList<IntentRecord> intents = sink.IntentsAt(first);
        IntentRecord? intent = intents.LastOrDefault(i => i.Kind == IntentKinds.SelfTest) ?? (intents.Count == 0 ? null : intents[^1]);
        bool expected = intent?.Kind == IntentKinds.SelfTest;
        DowntimeRecord downtime = new(sink.NextDowntimeId(), slot, first.TotalSeconds, null, Invalid: false, "Incident");
        if (_last is { } last && MayMerge(last, first, intents, expected))
        {
            last.Story.Add($"The same again at {Stamp(first)}, within the merge window.");
            last.Downtime = downtime;
            last.Record = last.Record with { Recovered = null, Recovery = null, Evidence = [.. last.Record.Evidence, .. Table(view, first)] };
            last.Rebooted = last.Dump = last.ButtonProbed = false;
            last.PowerCycles = 0;
            last.ButtonWorks = null;
            last.Since = first;
            last.NextStepAt = confirmed + plan.SelfHeal;
            _open = last;
        }
        else
        {
            _open = new OpenIncident
            {
                Record = new IncidentRecord(
                    sink.NextIncidentId(), slot, Classifier.Unknown, null, "", first.TotalSeconds, confirmed.TotalSeconds, null, null,
                    boot is { } b && first >= b ? (first - b).TotalSeconds : null, intent?.Id, expected, "watch",
                    intents.Count == 0 ? null : string.Join("; ", intents.Select(i => i.Text)), null, "", Gather(view, first, intents)),
                Downtime = downtime,
                Since = first,
                NextStepAt = confirmed + plan.SelfHeal,
            };
        }

        sink.Save(downtime);
        _open.Dead.UnionWith(view.Observers.Where(IsSymptom).Select(o => o.Key));
        Reclassify(_open, view);
        Save(_open);
    }

    // A new stimulus after the recovery makes it a new experiment, however soon it fails.
    private bool MayMerge(OpenIncident last, TimeSpan first, IReadOnlyList<IntentRecord> intents, bool expected) =>
        last.Record.Recovered is { } recovered
        && first.TotalSeconds - recovered <= plan.Merge.TotalSeconds
        && last.Record.Expected == expected
        && !last.Pinned
        && !intents.Any(i => i.Opened > recovered && i.Kind != IntentKinds.Recovery);

    private void Reclassify(OpenIncident open, SlotView view)
    {
        Classification found = Classifier.Classify(EvidenceOf(open, view));
        open.NeedsRecovery = found.NeedsRecovery;
        if (open.Pinned || found.Class is Classifier.Ok || (found.Class == Classifier.Unknown && open.Record.Title.Length > 0))
        {
            return;
        }

        if (found.Class != open.Record.Class || open.Record.Title.Length == 0)
        {
            open.Record = open.Record with { Class = found.Class, Mode = found.Mode, Title = found.Title };
            open.Meaning = found.Meaning;
            open.Downtime = open.Downtime with { Reason = found.Class };
            sink.Save(open.Downtime);
            Save(open);
        }
    }

    private Evidence EvidenceOf(OpenIncident open, SlotView view)
    {
        Dictionary<string, bool?> observers = view.Observers
            .Where(o => o.Key is not ObserverKeys.Relay)
            .ToDictionary(o => o.Key, o => o.Key == ObserverKeys.Button ? null : Seen(o, open.Since), StringComparer.Ordinal);
        observers[ObserverKeys.Button] = open.ButtonWorks;
        return new Evidence
        {
            Observers = observers,
            HasConsole = view.HasConsole,
            Rebooted = open.Rebooted,
            Dump = open.Dump || _dumpAt is not null,
            WifiUp = view.WifiUp,
            SafeMode = view.SafeMode,
            BootsIn300Seconds = _boots.Count,
            PowerCyclesInVain = open.GivenUp,
            ResetReason = open.Record.ResetReason,
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
        string recovery = open switch
        {
            { PowerCycles: > 0 } => "power-cycle",
            { Rebooted: true } => "watchdog",
            { ButtonProbed: true, ButtonWorks: not null } => "button",
            _ => "self",
        };
        open.Story.Add($"Served again at {Stamp(now)} ({recovery}).");
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
        if (!open.Pinned)
        {
            string dead = open.Dead.Count == 0 ? "" : $"Dead: {string.Join(' ', open.Dead.Order(StringComparer.Ordinal))}. ";
            open.Record = open.Record with { Story = $"{open.Meaning} {dead}{string.Join(' ', open.Story)}".Trim() };
        }

        sink.Save(open.Record);
    }

    private List<string> Gather(SlotView view, TimeSpan first, IReadOnlyList<IntentRecord> intents) =>
    [
        .. Table(view, first),
        .. view.Figures.Length == 0 ? Array.Empty<string>() : [view.Figures],
        .. intents.Select(i => $"open: {i.Kind} since {Stamp(TimeSpan.FromSeconds(i.Opened))}: {i.Text}"),
        .. sink.ConsoleBefore(first, ConsoleLines).Select(l => "console " + l),
    ];

    private static IEnumerable<string> Table(SlotView view, TimeSpan first) => view.Observers.Select(o => string.Concat(
        o.Key, ": ", o.State.ToText(),
        o.SymptomSince is { } since ? $"{(o.State == ObserverState.Dead ? "" : ", but failing")} since {Stamp(since)}" : "",
        o.LastGood is { } good ? $", last good {Stamp(good)}{(good > first ? " (after the first symptom)" : "")}" : "",
        o.Detail is { Length: > 0 } detail ? $" ({detail})" : ""));
}

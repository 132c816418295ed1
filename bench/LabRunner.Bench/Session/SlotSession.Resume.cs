using LabRunner.Bench.Journal;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>Going on with what an earlier runner saw of the slot.</content>
internal sealed partial class SlotSession
{
    private bool _resumed;
    private int _earlierOperations;

    /// <summary>
    /// Takes up the slot's records and closes what was open at <see cref="ResumePoint.LastSeen"/>: how it ended was not observed. The gap is
    /// invalid time. Before the console and the watch are started.
    /// </summary>
    public void TakeUp(ResumePoint point)
    {
        lock (_gate)
        {
            TimeSpan now = Clock.Elapsed;
            double seen = point.LastSeen.TotalSeconds;
            RunRecord run = point.Run;
            _resumed = true;
            _earlierOperations = run.Events.Count(e => e.Slot == Name && e is { Kind: "relay", Text: RelayObserver.ClosedText });
            _telemetry.AddRange(run.Telemetry.Where(t => t.Slot == Name));
            _ledger.TakeUp(run.Boots.Where(b => b.Slot == Name));
            TakeUpIntents(run, seen);
            foreach (DowntimeRecord downtime in run.Downtime.Where(d => d.Slot == Name))
            {
                if (downtime.Ended is null)
                {
                    Save(downtime with { Ended = Math.Max(downtime.Started, seen) });
                }
                else
                {
                    _downtime.Add(downtime);
                }
            }

            TakeUpIncidents(run, point.LastSeen, now);
            foreach (LaneRecord lane in run.Lanes.Where(l => l.Slot == Name && l.Ended is null))
            {
                Save(lane with { Ended = Math.Max(lane.Started, seen) });
            }

            Save(new DowntimeRecord(_journal.NextId("downtime"), Name, seen, now.TotalSeconds, Invalid: true, $"Gap in the run: {point.Why}"));
            _lost = run.Events.LastOrDefault(e => e.Slot == Name && e.Kind == EventKinds.SlotLost)?.Text;
            _capture?.TakeUp(point.LastSeen, point.Why);
        }
    }

    /// <summary>The bench cannot use the slot any more, for a reason that is not its DUT's.</summary>
    public void LeaveToBench(string reason)
    {
        lock (_gate)
        {
            LoseToBench(reason);
        }

        Note(Clock.Elapsed, "bench-fault", reason);
    }

    private void TakeUpIntents(RunRecord run, double seen)
    {
        foreach (IntentRecord intent in run.Intents.Where(i => i.Slot == Name))
        {
            IntentRecord closed = intent.Closed is null ? intent with { Closed = Math.Max(intent.Opened, seen) } : intent;
            _intents.Add(closed);
            if (intent.Closed is null)
            {
                _journal.Put(JournalRow.Of(closed));
            }
        }
    }

    private void TakeUpIncidents(RunRecord run, TimeSpan seen, TimeSpan now)
    {
        foreach (IncidentRecord incident in run.Incidents.Where(i => i.Slot == Name))
        {
            bool open = incident is { Recovered: null, Recovery: null, Source: "watch" };
            _incidents[incident.Id] = !open ? incident : incident with
            {
                Recovery = Recoveries.NotObserved,
                Story = $"{incident.Story} It was open when the records end at {Words.AtTenths(seen)}; the bench sees again since {Words.AtTenths(now)}. How it ended was not observed.".Trim(),
            };
            if (open)
            {
                _journal.Put(JournalRow.Of(_incidents[incident.Id]));
            }
        }
    }
}

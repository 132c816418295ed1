using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <content>Silence that is the bench's and not the DUT's: invalid time, no incident.</content>
internal sealed partial class IncidentTracker
{
    private DowntimeRecord? _infra;
    private TimeSpan? _infraEnded;

    // A sentinel that has been dead for longer than that failed on its own.
    private string? Infrastructure(List<ObserverView> dead, SlotView view) =>
        dead.All(o => view.SilentInCommon.Contains(o.Key)) ? "All slots fell silent together"
        : dead.All(o => view.SentinelDead.Contains(o.Key)) && !(_pending - view.SentinelSince > plan.Merge) ? "The sentinel is dead on the same observers at the same time"
        : null;

    private void OpenInfra(TimeSpan since, List<ObserverView> dead, string cause)
    {
        if (_infra is null)
        {
            string text = $"{cause} ({string.Join(' ', dead.Select(o => o.Key))}): the bench, not this DUT";
            _infra = new DowntimeRecord(sink.NextDowntimeId(), slot, since.TotalSeconds, null, Invalid: true, text);
            sink.Save(_infra);
            sink.MarkNetworkAway(_infra.Id);
            sink.Note(since, "infra", text);
        }
    }

    private void CloseInfra(TimeSpan now)
    {
        if (_infra is { } infra)
        {
            sink.Save(infra with { Ended = now.TotalSeconds });
            _infra = null;

            // Who is still silent now gets the time to come back that a symptom of its own would have.
            _infraEnded = now;
        }
    }
}

using LabRunner.Bench.Diagnosis;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Diagnosis;

/// <summary>Remembers what the tracker wrote.</summary>
internal sealed class ScriptedSink : IIncidentSink
{
    private long _id;

    public Dictionary<long, IncidentRecord> Incidents { get; } = [];

    public Dictionary<long, DowntimeRecord> Downtime { get; } = [];

    public List<IntentRecord> Intents { get; } = [];

    public IncidentRecord Only => Incidents.Values.Single();

    public long NextIncidentId() => ++_id;

    public long NextDowntimeId() => ++_id;

    public void Save(IncidentRecord incident) => Incidents[incident.Id] = incident;

    public void Save(DowntimeRecord downtime) => Downtime[downtime.Id] = downtime;

    public void MarkNetworkAway(long downtime)
    {
        // Who asks for it is the session.
    }

    public void Note(TimeSpan at, string kind, string text)
    {
    }

    public IReadOnlyList<IntentRecord> IntentsAt(TimeSpan at) =>
        [.. Intents.Where(i => i.Opened <= at.TotalSeconds && (i.Closed is null || i.Closed >= at.TotalSeconds))];

    public IReadOnlyList<IntentRecord> IntentsOpened(TimeSpan after, TimeSpan until) =>
        [.. Intents.Where(i => i.Opened > after.TotalSeconds && i.Opened <= until.TotalSeconds)];

    public Circumstances Circumstances { get; set; } = new();

    public List<(LadderStep Step, bool Recovered)> Trials { get; } = [];

    public Circumstances CircumstancesOf(TimeSpan first) => Circumstances;

    public void Tried(long incident, LadderStep step, TimeSpan at, TimeSpan took, bool recovered) => Trials.Add((step, recovered));

    public IReadOnlyList<string> ConsoleBefore(TimeSpan at, int most) => ["a line before"];
}

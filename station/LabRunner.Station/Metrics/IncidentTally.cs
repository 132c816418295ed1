using System.Diagnostics.Metrics;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Metrics;

/// <summary>
/// Counts incidents by slot and class over all benches that were open since the station's start, and says each in the log. One is counted when it is
/// over, since its class may change until then. Thread safe.
/// </summary>
internal sealed class IncidentTally : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly BenchKeeper _keeper;
    private readonly ILogger<IncidentTally> _log;
    private readonly Dictionary<(string Slot, string Class, bool Expected), long> _counts = [];
    private readonly HashSet<(string Slot, long Id)> _told = [];
    private readonly HashSet<(string Slot, long Id)> _counted = [];
    private OpenBench? _bench;

    public IncidentTally(BenchKeeper keeper, ILogger<IncidentTally> log)
    {
        (_keeper, _log) = (keeper, log);
        keeper.Leaving += bench => Look(bench, keeper.Now.Job, all: true);
    }

    /// <summary>Counts so far.</summary>
    public IEnumerable<Measurement<long>> Counts()
    {
        Look();
        lock (_gate)
        {
            return [.. _counts.Select(c => new Measurement<long>(
                c.Value, new("slot", c.Key.Slot), new("class", c.Key.Class), new("expected", c.Key.Expected ? "true" : "false")))];
        }
    }

    /// <summary>Incidents that are going on.</summary>
    public IEnumerable<Measurement<int>> Open() => _keeper.Now.Bench is { } bench
        ? [.. bench.Slots.Select(s => new Measurement<int>(Incidents(bench, s.Entry.Name).Count(i => i.Recovered is null), new KeyValuePair<string, object?>("slot", s.Entry.Name)))]
        : [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Look();
            await Task.Delay(Every, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Look()
    {
        if (_keeper.Now is { Bench: { } bench, Job: var job })
        {
            Look(bench, job, all: false);
        }
    }

    private void Look(OpenBench bench, Job? job, bool all)
    {
        lock (_gate)
        {
            if (_bench != bench)
            {
                _bench = bench;
                _told.Clear();
                _counted.Clear();
            }

            foreach (IncidentRecord incident in bench.Slots.SelectMany(s => Incidents(bench, s.Entry.Name)))
            {
                if (_told.Add((incident.Slot, incident.Id)))
                {
                    using IDisposable? scope = _log.BeginScope(job is null ? new Dictionary<string, object> { ["slot"] = incident.Slot } : new() { ["slot"] = incident.Slot, ["run"] = job.Id });
                    _log.Log(
                        incident.Expected ? LogLevel.Information : LogLevel.Warning, "{Slot}: incident {Incident}, {Class}: {Title}", incident.Slot, incident.Id, incident.Class,
                        incident.Title);
                }

                if ((all || incident.Recovered is not null) && _counted.Add((incident.Slot, incident.Id)))
                {
                    (string, string, bool) key = (incident.Slot, incident.Class, incident.Expected);
                    _counts[key] = _counts.GetValueOrDefault(key) + 1;
                }
            }
        }
    }

    // The session in its own process answers at once.
    private static IReadOnlyList<IncidentRecord> Incidents(OpenBench bench, string slot) =>
        bench.Session.GetIncidentsAsync(slot, TimeSpan.Zero, CancellationToken.None) is { IsCompletedSuccessfully: true } over ? over.Result : [];
}

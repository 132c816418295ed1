using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>What came of a planted case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Got">Class and mode of the incident that names it; PlantedCase.Nothing without one; all of them where there were several.</param>
/// <param name="Problems">Times and endings that are not as they should be.</param>
internal sealed record PlayedCase(PlantedCase Case, long Seed, string Got, IReadOnlyList<string> Problems)
{
    /// <summary>Time from the onset (from the first symptom where the onset is not known) to the confirmation, s; null without an incident.</summary>
    public double? ToClass { get; init; }

    /// <summary>Class and mode are right.</summary>
    public bool IsRight => Got == Case.Expected;

    /// <summary>Plays a case on a bench with one plug that carries it and a sentinel that does not.</summary>
    public static async Task<PlayedCase> PlayAsync(PlantedCase planted, long seed, RadioQuality radio)
    {
        double uptime = planted.Uptime + (seed * 37 % 120);
        await using SimulatedBench bench = await SimulatedBench.OpenAsync(new SimulationOptions
        {
            Plugs = [SimulatedBench.PlugNamed("s1", planted.SentinelFaults(uptime)), SimulatedBench.PlugNamed("p1", planted.Faults(uptime))],
            Sentinel = "s1",
            Watch = new WatchPlan(),
            Radio = radio,
            Seed = seed,
            Origin = planted.Origin,
        });
        Task script = planted.Script is { } does ? bench.Do(_ => does(bench, uptime)) : Task.CompletedTask;
        bench.Run(TimeSpan.FromSeconds(planted.Length + uptime - planted.Uptime));
        if (!script.IsCompleted)
        {
            return new PlayedCase(planted, seed, PlantedCase.Nothing, ["the script did not end in the time of the run"]);
        }

        await script;
        List<IncidentRecord> incidents = [.. bench.Incidents("p1")];
        string got = incidents.Count == 0 ? PlantedCase.Nothing : string.Join(" + ", incidents.Select(i => i.Mode is null ? i.Class : $"{i.Class} {i.Mode}").Distinct());
        double truth = bench.Boots("p1")[0].At + uptime;
        List<string> problems = incidents.Count == 0 ? [] : [.. Check(planted, incidents[0], truth)];
        problems.AddRange(bench.Incidents("s1").Select(i => $"the sentinel has a false incident {i.Class}"));
        return new PlayedCase(planted, seed, got, problems)
        {
            ToClass = incidents.Count == 0 ? null : incidents[0].Confirmed - (planted.OnsetKnown ? truth : incidents[0].FirstSymptom),
        };
    }

    private static IEnumerable<string> Check(PlantedCase planted, IncidentRecord incident, double truth)
    {
        if (planted.OnsetKnown && Math.Abs(incident.FirstSymptom - truth) > planted.OnsetSlack)
        {
            yield return FormattableString.Invariant($"first symptom {incident.FirstSymptom:0.0} s, truth {truth:0.0} s");
        }

        if (!(incident.Confirmed - incident.FirstSymptom <= planted.ConfirmWithin))
        {
            yield return FormattableString.Invariant($"confirmed {incident.Confirmed - incident.FirstSymptom:0.0} s after the first symptom");
        }

        if (incident.Recovery != planted.Recovery)
        {
            yield return $"recovery {incident.Recovery ?? "still open"} instead of {planted.Recovery ?? "still open"}";
        }
        else if (incident.Recovered is { } recovered && recovered - incident.FirstSymptom > planted.RecoverWithin)
        {
            yield return FormattableString.Invariant($"recovered {recovered - incident.FirstSymptom:0.0} s after the first symptom");
        }
    }
}

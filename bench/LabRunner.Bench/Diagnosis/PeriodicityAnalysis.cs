using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Diagnosis;

/// <summary>
/// Tells a freeze that follows a configured interval from a random one: time to freeze against the interval that was set, over at least
/// two different intervals. A slope of 1 is the proof, because the interval was an intervention. Pure.
/// </summary>
internal static class PeriodicityAnalysis
{
    // The way of the command to the DUT, seconds.
    private const double CommandDelay = 0.1;

    private static readonly TimeSpan Around = TimeSpan.FromSeconds(5);

    /// <summary>The finding that explains a slot's periodic freezes; null when there is no such pattern.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="incidents">Its incidents.</param>
    /// <param name="intents">Its intents; those with data interval=N are experiments.</param>
    /// <param name="resolution">Cadence of the observer that saw the first symptom, told with the figures.</param>
    /// <param name="lateness">The latest that the bench itself ran between two run times: a symptom is known no finer than that.</param>
    public static Finding? Find(
        string slot, IReadOnlyList<IncidentRecord> incidents, IReadOnlyList<IntentRecord> intents, TimeSpan resolution, Func<TimeSpan, TimeSpan, TimeSpan> lateness)
    {
        List<(IncidentRecord Incident, IntentRecord Intent, double Interval, double Time)> points = [];
        foreach (IncidentRecord incident in incidents.Where(i => !i.Expected && (i.Class is "NET_FREEZE" or "HARD_HANG" or "PERIODIC_FREEZE")))
        {
            IntentRecord? intent = intents.LastOrDefault(i =>
                Interval(i) is not null && i.Opened <= incident.FirstSymptom && (i.Closed is null || i.Closed >= incident.FirstSymptom));
            if (intent is not null)
            {
                points.Add((incident, intent, Interval(intent)!.Value, incident.FirstSymptom - intent.Opened));
            }
        }

        // A suite that made the experiment saw it closer than the watch: what it has named stays named.
        double half = resolution.TotalSeconds / 2;
        if (points.Any(p => p.Incident.Class == "PERIODIC_FREEZE")
            || PeriodicTie.Find([.. points.Select(Point)]) is not { } tie)
        {
            return null;
        }

        PeriodicPoint Point((IncidentRecord Incident, IntentRecord Intent, double Interval, double Time) p)
        {
            TimeSpan first = TimeSpan.FromSeconds(p.Incident.FirstSymptom);
            double late = half + lateness(first - Around, first + Around).TotalSeconds;
            return new PeriodicPoint(p.Interval, p.Time - late - CommandDelay, p.Time + late - CommandDelay);
        }

        string what = points[0].Intent.Data.GetValueOrDefault("driver") ?? "SetupEnergyStats";
        string pairs = string.Join(", ", points.OrderBy(p => p.Interval).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Interval:0} s → {p.Time:0.0} s")));
        return new Finding(
            slot, points[0].Intent.Suite ?? "S12", "PERIODIC_FREEZE", "F09", $"Freezes periodically with {what}: {tie.OffsetText}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"It froze after each {what}, and the time to the freeze follows the interval that was set: {pairs} (slope {tie.Slope:0.000}, offset {tie.OffsetSeconds:0.0} ± {tie.UncertaintySeconds:0.0} s seen through probes {resolution.TotalSeconds:0.#} s apart). This is a timer, not a random freeze."),
            TimeSpan.FromSeconds(points.Min(p => p.Incident.FirstSymptom)), points[0].Intent.Text,
            [$"time to freeze by interval: {pairs}", string.Create(CultureInfo.InvariantCulture, $"slope {tie.Slope:0.0000}, offset {tie.OffsetSeconds:0.00} s, largest residual {tie.WorstResidualSeconds:0.00} s")],
            [.. points.Select(p => p.Incident.Id)]);
    }

    private static double? Interval(IntentRecord intent) =>
        double.TryParse(intent.Data?.GetValueOrDefault("interval"), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}

using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>A failure within an experiment that had set an interval.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Suite">Suite of the experiment; empty where none is known.</param>
/// <param name="Name">What was set.</param>
/// <param name="Interval">Interval, seconds.</param>
/// <param name="Seconds">From the setting to the first symptom.</param>
internal sealed record IntervalFailure(string Slot, string Suite, string Name, double Interval, double Seconds)
{
    /// <summary>Interval that an experiment set, seconds; 0 for what sets none.</summary>
    internal static double IntervalOf(IntentRecord intent) =>
        double.TryParse(intent.Data.GetValueOrDefault("interval"), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0 && double.IsFinite(seconds) ? seconds : 0;

    internal static string NameOf(IntentRecord intent) => intent.Data.GetValueOrDefault("driver") ?? "SetupEnergyStats";

    internal static IEnumerable<IntervalFailure> Of(RunRecord run)
    {
        List<(IntentRecord Intent, double Interval)> experiments =
        [
            .. run.Intents.Select(i => (i, Interval: IntervalOf(i))).Where(i => i.Interval > 0),
        ];
        foreach (IncidentRecord incident in run.Incidents.Where(i => !i.Expected && i.Source is "watch" or "suite" && i.Class != "LEAK"))
        {
            (IntentRecord Intent, double Interval) = experiments.LastOrDefault(e =>
                e.Intent.Slot == incident.Slot && e.Intent.Opened <= incident.FirstSymptom && incident.FirstSymptom <= (e.Intent.Closed ?? run.End));
            if (Intent is not null)
            {
                yield return new IntervalFailure(incident.Slot, Intent.Suite ?? "", NameOf(Intent), Interval, incident.FirstSymptom - Intent.Opened);
            }
        }
    }
}

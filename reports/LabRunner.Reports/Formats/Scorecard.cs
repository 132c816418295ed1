using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>The night in a few lines: what the terminal prints and the report opens with.</summary>
/// <param name="Bench">Bench name.</param>
/// <param name="Plan">Plan name.</param>
/// <param name="Verdict">The night's verdict (scope night, rule overall).</param>
/// <param name="Text">The night's sentence.</param>
/// <param name="Killed">True when the runner died: nothing after its last record is known.</param>
/// <param name="Slots">In slot order.</param>
public sealed record Scorecard(string Bench, string Plan, Verdict Verdict, string Text, bool Killed, IReadOnlyList<SlotScore> Slots)
{
    /// <summary>Files written; null before they are.</summary>
    public ReportPaths? Paths { get; init; }

    /// <summary>
    /// Reads the verdict rows. Where the runner died before it judged, the verdict is INCONCLUSIVE and the sentence says so: no verdict
    /// is made up afterwards.
    /// </summary>
    public static Scorecard From(RunRecord run)
    {
        VerdictRecord? night = run.Verdicts.LastOrDefault(v => v is { Scope: "night", Rule: "overall" });
        string unjudged = run.Killed
            ? $"The runner died after {Words.Duration(run.End - run.Started)}; what it recorded until then stands below, and nothing was judged."
            : $"The night was not judged ({run.Outcome ?? "no outcome written"}).";
        return new Scorecard(
            run.Bench,
            run.Plan,
            night?.Verdict ?? Verdict.Inconclusive,
            night?.Text ?? unjudged,
            run.Killed,
            [.. run.Slots.Select(slot => Score(run, slot))]);
    }

    private static SlotScore Score(RunRecord run, SlotRecord slot)
    {
        VerdictRecord? row = run.Own(slot.Name);
        List<IncidentScore> incidents =
        [
            .. run.Incidents.Where(i => i.Slot == slot.Name)
                .Select(i => new IncidentScore(i.Id, i.Class, i.Mode, i.Title, i.FirstSymptom, i.Expected, i.Recovery)),
        ];
        double hours = run.DeviceHours(slot.Name);
        int unexpected = incidents.Count(i => !i.Expected);
        string derived = string.Create(
            CultureInfo.InvariantCulture,
            $"{slot.Name} was not judged: {(run.Killed ? "the runner died" : "the run was aborted")}. Until then {Words.Count(unexpected, "unexpected incident")} in {hours:0.##} device-hours.");
        return new SlotScore(
            slot.Name,
            slot.Title,
            row?.Verdict ?? Verdict.Inconclusive,
            row?.Text ?? derived,
            hours,
            run.InvalidHours(slot.Name),
            incidents,
            run.Boots.Count(b => b.Slot == slot.Name && !b.Expected),
            run.Boots.Count(b => b.Slot == slot.Name && b.Expected));
    }
}

/// <summary>One slot of the scorecard.</summary>
/// <param name="Slot">Slot name.</param>
/// <param name="Title">Board title.</param>
/// <param name="Verdict">Overall verdict (scope slot:name, rule stability).</param>
/// <param name="Sentence">What happened, one or two sentences.</param>
/// <param name="DeviceHours">Time under test minus down and INVALID time, hours.</param>
/// <param name="InvalidHours">Time the bench spoiled, hours.</param>
/// <param name="Incidents">In order of first symptom, expected ones too.</param>
/// <param name="UnexpectedReboots">Resets nobody asked for.</param>
/// <param name="ExpectedReboots">Resets the bench caused.</param>
public sealed record SlotScore(
    string Slot, string Title, Verdict Verdict, string Sentence, double DeviceHours, double InvalidHours,
    IReadOnlyList<IncidentScore> Incidents, int UnexpectedReboots, int ExpectedReboots);

/// <summary>One incident in a line.</summary>
/// <param name="Id">Anchor #incident-Id in the HTML report.</param>
/// <param name="Class">Class of the truth table.</param>
/// <param name="Mode">Failure mode, null when evidence singles none out.</param>
/// <param name="Title">One line.</param>
/// <param name="FirstSymptom">Run time, seconds.</param>
/// <param name="Expected">True when the bench provoked it.</param>
/// <param name="Recovery">What brought the DUT back; null while open.</param>
public sealed record IncidentScore(long Id, string Class, string? Mode, string Title, double FirstSymptom, bool Expected, string? Recovery);

/// <summary>Where the reports of a run stand, absolute paths.</summary>
public sealed record ReportPaths(string Html, string Json, string JUnit, string Trx, string AllureResults)
{
    /// <summary>Where they stand in a run folder, written or not.</summary>
    /// <param name="runFolder">Absolute path.</param>
    public static ReportPaths Of(string runFolder)
    {
        string reports = Path.Combine(runFolder, "report");
        return new(
            Path.Combine(reports, "index.html"), Path.Combine(reports, "report.json"), Path.Combine(reports, "junit.xml"), Path.Combine(reports, "results.trx"),
            Path.Combine(runFolder, "allure-results"));
    }
}

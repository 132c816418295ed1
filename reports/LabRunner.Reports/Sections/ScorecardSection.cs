using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>One row per slot: hours, incidents by class, resets, tests; then the night in numbers.</summary>
public sealed class ScorecardSection : IReportSection
{
    /// <inheritdoc/>
    public int Order => 20;

    /// <inheritdoc/>
    public string Id => "scorecard";

    /// <inheritdoc/>
    public string Title => "Scorecard";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        html.Table(
            "Device-hours are time under test without down time and without INVALID time. Provoked incidents are self-tests of the bench.",
            ["Slot", "Verdict", "Board", "#Device-hours", "#INVALID", "Unexpected incidents", "#Provoked", "#Resets unexpected / expected", "Tests"],
            () =>
            {
                foreach (SlotScore slot in card.Slots)
                {
                    html.Row(
                        slot.Slot + (run.Slots.First(s => s.Name == slot.Slot).Sentinel ? " (sentinel)" : ""),
                        slot.Verdict,
                        slot.Title,
                        new Figure(Words.Hours(slot.DeviceHours)),
                        new Figure(slot.InvalidHours == 0 ? "0" : Words.Duration(slot.InvalidHours * 3600)),
                        (Action)(() => Incidents(html, slot)),
                        slot.Incidents.Count(i => i.Expected),
                        new Figure($"{slot.UnexpectedReboots} / {slot.ExpectedReboots}"),
                        Tests(run, slot.Slot));
                }
            });
        html.Table("The night in numbers", ["Figure", "#Value", "What it says"], () =>
        {
            foreach (NightFigure figure in NightFigures.Of(run))
            {
                html.Row(figure.Name, new Figure(figure.Value), figure.Note);
            }
        });
    }

    private static void Incidents(HtmlWriter html, SlotScore slot)
    {
        List<IGrouping<string, IncidentScore>> groups =
            [.. slot.Incidents.Where(i => !i.Expected).GroupBy(i => i.Mode is { Length: > 0 } mode ? $"{i.Class} {mode}" : i.Class)];
        if (groups.Count == 0)
        {
            html.Text("none");
            return;
        }

        for (int i = 0; i < groups.Count; i++)
        {
            html.Text(i == 0 ? "" : ", ");
            html.Element("a", $"{groups[i].Count()} × {groups[i].Key}", ("href", $"#incident-{groups[i].First().Id}"));
        }
    }

    private static string Tests(RunRecord run, string slot)
    {
        List<string> parts =
        [
            .. run.Tests.Where(t => t.Slot == slot).GroupBy(t => t.Verdict).OrderByDescending(g => g.Key)
                .Select(g => $"{g.Count()} {g.Key.ToText()}"),
        ];
        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}

using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>The night in one paragraph of plain text: the verdict, the slots that did not pass, and what changed since the last night.</summary>
public static class Paragraph
{
    private const int MostSlots = 8;

    /// <summary>The paragraph, one line, control characters cleaned; at most about 2,000 characters.</summary>
    public static string Of(RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        List<SlotScore> bad = [.. card.Slots.Where(s => s.Verdict is not (Verdict.Pass or Verdict.Inconclusive)).OrderByDescending(s => s.Verdict)];
        List<string> sentences =
        [
            $"{card.Verdict.ToText()}: {card.Bench}, {card.Plan}, {Words.Wall(run, run.Started) ?? "start unknown"}, {Words.Hours(card.Slots.Sum(s => s.DeviceHours))} on {Words.Count(card.Slots.Count, "slot")}.",
            card.Text,
            .. bad.Take(MostSlots).Select(s => SafeText.OneLine(s.Sentence.StartsWith(s.Slot, StringComparison.Ordinal) ? s.Sentence : $"{s.Slot}: {s.Sentence}", 200)),
        ];
        if (bad.Count > MostSlots)
        {
            sentences.Add($"{bad.Count - MostSlots} more slots did not pass.");
        }

        if (run.Before is { } before)
        {
            NightComparison since = NightComparison.Of([before], [NightSummary.From(run)], new ComparisonRules());
            string news = string.Join(", ", since.Modes.Where(m => m.State == ModeState.New).Select(m => m.Mode).Concat(since.Heaps.Where(h => h.Leaks).Select(h => $"leak on {h.Scope}")));
            sentences.Add($"Against the night before: {Say(since.Overall)}{(news.Length == 0 ? "" : ", new " + news)}.");
        }

        if (run.Unread.Count > 0)
        {
            sentences.Add($"Of the runs beside it {run.Unread.Count} cannot be read.");
        }

        return SafeText.OneLine(string.Join(' ', sentences.Where(s => s.Length > 0)), 2000);
    }

    private static string Say(Change change) => change switch
    {
        Change.Worse => "worse",
        Change.Better => "better",
        Change.Same => "the same",
        _ => "cannot tell",
    };
}

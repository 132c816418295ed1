using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>What changed since the last night, and against the version that was named as reference: worse, better, same, or cannot tell.</summary>
public sealed class DeltaSection : IReportSection
{
    private const int MaxFigures = 12;

    /// <inheritdoc/>
    public int Order => 25;

    /// <inheritdoc/>
    public string Id => "delta";

    /// <inheritdoc/>
    public string Title => "Since last night";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        foreach (string unread in run.Unread)
        {
            html.Element("p", $"A run beside it cannot be read and is left out. {unread}.", ("class", "notice"));
        }

        if (run.Before is null)
        {
            html.Element("p", $"No earlier night of this bench {(run.Earlier.Count == 0 ? "" : $"with the plan {run.Plan} and device-hours ")}stands beside this run, so that nothing can be said about a change.");
            if (run.Reference is null)
            {
                return;
            }
        }

        NightSummary now = NightSummary.From(run);
        if (run.Before is { } before)
        {
            Against(html, "The night before", before, now);
        }

        if (run.Reference is { } reference)
        {
            Against(html, "The reference", NightSummary.From(reference), now);
        }
    }

    private static void Against(HtmlWriter html, string what, NightSummary before, NightSummary now)
    {
        NightComparison comparison = NightComparison.Of([before], [now], new ComparisonRules());
        html.Element("h3", $"{what}: {before.Name}, {string.Join(", ", NightComparison.Builds([before]))}");
        foreach (string warning in comparison.Warnings)
        {
            html.Element("p", warning, ("class", "soft"));
        }

        IReadOnlyList<RateChange> rows = comparison.Told;
        if (rows.Count > 0)
        {
            html.Table(
                "Failures in the idle soak (S01) by board, and each suite that is worse; the ratio of the rates with its exact 90 % interval. \"Cannot tell\" names the device-hours that both sides together still need",
                ["Scope", "Change", "#Before", "#Now", "#Hours before", "#Hours now"],
                () =>
                {
                    foreach (RateChange row in rows)
                    {
                        html.Row(row.Scope, row.Sentence, row.Before.Failures, row.After.Failures, new Figure(Words.Hours(row.Before.Hours)), new Figure(Words.Hours(row.After.Hours)));
                    }
                });
        }

        foreach (SurvivalChange survival in comparison.Survival.Where(s => s.Differs))
        {
            html.Element("p", $"{survival.Scope}: {survival.Sentence}.");
        }

        foreach (FreshFailure failure in comparison.Fresh)
        {
            html.Element("p", $"{failure.Sentence}.");
        }

        foreach (HeapChange heap in comparison.Heaps.Where(h => h.Change is Change.Worse or Change.Better))
        {
            html.Element("p", $"{heap.Scope}, free heap: {HeapChange.Told(heap.Before)} before, {HeapChange.Told(heap.After)} now; {heap.Sentence}.");
        }

        Modes(html, comparison);
        foreach (TrialChange trial in comparison.Trials.Where(t => t.Change is Change.Worse or Change.Better))
        {
            html.Element("p", $"{trial.Scope}: {(trial.Change == Change.Worse ? "worse" : "better")}, {trial.Before.Ok} of {trial.Before.Tried} before, {trial.After.Ok} of {trial.After.Tried} now.");
        }

        List<FigureChange> moved = [.. comparison.Figures.Where(f => f.Share is { } share && Math.Abs(share) >= 0.05).OrderByDescending(f => Math.Abs(f.Share!.Value)).Take(MaxFigures)];
        if (moved.Count > 0)
        {
            using (html.In("details"))
            {
                html.Element("summary", $"{Words.Count(moved.Count, "figure")} that moved by 5 % or more; shown, not judged");
                html.Table("Medians", ["Figure", "#Before", "#Now", "#Change"], () =>
                {
                    foreach (FigureChange figure in moved)
                    {
                        html.Row(figure.Scope, figure.MedianBefore, figure.MedianAfter, new Figure(Words.Percent(figure.Share!.Value)));
                    }
                });
            }
        }
    }

    private static void Modes(HtmlWriter html, NightComparison comparison)
    {
        string List(string state) => string.Join(", ", comparison.Modes.Where(m => m.State == state).Select(m => m.Mode));
        (string Text, string Modes)[] lines =
        [
            ("New", List(ModeState.New)), ("Seen again", List(ModeState.Seen)), ("Gone: the rate is now below a third of what it was, at 90 %", List(ModeState.Gone)),
            ("Not seen again, in too few hours to call it gone", List(ModeState.NotSeen)), ("Nothing is known of it, for the plug that had it did not run", List(ModeState.Away)),
        ];
        foreach ((string text, string modes) in lines.Where(l => l.Modes.Length > 0))
        {
            html.Element("p", $"{text}: {modes}.");
        }

        if (comparison.Modes.Count == 0)
        {
            html.Element("p", "No failure mode on either side.");
        }
    }
}

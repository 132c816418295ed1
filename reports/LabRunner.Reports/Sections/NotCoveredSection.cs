using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>What this night could not or did not look at, so that silence is not read as success.</summary>
public sealed class NotCoveredSection : IReportSection
{
    /// <inheritdoc/>
    public int Order => 110;

    /// <inheritdoc/>
    public string Id => "not-covered";

    /// <inheritdoc/>
    public string Title => "Not covered";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        html.Element("p", "Nothing is known of these; their absence above is not a pass.");
        using (html.In("ul"))
        {
            foreach (string line in Lines(run))
            {
                html.Element("li", line);
            }
        }
    }

    /// <summary>One line per thing that was not looked at.</summary>
    internal static IReadOnlyList<string> Lines(RunRecord run)
    {
        List<string> lines = [];
        HashSet<string> ran = [.. run.Tests.Where(t => t.Verdict != Verdict.NotRun).Select(t => t.Suite)];
        ran.UnionWith(run.Trials.Select(t => t.Suite));
        ran.UnionWith(run.Exposure.Select(e => e.Suite));
        List<string> missing = [.. SuiteTitles.All.Where(s => !ran.Contains(s.Key)).Select(s => $"{s.Key} {s.Value}")];
        if (missing.Count > 0)
        {
            lines.Add($"Suites that did not run: {string.Join(", ", missing)}.");
        }

        foreach (IGrouping<string, TestRecord> group in run.Tests.Where(t => t.Verdict == Verdict.NotRun && !IsDoneAgain(t, run))
                     .GroupBy(t => $"{t.Suite} {t.Name}: {t.Message ?? "no reason given"}").OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            lines.Add($"{group.Key} (not run on {string.Join(", ", group.Select(t => t.Slot).Distinct().Order(StringComparer.Ordinal))})");
        }

        double hours = (run.End - run.Started) / 3600;
        lines.Add($"Anything that needs longer than this run's {Words.Duration(run.End - run.Started)}: counters that roll over after 24.9 or 49.7 days (F29), slow leaks{(hours < 24 ? ", failures at a time of day that this run did not pass" : "")}.");
        lines.Add("Wear of flash and relay over months (F52), and mains disturbances: nothing here ages a part or shapes a supply.");
        foreach (SlotRecord slot in run.Slots.Where(s => !run.Exposure.Any(e => e.Slot == s.Name)))
        {
            lines.Add($"{slot.Name}: no exposure was recorded; nothing of its stability is known.");
        }

        return lines;
    }

    // An attempt that was cut short and came to its end later.
    private static bool IsDoneAgain(TestRecord test, RunRecord run) => run.Tests.Any(t => t.Slot == test.Slot && t.FullName == test.FullName && t.Id > test.Id);
}

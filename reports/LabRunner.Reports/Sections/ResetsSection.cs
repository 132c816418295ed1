using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>The reset ledger: every boot, whether anyone asked for it, and who saw it.</summary>
public sealed class ResetsSection : IReportSection
{
    private const int MostDisagreements = 50;

    // Four days of the calendar need at least two whole ones.
    private const double LeastSeconds = 2 * 86_400;

    /// <inheritdoc/>
    public int Order => 90;

    /// <inheritdoc/>
    public string Id => "resets";

    /// <inheritdoc/>
    public string Title => "Reset ledger";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        html.Element(
            "p",
            "A reset is expected only while the bench has an intent open that causes one. On BL602 the reset reason cannot tell a hang from a crash or a brown-out: all read BL_RST_SOFTWARE_WATCHDOG; the console decides.",
            ("class", "soft"));
        Sources(html, run);
        List<BootRecord> unexpected = [.. run.Boots.Where(b => !b.Expected)];
        if (unexpected.Count == 0)
        {
            html.Element("p", "No unexpected reset was recorded.");
        }
        else
        {
            Table(html, "Unexpected resets", unexpected);
        }

        Hours(html, run);
        if (run.Boots.Count > unexpected.Count)
        {
            using (html.In("details"))
            {
                html.Element("summary", Words.Count(run.Boots.Count - unexpected.Count, "expected reset"));
                Table(html, "Expected resets", [.. run.Boots.Where(b => b.Expected)]);
            }
        }
    }

    // A night has no time of day that comes again; a run of several days has.
    private static void Hours(HtmlWriter html, RunRecord run)
    {
        if (run.End - run.Started < LeastSeconds)
        {
            return;
        }

        NightSummary days = NightSummary.From(run);
        foreach (ResetHours row in ResetHours.Judge(days.Cells.Select(c => (c.Slot, c.Resets, c.Watched))))
        {
            html.Element("p", row.Sentence + ".", ("class", row.IsTold ? "notice" : null));
        }
    }

    // Three counts of the same thing: who missed a boot, or saw one that the others did not, is told by an event.
    private static void Sources(HtmlWriter html, RunRecord run)
    {
        if (run.Boots.Count == 0)
        {
            return;
        }

        int Saw(params string[] sources) => run.Boots.Count(b => b.Sources.Any(sources.Contains));
        html.Element(
            "p",
            $"{Words.Count(run.Boots.Count, "boot")}: {Saw("banner")} seen by their banner, {Saw("uptime", "mqtt", "info")} by an uptime that went backwards, {Saw("page")} by the index page.");
        List<EventRecord> disagreements = [.. run.Events.Where(e => e.Kind == "disagreement")];
        if (disagreements.Count > 0)
        {
            html.Table("Sources that disagree", ["Slot", "At", "What"], () =>
            {
                foreach (EventRecord seen in disagreements.Take(MostDisagreements))
                {
                    html.Row(seen.Slot ?? "bench", Words.At(seen.At), seen.Text);
                }
            });
        }
    }

    private static void Table(HtmlWriter html, string caption, IReadOnlyList<BootRecord> boots) =>
        html.Table(caption, ["Slot", "At", "Reason", "#Uptime before", "Index page says", "Seen by"], () =>
        {
            foreach (BootRecord boot in boots)
            {
                html.Row(
                    boot.Slot, Words.At(boot.At), boot.Reason, new Figure(boot.UptimeBeforeS is { } up ? Words.Duration(up) : "–"),
                    boot.ResetReason ?? "not read", string.Join(", ", boot.Sources));
            }
        });
}

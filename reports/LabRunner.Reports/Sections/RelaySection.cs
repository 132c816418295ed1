using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>What the contact did: how long it opens at a reset, how often it switched, and edges that nobody can explain.</summary>
public sealed class RelaySection : IReportSection
{
    private const double WarnMilliseconds = 1000;
    private const double LongestGap = 10;
    private const double NearBoot = 8;
    private const int MaxEdges = 50;

    // The bench makes itself safe: outputs go off.
    private const double EndingSeconds = 10;

    /// <inheritdoc/>
    public int Order => 95;

    /// <inheritdoc/>
    public string Id => "relay";

    /// <inheritdoc/>
    public string Title => "Relay and button";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        List<EventRecord> edges = [.. run.Events.Where(e => e.Kind == "relay" && e.Slot is not null)];
        if (edges.Count == 0)
        {
            html.Element("p", "No edge of a relay contact was recorded: no slot has a relay sense line, or nothing switched.");
            return;
        }

        List<RelayGap> gaps = [.. RelayGap.Of(run, edges, LongestGap, NearBoot)];
        Gaps(html, gaps);
        html.Table("Contact by slot. Presses are those of the bench's actuator; a relay's life is counted in operations", ["Slot", "#Edges", "#Closings", "#Openings at a reset", "#Presses"], () =>
        {
            foreach (IGrouping<string, EventRecord> slot in edges.GroupBy(e => e.Slot!).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                html.Row(
                    slot.Key, slot.Count(), slot.Count(RelayGap.Closes), gaps.Count(g => g.Slot == slot.Key),
                    run.Events.Count(e => e.Kind == "press" && e.Slot == slot.Key));
            }
        });
        Unexplained(html, run, edges);
    }

    private static void Gaps(HtmlWriter html, List<RelayGap> gaps)
    {
        if (gaps.Count == 0)
        {
            html.Element("p", "No reset opened a closed contact.");
            return;
        }

        double[] sorted = [.. gaps.Select(g => g.Milliseconds).Order()];
        int wide = sorted.Count(g => g > WarnMilliseconds);
        html.Element("p", $"{Words.Count(gaps.Count, "reset")} opened the contact, power cuts of the bench left out: for {Words.Duration(Percentile.OfSorted(sorted, 0.5) / 1000)} in the middle, {Words.Duration(Percentile.OfSorted(sorted, 0.95) / 1000)} at the 95th percentile, {Words.Duration(sorted[^1] / 1000)} at most. {(wide == 0 ? "None was longer than one second." : $"{wide} longer than one second: a PC or a router on this plug would restart.")}");
        double high = Math.Max(sorted[^1], WarnMilliseconds) * 1.05;
        const int bins = 40;
        int[] counts = new int[bins];
        foreach (double gap in sorted)
        {
            counts[Math.Min(bins - 1, (int)(gap / high * bins))]++;
        }

        Plot plot = new(0, high, 0, counts.Max(), height: 200);
        plot.Draw(html, "How long the contact was open at a reset; the dashed line is one second", "resets", x => Words.Duration(x / 1000), Plot.Round(0, high, 8), () =>
        {
            for (int i = 0; i < bins; i++)
            {
                if (counts[i] > 0)
                {
                    double left = plot.X(i * high / bins);
                    html.Empty("rect", ("class", (i + 0.5) * high / bins > WarnMilliseconds ? "dot bad" : "dot"), ("x", left + 1), ("y", plot.Y(counts[i])), ("width", plot.X((i + 1) * high / bins) - left - 2), ("height", plot.Y(0) - plot.Y(counts[i])));
                }
            }

            html.Empty("line", ("class", "limit"), ("x1", plot.X(WarnMilliseconds)), ("x2", plot.X(WarnMilliseconds)), ("y1", plot.Y(0)), ("y2", plot.Y(counts.Max())));
        });
        if (wide == 0)
        {
            return;
        }

        html.Table("Contacts that were open for more than a second at a reset, the longest first", ["Slot", "At", "#Open for"], () =>
        {
            foreach (RelayGap gap in gaps.Where(g => g.Milliseconds > WarnMilliseconds).OrderByDescending(g => g.Milliseconds).Take(MaxEdges))
            {
                html.Row(gap.Slot, Words.At(gap.At), new Figure(Words.Duration(gap.Milliseconds / 1000)));
            }
        });
        if (wide > MaxEdges)
        {
            html.Element("p", $"{wide - MaxEdges} shorter ones are left out.");
        }
    }

    /// <summary>Edges outside of every suite's exposure, intent, boot and press: nobody asked for them.</summary>
    private static void Unexplained(HtmlWriter html, RunRecord run, List<EventRecord> edges)
    {
        List<EventRecord> strange = [.. edges.Where(e => !Explained(run, e))];
        if (strange.Count == 0)
        {
            html.Element("p", "Every edge of a contact falls into something the bench did, a suite that switches relays, or a reset.");
            return;
        }

        html.Table("Edges that nothing explains: no suite switched, no button was pressed, no reset was near", ["Slot", "At", "What"], () =>
        {
            foreach (EventRecord edge in strange.Take(MaxEdges))
            {
                html.Row(edge.Slot, Words.At(edge.At), edge.Text);
            }
        });
        if (strange.Count > MaxEdges)
        {
            html.Element("p", $"{strange.Count - MaxEdges} more are in journal.db.");
        }
    }

    private static bool Explained(RunRecord run, EventRecord edge) =>
        run.Tests.Any(t => t.Slot == edge.Slot && t.Started <= edge.At && edge.At <= (t.Ended ?? run.End) + 2)
        || run.Intents.Any(i => i.Slot == edge.Slot && i.Opened <= edge.At && edge.At <= (i.Closed ?? run.End) + 2)
        || run.Boots.Any(b => b.Slot == edge.Slot && Math.Abs(b.At - edge.At) <= NearBoot)
        || edge.At >= run.End - EndingSeconds
        || run.Events.Any(e => e.Slot == edge.Slot && e.Kind is "press" or "power" && Math.Abs(e.At - edge.At) <= 3)
        || run.Incidents.Any(i => i.Slot == edge.Slot && i.FirstSymptom <= edge.At && edge.At <= LastOf(run, i));

    // The ladder presses and reboots until the DUT is back; what was found once has no such time.
    private static double LastOf(RunRecord run, IncidentRecord incident) => incident.Recovered ?? (incident.Source == "watch" ? run.End : incident.Confirmed ?? run.End);
}

/// <summary>A contact that opened at a reset and closed again.</summary>
internal sealed record RelayGap(string Slot, double At, double Milliseconds)
{
    // A firmware restores its relay while it starts; a contact that closes later was switched on again by somebody.
    private const double RestoredWithin = 3;

    internal static bool Closes(EventRecord edge) => edge.Text.EndsWith("closed", StringComparison.Ordinal);

    /// <summary>Openings near a boot that close within <paramref name="longest"/> seconds; not those of the bench's own power cuts, nor those from before it asked for the boot.</summary>
    internal static IEnumerable<RelayGap> Of(RunRecord run, IReadOnlyList<EventRecord> edges, double longest, double near)
    {
        foreach (IGrouping<string, EventRecord> slot in edges.GroupBy(e => e.Slot!))
        {
            // A contact that was open before the bench asked for the reset was switched off, and no reset opened it.
            (double At, double Asked)[] boots =
                [.. run.Boots.Where(b => b.Slot == slot.Key).Select(b => (b.At, run.Intents.FirstOrDefault(i => i.Id == b.Intent)?.Opened ?? double.NegativeInfinity))];
            double[] powers = [.. run.Events.Where(e => e.Kind == "power" && e.Slot == slot.Key).Select(e => e.At)];
            EventRecord? opened = null;
            foreach (EventRecord edge in slot.OrderBy(e => e.At))
            {
                if (!Closes(edge))
                {
                    opened = edge;
                }
                else if (opened is not null)
                {
                    double gap = edge.At - opened.At;
                    bool cut = powers.Any(p => p >= opened.At - 2 && p <= edge.At + 1);
                    if (gap <= longest && !cut && boots.Any(b => b.At >= opened.At - near && b.At <= edge.At + 1 && edge.At - b.At <= RestoredWithin && b.Asked <= opened.At))
                    {
                        yield return new RelayGap(slot.Key, opened.At, gap * 1000);
                    }

                    opened = null;
                }
            }
        }
    }
}

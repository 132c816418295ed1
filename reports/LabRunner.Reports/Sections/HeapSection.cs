using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Free heap of every slot: a band from lowest to highest per column (a mean would hide a three-second dip), and per spell between two
/// boots a Theil-Sen line through block medians. The lines are a drawing; what was judged stands under Reliability.
/// </summary>
public sealed class HeapSection : IReportSection
{
    private const string Leak = "LEAK";
    private const double FillSeconds = 60;
    private const int Columns = 300;
    private const int Blocks = 24;
    private const int MinSamples = 24;

    /// <inheritdoc/>
    public int Order => 70;

    /// <inheritdoc/>
    public string Id => "heap";

    /// <inheritdoc/>
    public string Title => "Heap";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        List<(string Slot, (double At, double Free)[] Samples)> told = [.. run.Slots.Select(s => (s.Name, Samples(run, s.Name))).Where(s => s.Item2.Length > 1)];
        if (told.Count == 0)
        {
            html.Element("p", "No slot reported its free heap.");
            return;
        }

        Sentences(html, run);
        foreach ((string slot, (double At, double Free)[] samples) in told)
        {
            Draw(html, run, slot, samples);
        }
    }

    private static void Sentences(HtmlWriter html, RunRecord run)
    {
        IncidentRecord[] leaks = [.. run.Incidents.Where(i => i is { Class: Leak, Expected: false })];
        foreach (IncidentRecord leak in leaks)
        {
            html.Element("p", $"{leak.Slot} leaks. {leak.Title.TrimEnd('.')} (incident {leak.Id}).");
        }

        if (leaks.Length == 0)
        {
            html.Element("p", run.Killed ? "The runner died before the heap was judged." : "No plug was found to leak.");
        }

        html.Element(
            "p",
            "The band reaches from the least to the most free heap at each moment, and the line follows the least. A dashed line is the trend between two boots; \"none\" is said where it may as well be level.",
            ("class", "soft"));
    }

    /// <summary>What the slot told of its free heap: run time in seconds, bytes.</summary>
    internal static (double At, double Free)[] Samples(RunRecord run, string slot)
    {
        TelemetryRecord[] told = run.TelemetryArray(slot);
        (double At, double Free)[] samples = new (double, double)[told.Length];
        int count = 0;
        foreach (TelemetryRecord sample in told)
        {
            if (sample.HeapB is { } free)
            {
                samples[count++] = (sample.At, free);
            }
        }

        Array.Resize(ref samples, count);
        return samples;
    }

    private static void Draw(HtmlWriter html, RunRecord run, string slot, (double At, double Free)[] samples)
    {
        List<(double From, double To, TheilSenLine Line, double Origin)> trends = [.. Trends(run, slot, samples)];
        Plot plot = new(run.Started, run.End, samples.Min(s => s.Free) / 1000, samples.Max(s => s.Free) / 1000, height: 190);
        TimeAxis axis = new(run.Started, run.End, 0, 1);
        string slopes = trends.Count == 0
            ? "spells too short for a trend"
            : "trend by spell " + string.Join(", ", trends.Take(8).Select(t => t.Line.SlopeBounds.Contains(0) ? "none" : $"{Words.Number(t.Line.Slope)} B/h")) + (trends.Count > 8 ? ", …" : "");
        plot.Draw(html, $"{slot}: lowest {samples.Min(s => s.Free):0} B; {slopes}", "kB free", Words.At, axis.Ticks(), () =>
        {
            foreach (List<(double At, double Low, double High)> band in Bands(run, slot, samples))
            {
                html.Empty("path", ("class", "band"), ("d", plot.Path([.. band.Select(b => (b.At, b.High / 1000)), .. band.AsEnumerable().Reverse().Select(b => (b.At, b.Low / 1000))]) + "Z"));
                html.Empty("path", ("class", "curve"), ("d", plot.Path(band.Select(b => (b.At, b.Low / 1000)))));
            }

            foreach ((double from, double to, TheilSenLine line, double origin) in trends)
            {
                using (html.In(
                    "line", ("class", "trend"), ("x1", plot.X(from)), ("x2", plot.X(to)),
                    ("y1", plot.Y((line.Intercept + (line.Slope * (from - origin) / 3600)) / 1000)),
                    ("y2", plot.Y((line.Intercept + (line.Slope * (to - origin) / 3600)) / 1000))))
                {
                    html.Element("title", $"{Words.Number(line.Slope)} B/h, 95 % from {Words.Number(line.SlopeBounds.Lower)} to {Words.Number(line.SlopeBounds.Upper)}");
                }
            }
        });
    }

    /// <summary>Samples between two boots; a boot may lift or drop the level, which is no trend.</summary>
    private static IEnumerable<ArraySegment<(double At, double Free)>> SpellsOf(RunRecord run, string slot, (double At, double Free)[] samples)
    {
        List<double> cuts = [.. run.Boots.Where(b => b.Slot == slot).Select(b => b.At).Order(), double.PositiveInfinity];
        int next = 0;
        foreach (double cut in cuts)
        {
            int from = next;
            while (next < samples.Length && samples[next].At < cut)
            {
                next++;
            }

            if (next > from)
            {
                yield return new(samples, from, next - from);
            }
        }
    }

    private static IEnumerable<List<(double At, double Low, double High)>> Bands(RunRecord run, string slot, (double At, double Free)[] samples)
    {
        double column = Math.Max(1e-6, (run.End - run.Started) / Columns);
        foreach (ArraySegment<(double At, double Free)> spell in SpellsOf(run, slot, samples))
        {
            yield return
            [
                .. Runs.Of(spell, s => Math.Floor(s.At / column))
                    .Select(g => (g.Average(s => s.At), g.Min(s => s.Free), g.Max(s => s.Free))),
            ];
        }
    }

    private static IEnumerable<(double From, double To, TheilSenLine Line, double Origin)> Trends(RunRecord run, string slot, (double At, double Free)[] samples)
    {
        foreach (ArraySegment<(double At, double Free)> spell in SpellsOf(run, slot, samples))
        {
            double from = spell[0].At;
            double block = (spell[^1].At - from) / Blocks;
            double skip = Math.Max(block * Blocks / 10, FillSeconds);
            if (spell.Count < MinSamples || spell[^1].At - from < 3 * FillSeconds)
            {
                continue;
            }

            // The start is left out: a device fills its buffers after boot, and that is no leak.
            int kept = 0;
            while (kept < spell.Count && spell[kept].At <= from + skip)
            {
                kept++;
            }

            List<(double At, double Median)> medians =
            [
                .. Runs.Of(spell[kept..], s => Math.Floor((s.At - from) / block))
                    .Select(g => (g.Average(s => s.At), Percentile.Of(g.Select(s => s.Free), 0.5))),
            ];
            if (medians.Count >= 6 && TheilSen.Fit([.. medians.Select(m => (m.At - from) / 3600)], [.. medians.Select(m => m.Median)]) is { } line)
            {
                yield return (medians[0].At, medians[^1].At, line, from);
            }
        }
    }
}

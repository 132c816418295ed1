using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Every sample the DUTs told, at full rate: zoomable with a script, and as bands of least and most per column without one and on paper.
/// </summary>
public sealed class SeriesSection : IReportSection
{
    private const int Columns = 240;
    private const double BandWidth = 480;
    private const double BandHeight = 30;
    private const int MaxMarks = 600;

    /// <inheritdoc/>
    public int Order => 35;

    /// <inheritdoc/>
    public string Id => "series";

    /// <inheritdoc/>
    public string Title => "Series";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        Dictionary<string, List<TelemetryRecord>> bySlot = run.Telemetry.GroupBy(t => t.Slot).ToDictionary(g => g.Key, g => g.ToList());
        List<(SlotRecord Slot, List<TelemetryRecord> Samples)> told = [.. run.Slots.Where(s => bySlot.ContainsKey(s.Name)).Select(s => (s, bySlot[s.Name]))];
        if (told.Count == 0)
        {
            html.Element("p", "No DUT told a figure of itself.");
            return;
        }

        html.Element("p", $"Every sample that was recorded, {told.Sum(t => t.Samples.Count)} of them, on the clock of the timeline. A curve breaks where nothing was told; a dip of one sample is drawn at any zoom.", ("class", "soft"));

        // Packing takes most of the time of the page, and slots share nothing: all cores do it.
        byte[][] packs = [.. told.AsParallel().AsOrdered().Select(t => SeriesPack.Pack(t.Samples))];
        View(html, run, [.. told.Zip(packs, (t, pack) => (t.Slot, pack))]);
        using (html.In("details", ("open", "open"), ("class", "static-series")))
        {
            html.Element("summary", "As a table: lowest, middle and highest of the night");
            html.Table("Per slot and figure; the band spans the least and the most of each moment", ["Slot", "Figure", "#Least", "#Median", "#Most", "Over the night"], () =>
            {
                foreach ((SlotRecord slot, List<TelemetryRecord> samples) in told)
                {
                    foreach (SeriesMetric metric in SeriesMetric.All)
                    {
                        Row(html, run, slot, metric, samples);
                    }
                }
            });
        }
    }

    private static void Row(HtmlWriter html, RunRecord run, SlotRecord slot, SeriesMetric metric, List<TelemetryRecord> samples)
    {
        // Values one by one into one array: a night has millions of them, and OfType would box each.
        double[] values = new double[samples.Count];
        int count = 0;
        foreach (TelemetryRecord sample in samples)
        {
            if (metric.Value(sample) is { } value && double.IsFinite(value))
            {
                values[count++] = value;
            }
        }

        if (count == 0)
        {
            return;
        }

        Array.Resize(ref values, count);
        Array.Sort(values);
        string Figure(double value) => $"{value.ToString("F" + metric.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)} {metric.Unit}".TrimEnd();
        html.Row(
            slot.Name, metric.Name, new Figure(Figure(values[0])), new Figure(Figure(Percentile.OfSorted(values, 0.5))), new Figure(Figure(values[^1])),
            (Action)(() => Band(html, run, metric, samples, values[0], values[^1], $"{slot.Name} {metric.Name} over the night")));
    }

    /// <summary>Least and most per column, as one closed path per stretch without a gap.</summary>
    private static void Band(HtmlWriter html, RunRecord run, SeriesMetric metric, List<TelemetryRecord> samples, double low, double high, string title)
    {
        double span = Math.Max(1e-6, run.End - run.Started);
        (double Low, double High)?[] columns = new (double, double)?[Columns];
        foreach (TelemetryRecord sample in samples)
        {
            if (metric.Value(sample) is { } value && double.IsFinite(value))
            {
                int column = Math.Clamp((int)((sample.At - run.Started) / span * Columns), 0, Columns - 1);
                columns[column] = columns[column] is { } seen ? (Math.Min(seen.Low, value), Math.Max(seen.High, value)) : (value, value);
            }
        }

        double Y(double value) => high > low ? BandHeight - 1 - ((value - low) / (high - low) * (BandHeight - 2)) : BandHeight / 2;
        System.Text.StringBuilder path = new();
        for (int at = 0; at < Columns; at++)
        {
            if (columns[at] is not { } column)
            {
                continue;
            }

            // Two pixels at least, so that a level is seen; columns side by side make the band.
            double top = Y(column.High);
            path.Append(CultureInfo.InvariantCulture, $"M{at * BandWidth / Columns:0} {top:0}v{Math.Max(1.5, Y(column.Low) - top):0.#}");
        }

        using (html.In("svg", ("class", "spark"), ("viewBox", $"0 0 {BandWidth:0} {BandHeight:0}"), ("role", "img"), ("aria-label", title), ("preserveAspectRatio", "none")))
        {
            html.Empty("path", ("d", path.ToString()));
        }
    }

    private static void View(HtmlWriter html, RunRecord run, List<(SlotRecord Slot, byte[] Pack)> told)
    {
        using (html.In(
            "div", ("id", "series-view"), ("hidden", "hidden"), ("data-begin", Number(run.Started)), ("data-end", Number(Math.Max(run.End, run.Started + 1))),
            ("data-metrics", string.Join(';', SeriesMetric.All.Select(m => $"{m.Name}|{m.Unit}|{m.Decimals}")))))
        {
            using (html.In("div", ("class", "controls")))
            {
                Choice(html, "series-slot", "Slot", "all slots", [.. told.Select(t => t.Slot.Name)]);
                Choice(html, "series-metric", "Figure", "all figures", [.. SeriesMetric.All.Select(m => m.Name)]);
                (string Do, string Text)[] buttons = [("earlier", "← Earlier"), ("later", "Later →"), ("closer", "Closer"), ("wider", "Wider"), ("whole", "Whole night")];
                foreach ((string act, string text) in buttons)
                {
                    html.Element("button", text, ("type", "button"), ("data-do", act));
                }
            }

            html.Element("p", "Drag to look closer, double-click for the whole night; with the keyboard: arrows move, + and − change the width, comma and full stop move the cursor, 0 shows all. Red lines are incidents and lead to their cards, red shades down time, grey ones INVALID time, blue ones what the bench did.", ("class", "soft"));
            html.Element("p", "", ("id", "series-place"), ("class", "mono"), ("role", "status"));
            using (html.In("div", ("class", "series-frame"), ("tabindex", "0"), ("role", "group"), ("aria-label", "Series over time; arrow keys move, plus and minus zoom"), ("aria-describedby", "series-place")))
            {
                html.Element("canvas", "The table below holds the least, middle and most of every figure.", ("role", "img"), ("aria-label", "Curves of the chosen figures; the table below holds their least, middle and most"));
            }

            html.Element("div", "", ("id", "series-read"), ("class", "readout"));
            foreach ((SlotRecord slot, byte[] pack) in told)
            {
                using (html.In("template", ("class", "pack"), ("data-slot", slot.Name), ("data-marks", Marks(run, slot.Name))))
                {
                    html.Base64(pack);
                }
            }
        }
    }

    private static void Choice(HtmlWriter html, string id, string label, string everything, IReadOnlyList<string> names)
    {
        using (html.In("label", ("for", id)))
        {
            html.Text(label + " ");
        }

        using (html.In("select", ("id", id)))
        {
            html.Element("option", everything, ("value", ""));
            for (int i = 0; i < names.Count; i++)
            {
                html.Element("option", names[i], ("value", i));
            }
        }
    }

    /// <summary>What is marked in the curves: kind, from, to, id; figures only, nothing a device said.</summary>
    private static string Marks(RunRecord run, string slot)
    {
        IEnumerable<(string Kind, double From, double To, long Id)> marks =
        [
            .. run.Incidents.Where(i => i.Slot == slot && !i.Expected).Select(i => ("i", i.FirstSymptom, i.FirstSymptom, i.Id)),
            .. run.Downtime.Where(d => d.Slot == slot).Select(d => (d.Invalid ? "v" : "d", d.Started, d.Ended ?? run.End, d.Id)),
            .. run.Intents.Where(i => i.Slot == slot && IntentKinds.ExpectsReset(i.Kind)).Select(i => ("n", i.Opened, i.Closed ?? run.End, i.Id)),
        ];
        return string.Join(';', marks.Take(MaxMarks).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Kind},{m.From:0.#},{m.To:0.#},{m.Id}")));
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}

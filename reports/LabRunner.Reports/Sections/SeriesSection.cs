using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
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
        List<SlotRecord> told = [.. run.Slots.Where(s => run.TelemetryArray(s.Name).Length > 0)];
        if (told.Count == 0)
        {
            html.Element("p", "No DUT told a figure of itself.");
            return;
        }

        html.Element("p", $"Every sample that was recorded, {told.Sum(s => run.TelemetryArray(s.Name).Length)} of them, on the clock of the timeline. A curve breaks where nothing was told; a dip of one sample is drawn at any zoom.", ("class", "soft"));

        // Packing takes most of the time of the page, and slots share nothing: all cores do it.
        Drawn[] slots = AllCores.Map(told, s => Drawn.Of(run, s));
        View(html, run, slots);
        using (html.In("details", ("open", "open"), ("class", "static-series")))
        {
            html.Element("summary", "As a table: lowest, middle and highest of the night");
            html.Table("Per slot and figure; the band spans the least and the most of each moment", ["Slot", "Figure", "#Least", "#Median", "#Most", "Over the night"], () =>
            {
                foreach (Drawn slot in slots)
                {
                    foreach (Band band in slot.Bands)
                    {
                        Row(html, slot.Name, band);
                    }
                }
            });
        }
    }

    private static void Row(HtmlWriter html, string slot, Band band)
    {
        string Figure(double value) => $"{value.ToString("F" + band.Metric.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)} {band.Metric.Unit}".TrimEnd();
        html.Row(slot, band.Metric.Name, new Figure(Figure(band.Least)), new Figure(Figure(band.Median)), new Figure(Figure(band.Most)), (Action)(() =>
        {
            using (html.In("svg", ("class", "spark"), ("viewBox", $"0 0 {BandWidth:0} {BandHeight:0}"), ("role", "img"), ("aria-label", $"{slot} {band.Metric.Name} over the night"), ("preserveAspectRatio", "none")))
            {
                html.Empty("path", ("d", band.Path));
            }
        }));
    }

    /// <summary>What is drawn of a slot.</summary>
    private sealed record Drawn(string Name, byte[] Pack, IReadOnlyList<Band> Bands)
    {
        internal static Drawn Of(RunRecord run, SlotRecord slot)
        {
            SeriesColumns columns = SeriesColumns.Of(run.TelemetryArray(slot.Name));
            return new Drawn(
                slot.Name, SeriesPack.Pack(columns),
                [.. SeriesMetric.All.Select((metric, m) => Band.Of(run, metric, columns.At, columns.Values[m])).OfType<Band>()]);
        }
    }

    /// <summary>A figure over the night, from least to most.</summary>
    private sealed record Band(SeriesMetric Metric, double Least, double Median, double Most, string Path)
    {
        /// <summary>Null where nothing was told.</summary>
        internal static Band? Of(RunRecord run, SeriesMetric metric, double[] at, double[] values)
        {
            int gaps = values.Count(double.IsNaN);
            if (gaps == values.Length)
            {
                return null;
            }

            // NaN sorts first.
            double[] sorted = [.. values];
            Array.Sort(sorted);
            ArraySegment<double> told = new(sorted, gaps, sorted.Length - gaps);
            return new Band(metric, told[0], Percentile.OfSorted(told, 0.5), told[^1], PathOf(run, at, values, told[0], told[^1]));
        }

        /// <summary>Least and most per column.</summary>
        private static string PathOf(RunRecord run, double[] at, double[] values, double low, double high)
        {
            double span = Math.Max(1e-6, run.End - run.Started);
            (double Low, double High)[] columns = new (double, double)[Columns];
            Array.Fill(columns, (double.PositiveInfinity, double.NegativeInfinity));
            for (int i = 0; i < values.Length; i++)
            {
                double value = values[i];
                if (!double.IsNaN(value))
                {
                    ref (double Low, double High) column = ref columns[Math.Clamp((int)((at[i] - run.Started) / span * Columns), 0, Columns - 1)];
                    column = (Math.Min(column.Low, value), Math.Max(column.High, value));
                }
            }

            double Y(double value) => high > low ? BandHeight - 1 - ((value - low) / (high - low) * (BandHeight - 2)) : BandHeight / 2;
            System.Text.StringBuilder path = new();
            for (int c = 0; c < Columns; c++)
            {
                if (columns[c].Low > columns[c].High)
                {
                    continue;
                }

                // Two pixels at least, so that a level is seen; columns side by side make the band.
                double top = Y(columns[c].High);
                path.Append(CultureInfo.InvariantCulture, $"M{c * BandWidth / Columns:0} {top:0}v{Math.Max(1.5, Y(columns[c].Low) - top):0.#}");
            }

            return path.ToString();
        }
    }

    private static void View(HtmlWriter html, RunRecord run, Drawn[] told)
    {
        using (html.In(
            "div", ("id", "series-view"), ("hidden", "hidden"), ("data-begin", Number(run.Started)), ("data-end", Number(Math.Max(run.End, run.Started + 1))),
            ("data-metrics", string.Join(';', SeriesMetric.All.Select(m => $"{m.Name}|{m.Unit}|{m.Decimals}")))))
        {
            using (html.In("div", ("class", "controls")))
            {
                Choice(html, "series-slot", "Slot", "all slots", [.. told.Select(t => t.Name)]);
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
            foreach (Drawn slot in told)
            {
                using (html.In("template", ("class", "pack"), ("data-slot", slot.Name), ("data-marks", Marks(run, slot.Name))))
                {
                    html.Base64(slot.Pack);
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

using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Swim lanes per slot. State is height and texture as well as colour: alive is a thin bar, dead a full one, unknown a dashed frame.
/// </summary>
public sealed class TimelineSection : IReportSection
{
    private const double Left = 104;
    private const double Width = 1000;
    private const double RowHeight = 13;
    private const double Top = 6;

    /// <inheritdoc/>
    public int Order => 30;

    /// <inheritdoc/>
    public string Id => "timeline";

    /// <inheritdoc/>
    public string Title => "Timeline";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        html.Element("p", "Run time since the origin. Point at a bar for its times; incident numbers lead to their cards.", ("class", "soft"));
        Legend(html);
        foreach (SlotRecord slot in run.Slots)
        {
            Slot(html, run, slot);
        }
    }

    private static void Legend(HtmlWriter html)
    {
        using (html.In("ul", ("class", "legend"), ("aria-label", "Legend")))
        {
            (string Kind, string Text)[] bars =
            [
                ("alive", "alive"), ("dead", "dead"), ("unknown", "not known"), ("na", "not applicable"), ("intent", "the bench acts"),
                ("stimulus", "stimulus"), ("invalid", "INVALID time"),
            ];
            foreach ((string kind, string text) in bars)
            {
                using (html.In("li"))
                {
                    using (html.In("svg", ("viewBox", "0 0 22 12"), ("aria-hidden", "true")))
                    {
                        Piece(html, kind, 1, 20, 0, null);
                    }

                    html.Text(text);
                }
            }

            using (html.In("li"))
            {
                using (html.In("svg", ("viewBox", "0 0 22 12"), ("aria-hidden", "true")))
                {
                    Boot(html, 6, 11, false);
                    Boot(html, 16, 11, true);
                }

                html.Text("reset: expected, unexpected");
            }
        }
    }

    private static void Slot(HtmlWriter html, RunRecord run, SlotRecord slot)
    {
        List<LaneRecord> lanes = [.. run.Lanes.Where(l => l.Slot == slot.Name)];
        List<string> observers = [.. ObserverNames.Sort(lanes.Select(l => l.Observer)).Take(20)];
        List<IncidentRecord> incidents = [.. run.Incidents.Where(i => i.Slot == slot.Name)];
        double bottom = Top + (RowHeight * (observers.Count + 3)) + 4;
        TimeAxis axis = new(Math.Min(0, run.Started), run.End, Left, Width - Left - 30);
        string title = $"{slot.Name}: {Words.Count(incidents.Count(i => !i.Expected), "unexpected incident")}, {Words.Count(run.Boots.Count(b => b.Slot == slot.Name), "reset")}";
        using (html.In("figure"))
        {
            html.Element("figcaption", $"{slot.Name} · {slot.Title}{(slot.Sentinel ? " · sentinel" : "")}");
            // Not role="img": that would hide the links to the cards from screen readers.
            using (html.In("div", ("class", "chart"), ("tabindex", "0"), ("role", "group"), ("aria-label", title)))
            using (html.In("svg", ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width:0} {bottom + 20:0}")), ("role", "group"), ("aria-label", title)))
            {
                html.Element("title", title);
                axis.Draw(html, Top, bottom);
                Row(html, axis, "incidents", 0, []);
                Row(html, axis, "bench", 1, run.Intents.Where(i => i.Slot == slot.Name).Select(i => Intent(i, run.End)));
                for (int i = 0; i < observers.Count; i++)
                {
                    Row(html, axis, observers[i], i + 2, lanes.Where(l => l.Observer == observers[i]).Select(l => Lane(l, run.End)), ObserverNames.Of(observers[i]));
                }

                Row(html, axis, "resets", observers.Count + 2, []);
                Invalid(html, run, slot, axis, bottom);
                Boots(html, run, slot, axis, Y(observers.Count + 2) + RowHeight - 2);
                Incidents(html, incidents, axis);
            }
        }
    }

    private static double Y(int row) => Top + (row * RowHeight);

    private static void Row(HtmlWriter html, TimeAxis axis, string name, int row, IEnumerable<Bar> bars, string? longName = null)
    {
        using (html.In("text", ("x", Left - 8), ("y", Y(row) + 10), ("text-anchor", "end")))
        {
            html.Text(longName is null ? "" : longName + " ");
            html.Element("tspan", SafeText.OneLine(name, 12), ("class", "strong"));
        }

        foreach (Bar bar in PixelRow.Reduce(bars, axis.Start, axis.End))
        {
            double x = axis.X(bar.Start);
            Piece(html, bar.Kind, x, Math.Max(1, axis.X(bar.End) - x), Y(row), bar.Title);
        }
    }

    private static void Piece(HtmlWriter html, string kind, double x, double width, double y, string? title)
    {
        (double top, double height) = kind switch { "alive" => (5.0, 3.0), "na" => (6.0, 1.0), "unknown" => (3.5, 6.0), _ => (1.5, 10.0) };
        using (html.In("rect", ("class", kind), ("x", x), ("y", y + top), ("width", width), ("height", height)))
        {
            if (title is not null)
            {
                html.Element("title", title);
            }
        }
    }

    private static Bar Lane(LaneRecord lane, double end)
    {
        (string kind, int weight) = lane.State switch { "alive" => ("alive", 1), "dead" => ("dead", 3), "n/a" => ("na", 0), _ => ("unknown", 2) };
        double until = lane.Ended ?? end;
        string title = $"{lane.Observer} {lane.State} {Words.At(lane.Started)} to {Words.At(until)} ({Words.Duration(until - lane.Started)}){(lane.Reason is null ? "" : ": " + lane.Reason)}";
        return new Bar(lane.Started, until, kind, weight, title);
    }

    private static Bar Intent(IntentRecord intent, double end)
    {
        bool stimulus = !IntentKinds.ExpectsReset(intent.Kind);
        double until = intent.Closed ?? end;
        return new Bar(
            intent.Opened, until, stimulus ? "stimulus" : "intent", intent.Kind == IntentKinds.RelayOn ? 0 : stimulus ? 1 : 2,
            $"{intent.Kind}: {intent.Text} ({Words.At(intent.Opened)}, {Words.Duration(until - intent.Opened)}{(intent.Suite is null ? "" : ", " + intent.Suite)})");
    }

    private static void Invalid(HtmlWriter html, RunRecord run, SlotRecord slot, TimeAxis axis, double bottom)
    {
        foreach (DowntimeRecord down in run.Downtime.Where(d => d.Slot == slot.Name && d.Invalid).Take(500))
        {
            double until = down.Ended ?? run.End;
            double x = axis.X(down.Started);
            using (html.In("rect", ("class", "invalid"), ("x", x), ("y", Top), ("width", Math.Max(1, axis.X(until) - x)), ("height", bottom - Top)))
            {
                html.Element("title", $"INVALID {Words.At(down.Started)}, {Words.Duration(until - down.Started)}: {down.Reason}");
            }
        }
    }

    private static void Boots(HtmlWriter html, RunRecord run, SlotRecord slot, TimeAxis axis, double y)
    {
        foreach (BootRecord boot in run.Boots.Where(b => b.Slot == slot.Name).OrderBy(b => !b.Expected).Take(2000))
        {
            using (html.In("g"))
            {
                html.Element("title", $"{(boot.Expected ? "Expected" : "Unexpected")} reset {Words.At(boot.At)}: {boot.Reason}, seen by {string.Join(", ", boot.Sources)}");
                Boot(html, axis.X(boot.At), y, !boot.Expected);
            }
        }
    }

    private static void Boot(HtmlWriter html, double x, double y, bool surprise) =>
        html.Empty(
            "path", ("class", surprise ? "boot surprise" : "boot"),
            ("d", string.Create(CultureInfo.InvariantCulture, $"M{x:0.#} {y - 9:0.#}L{x + 4:0.#} {y - 1:0.#}L{x - 4:0.#} {y - 1:0.#}Z")));

    private static void Incidents(HtmlWriter html, IReadOnlyList<IncidentRecord> incidents, TimeAxis axis)
    {
        double free = 0;
        foreach (IncidentRecord incident in incidents)
        {
            using (html.In("a", ("href", $"#incident-{incident.Id}")))
            {
                html.Element("title", $"{Words.At(incident.FirstSymptom)} {Words.ClassAndMode(incident)}: {incident.Title}");
                string label = incident.Id.ToString(CultureInfo.InvariantCulture);
                double width = 8 + (6 * label.Length);

                // Close neighbours stand side by side as long as there is room; their titles and cards tell the time.
                double x = Math.Min(Math.Max(axis.X(incident.FirstSymptom), free + (width / 2)), Width - (width / 2));
                free = x + (width / 2) + 1;
                html.Empty(
                    "rect", ("class", incident.Expected ? "incident foreseen" : "incident"), ("x", x - (width / 2)), ("y", Top), ("width", width),
                    ("height", 12), ("rx", 3));
                html.Element("text", label, ("x", x), ("y", Top + 9.5), ("text-anchor", "middle"));
            }
        }
    }
}

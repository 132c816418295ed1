using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>A card per incident: what, when, how it ended, and the evidence. Anchors are #incident-N.</summary>
public sealed class IncidentsSection : IReportSection
{
    private const int WholeOccurrences = 3;
    private const int EvidenceLines = 60;
    private const int BriefLines = 5;

    /// <inheritdoc/>
    public int Order => 40;

    /// <inheritdoc/>
    public string Id => "incidents";

    /// <inheritdoc/>
    public string Title => "Incidents";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        List<IncidentRecord> unexpected = [.. run.Incidents.Where(i => !i.Expected)];
        List<IncidentRecord> expected = [.. run.Incidents.Where(i => i.Expected)];
        if (unexpected.Count == 0)
        {
            html.Element("p", run.Killed ? "No unexpected incident was recorded before the runner died." : "No unexpected incident was recorded.");
        }

        IncidentContext context = new(run);
        Filter(html, run);
        foreach (IGrouping<(string, string), IncidentRecord> same in unexpected.GroupBy(i => (i.Slot, run.ModeOf(i))))
        {
            Cards(html, run, context, [.. same]);
        }

        if (expected.Count > 0)
        {
            using (html.In("details", ("id", "provoked"), ("class", "aside")))
            {
                html.Element("summary", $"{Words.Count(expected.Count, "provoked incident")}: the bench proved that it sees them");
                foreach (IncidentRecord incident in expected)
                {
                    Card(html, run, context, incident);
                }
            }
        }
    }

    /// <summary>Shown by the script only: without one every card is there anyway.</summary>
    private static void Filter(HtmlWriter html, RunRecord run)
    {
        if (run.Incidents.Count < 2)
        {
            return;
        }

        using (html.In("form", ("id", "incident-filter"), ("class", "controls"), ("hidden", "hidden"), ("aria-label", "Filter incidents")))
        {
            Choice(html, "slot", "Slot", "all slots", run.Incidents.Select(i => i.Slot));
            Choice(html, "kind", "Kind", "all kinds", run.Incidents.Select(Words.ClassAndMode));
            html.Element("label", "With the words", ("for", "incident-text"));
            html.Empty("input", ("id", "incident-text"), ("name", "text"), ("type", "search"), ("autocomplete", "off"));
            html.Element("button", "All", ("type", "reset"));
            html.Element("output", "", ("role", "status"), ("for", "incident-slot incident-kind incident-text"));
        }
    }

    private static void Choice(HtmlWriter html, string name, string label, string everything, IEnumerable<string> values)
    {
        html.Element("label", label, ("for", "incident-" + name));
        using (html.In("select", ("id", "incident-" + name), ("name", name)))
        {
            html.Element("option", everything, ("value", ""));
            foreach (string value in values.Distinct().Order(StringComparer.Ordinal))
            {
                html.Element("option", value, ("value", value));
            }
        }
    }

    /// <summary>What happened more than once on a slot is one card with its occurrences.</summary>
    private static void Cards(HtmlWriter html, RunRecord run, IncidentContext context, IReadOnlyList<IncidentRecord> same)
    {
        if (same.Count == 1)
        {
            Card(html, run, context, same[0]);
            return;
        }

        IncidentRecord first = same[0];
        bool oneTitle = same.All(i => i.Title == first.Title);
        using (html.In("article", ("class", "card unexpected"), ("data-slot", first.Slot), ("data-kind", Words.ClassAndMode(first))))
        {
            html.Element("h3", $"{first.Slot}: {(oneTitle ? first.Title : Words.ClassAndMode(first))}, {same.Count} times");
            using (html.In("p"))
            {
                Tags(html, first);
                html.Element("span", $"found by {string.Join(", ", same.Select(i => Finder(i.Source)).Distinct())}", ("class", "soft"));
            }

            html.Element("p", $"Like it: {context.Similar(first)}.", ("class", "soft"));
            using (html.In("ol", ("class", "occurrences")))
            {
                foreach ((int index, IncidentRecord incident) in same.Index())
                {
                    using (html.In("li", ("id", $"incident-{incident.Id}"), ("data-slot", incident.Slot), ("data-first", Number(incident.FirstSymptom))))
                    {
                        html.Element("strong", $"{Words.At(incident.FirstSymptom)} {(oneTitle ? "" : incident.Title)}".TrimEnd());
                        html.Element("span", $" incident {incident.Id}", ("class", "soft"));
                        html.Element("p", incident.Story);
                        Times(html, run, context, incident);
                        Evidence(html, context, incident, brief: index >= WholeOccurrences);
                    }
                }
            }
        }
    }

    private static void Tags(HtmlWriter html, IncidentRecord incident)
    {
        html.Element("span", incident.Class, ("class", "tag"));
        if (incident.Mode is { Length: > 0 } mode)
        {
            html.Element("span", mode, ("class", "tag"));
        }
    }

    private static void Card(HtmlWriter html, RunRecord run, IncidentContext context, IncidentRecord incident)
    {
        using (html.In(
            "article", ("class", incident.Expected ? "card expected" : "card unexpected"), ("id", $"incident-{incident.Id}"), ("data-slot", incident.Slot),
            ("data-kind", Words.ClassAndMode(incident)), ("data-first", Number(incident.FirstSymptom))))
        {
            using (html.In("h3"))
            {
                html.Text($"{incident.Slot}: {incident.Title} ");
            }

            using (html.In("p"))
            {
                Tags(html, incident);
                html.Element(
                    "span",
                    $"incident {incident.Id}, found by {Finder(incident.Source)}{(incident.Expected ? ", provoked by the bench" : "")}",
                    ("class", "soft"));
            }

            html.Element("p", incident.Story);
            Times(html, run, context, incident);
            if (!incident.Expected)
            {
                html.Element("p", $"Like it: {context.Similar(incident)}.", ("class", "soft"));
            }

            Evidence(html, context, incident, brief: false);
        }
    }

    // What happened before in the same way is told more briefly: report.json and the console files hold the rest.
    private static void Evidence(HtmlWriter html, IncidentContext context, IncidentRecord incident, bool brief)
    {
        int most = brief ? BriefLines : EvidenceLines;
        if (incident.Evidence.Count > 0)
        {
            Fold(html, $"Evidence of incident {incident.Id}: {Words.Count(incident.Evidence.Count, "line")}", () =>
            {
                foreach (string line in incident.Evidence.Take(most))
                {
                    html.Text(line, 600).Text("\n");
                }

                if (incident.Evidence.Count > most)
                {
                    html.Text($"… {incident.Evidence.Count - most} more lines in report.json");
                }
            });
        }

        IReadOnlyList<ConsoleLine> console = context.Console(incident);
        if (brief)
        {
            int symptom = console.Count(l => l.At <= incident.FirstSymptom);
            console = [.. console.Skip(Math.Max(0, symptom - BriefLines)).Take(BriefLines + 1)];
        }

        if (console.Count > 0)
        {
            Fold(html, $"Console around incident {incident.Id}: {Words.Count(console.Count, "line")}", () =>
            {
                bool told = false;
                foreach (ConsoleLine line in console)
                {
                    if (!told && line.At > incident.FirstSymptom)
                    {
                        html.Text($"---- {Words.At(incident.FirstSymptom)} first symptom ----\n");
                        told = true;
                    }

                    html.Text(string.Create(CultureInfo.InvariantCulture, $"{(line.At < 0 ? "" : "+")}{line.At:0.000} ")).Text(SafeText.OneLine(line.Text, ConsoleExcerpts.LineLimit)).Text("\n");
                }
            });
        }

        if (!incident.Expected)
        {
            Fold(html, $"How to see incident {incident.Id} again", () => html.Text(context.Reproduce(incident)));
        }

        using (html.In("div", ("class", "actions")))
        {
        }
    }

    private static void Fold(HtmlWriter html, string title, Action content)
    {
        using (html.In("details"))
        {
            html.Element("summary", title);
            using (html.In("pre", ("tabindex", "0"), ("aria-label", title)))
            {
                content();
            }
        }
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static void Times(HtmlWriter html, RunRecord run, IncidentContext context, IncidentRecord incident)
    {
        using (html.In("dl", ("class", "times")))
        {
            Time(html, "First symptom", Words.At(incident.FirstSymptom) + (run.TimeScale == 1 && Words.Wall(run, incident.FirstSymptom) is { } wall ? $" ({wall})" : ""));
            if (incident.Source == "watch" || incident.Recovered is not null)
            {
                Time(html, "Confirmed", incident.Confirmed is { } confirmed ? $"{Words.At(confirmed)}, {Words.Duration(confirmed - incident.FirstSymptom)} later" : "not confirmed");
                Time(html, "Recovered", incident.Recovered is { } back
                    ? $"{Words.At(back)}, {Words.Duration(back - incident.FirstSymptom)} after the first symptom, by {incident.Recovery ?? "unknown"}"
                    : incident.Recovery is "none" or null ? "never" : incident.Recovery);
            }

            Time(html, "Uptime at the first symptom", incident.BootAgeS is { } age ? Words.Duration(age) : null);
            Time(html, "Before it", context.Before(incident));
            Time(html, "What was being done", incident.Stimulus ?? "nothing");
            Time(html, "Reset reason", incident.ResetReason);
            Time(html, "MTBF", !incident.Expected && FailureRule.WhyNotForMtbf(incident, run.Exposure, run.End) is { } why ? $"does not count, {why}" : null);
            if (incident.Intent is { } id && run.Intents.FirstOrDefault(i => i.Id == id) is { } intent)
            {
                Time(html, "Open intent", $"{intent.Kind}: {intent.Text}");
            }
        }
    }

    private static void Time(HtmlWriter html, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        using (html.In("div"))
        {
            html.Element("dt", name + ": ");
            html.Element("dd", value);
        }
    }

    private static string Finder(string source) => source switch
    {
        "watch" => "the watch",
        "suite" => "a suite",
        "analysis" => "the analysis after the night",
        _ => source,
    };
}

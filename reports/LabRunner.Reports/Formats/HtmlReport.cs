using System.Text;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Formats;

/// <summary>
/// report/index.html: one file that opens from file://, asks nothing of any network, runs no script, and prints. Its content security
/// policy forbids both, so that a device text which slipped through escaping could still do nothing.
/// </summary>
public static class HtmlReport
{
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    /// <summary>The document.</summary>
    public static string Write(RunRecord run)
    {
        HtmlWriter html = new();
        string title = $"{Scorecard.From(run).Verdict.ToText()} · {run.Bench} · {run.Plan}";
        using (html.In("html", ("lang", "en")))
        {
            using (html.In("head"))
            {
                html.Empty("meta", ("charset", "utf-8"));
                html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", Policy));
                html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
                html.Element("title", SafeText.OneLine(title, 200));
                html.StyleSheet(EmbeddedText.Read("report.css"));
            }

            using (html.In("body"))
            {
                html.Element("a", "Skip to the verdicts", ("class", "skip"), ("href", "#verdict"));
                Navigation(html);
                using (html.In("main"))
                {
                    foreach (IReportSection section in ReportSections.All)
                    {
                        using (html.In("section", ("id", section.Id), ("aria-labelledby", section.Id + "-h")))
                        {
                            html.Element(section.Order == ReportSections.All[0].Order ? "h1" : "h2", section.Title, ("id", section.Id + "-h"));
                            section.Write(html, run);
                        }
                    }
                }
            }
        }

        return new StringBuilder("<!DOCTYPE html>\n").Append(html.Finish()).Append('\n').ToString();
    }

    private static void Navigation(HtmlWriter html)
    {
        using (html.In("nav", ("aria-label", "Sections")))
        using (html.In("ul"))
        {
            foreach (IReportSection section in ReportSections.All)
            {
                using (html.In("li"))
                {
                    html.Element("a", section.Title, ("href", "#" + section.Id));
                }
            }
        }
    }
}

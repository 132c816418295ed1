using LabRunner.Reports.Drawing;

namespace LabRunner.Reports.Formats;

/// <summary>One part of a page.</summary>
/// <param name="Id">Anchor, lower case, unique in the page.</param>
/// <param name="Title">Heading.</param>
/// <param name="Write">Writes the content below the heading.</param>
internal sealed record PagePart(string Id, string Title, Action<HtmlWriter> Write);

/// <summary>
/// The shell of every page: one file that opens from file://, asks nothing of any network, and prints. Its content security policy forbids
/// every request and every script but the one of this assembly, named by its hash, so that a device text which slipped through escaping could
/// still do nothing. Without scripts the page tells the same, only less handily.
/// </summary>
internal static class HtmlPage
{
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    private static readonly string ScriptedPolicy = $"{Policy}; script-src '{PageScript.Hash}'";

    /// <summary>The document; the first part's heading is the page's.</summary>
    /// <param name="title">Title of the window.</param>
    /// <param name="parts">In order, at least one.</param>
    /// <param name="scripted">True to let the page zoom and filter.</param>
    internal static string Write(string title, IReadOnlyList<PagePart> parts, bool scripted = false)
    {
        // Parts share nothing but what they read: all cores write them.
        HtmlWriter[] written = AllCores.Map(parts, part =>
        {
            HtmlWriter content = new();
            part.Write(content);
            return content;
        });
        HtmlWriter html = HtmlWriter.Document();
        using (html.In("html", ("lang", "en")))
        {
            using (html.In("head"))
            {
                html.Empty("meta", ("charset", "utf-8"));
                html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", scripted ? ScriptedPolicy : Policy));
                html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                html.Empty("meta", ("name", "color-scheme"), ("content", "light dark"));
                html.Element("title", SafeText.OneLine(title, 200));
                html.StyleSheet(EmbeddedText.Read("report.css"));
            }

            using (html.In("body"))
            {
                html.Element("a", "Skip to the verdicts", ("class", "skip"), ("href", "#" + parts[0].Id));
                Navigation(html, parts);
                using (html.In("main"))
                {
                    foreach ((PagePart part, HtmlWriter content) in parts.Zip(written))
                    {
                        using (html.In("section", ("id", part.Id), ("aria-labelledby", part.Id + "-h")))
                        {
                            html.Element(ReferenceEquals(part, parts[0]) ? "h1" : "h2", part.Title, ("id", part.Id + "-h"));
                            html.Append(content);
                        }
                    }
                }

                if (scripted)
                {
                    html.Script(PageScript.Text);
                }
            }
        }

        return html.Text("\n").Finish();
    }

    private static void Navigation(HtmlWriter html, IReadOnlyList<PagePart> parts)
    {
        using (html.In("nav", ("aria-label", "Sections")))
        using (html.In("ul"))
        {
            foreach (PagePart part in parts)
            {
                using (html.In("li"))
                {
                    html.Element("a", part.Title, ("href", "#" + part.Id));
                }
            }
        }
    }
}

using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Formats;

/// <summary>report/index.html: a night for people, drawn by the sections.</summary>
public static class HtmlReport
{
    /// <summary>The document.</summary>
    public static string Write(RunRecord run) => HtmlPage.Write(
        $"{Scorecard.From(run).Verdict.ToText()} · {run.Bench} · {run.Plan}",
        [.. ReportSections.All.Select(s => new PagePart(s.Id, s.Title, html => s.Write(html, run)))],
        scripted: true);
}

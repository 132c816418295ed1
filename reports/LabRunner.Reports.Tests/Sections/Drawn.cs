using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>A section as it is written.</summary>
internal static class Drawn
{
    internal static string Of(IReportSection section, RunRecord run)
    {
        HtmlWriter html = new();
        section.Write(html, run);
        return html.Finish();
    }
}

using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Bench.Tests.Faults;

/// <summary>The report's validity section as it is written.</summary>
internal static class ValidityText
{
    public static string Of(RunRecord run)
    {
        HtmlWriter html = new();
        new ValiditySection().Write(html, run);
        return html.Finish();
    }
}

using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Benchmarks;

/// <summary>Where the time of a report goes: reading, each section, each format; as shares of all of them, the longest first.</summary>
internal static class PartsFigure
{
    internal static void Measure(string folder)
    {
        Dictionary<string, double> parts = [];
        T Timed<T>(string name, Func<T> act)
        {
            long started = TimeProvider.System.GetTimestamp();
            T result = act();
            parts[name] = TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
            return result;
        }

        RunRecord run = Timed("reading", () => RunReader.Read(folder));
        foreach (IReportSection section in ReportSections.All)
        {
            Timed("section " + section.Id, () =>
            {
                HtmlWriter html = new();
                section.Write(html, run);
                return html;
            });
        }

        Timed("report.json", () => JsonReport.Write(run).Length);
        Timed("junit.xml", () => JUnitReport.Write(run).Length);
        Timed("results.trx", () => TrxReport.Write(run).Length);
        Timed("allure-results", () =>
        {
            AllureWriter.Write(run, Path.Combine(folder, "allure-results"));
            return 0;
        });
        double all = parts.Values.Sum();
        foreach ((string name, double milliseconds) in parts.OrderByDescending(p => p.Value).Take(12))
        {
            Figures.Compare("  " + name, milliseconds, "all", all, "ms");
        }
    }
}

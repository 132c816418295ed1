using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;
using Microsoft.Data.Sqlite;

namespace LabRunner.Reports.Benchmarks;

/// <summary>
/// Where the time of a report goes: reading, each section, each format; as shares of all of them, the longest first. Processor time, since
/// other programs may have the machine; reading also against the bare steps of SQLite through the two long tables, below which it cannot go.
/// </summary>
internal static class PartsFigure
{
    internal static void Measure(string folder)
    {
        Dictionary<string, double> parts = [];
        T Timed<T>(string name, Func<T> act)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            T result = act();
            parts[name] = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
            return result;
        }

        Timed("bare steps", () => Steps(folder));
        double steps = parts["bare steps"];
        parts.Clear();
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
        Figures.Compare($"  reading, for {run.Telemetry.Count + run.Observations.Count} long rows", parts["reading"], "bare steps", steps, "ms");
        double all = parts.Values.Sum();
        foreach ((string name, double milliseconds) in parts.OrderByDescending(p => p.Value).Take(12))
        {
            Figures.Compare("  " + name, milliseconds, "all", all, "ms");
        }
    }

    /// <summary>Every column of every row, without making anything of it.</summary>
    private static double Steps(string folder)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(folder, RunReader.JournalName)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT (SELECT sum(at + length(slot) + uptimeS + heapB + rssiDbm + socketsUsed + voltage + current + power + relayClosed) FROM telemetry)
              + (SELECT sum(at + length(slot) + length(observer) + alive + latencyMs) FROM observations)
            """;
        return (double)command.ExecuteScalar()!;
    }
}

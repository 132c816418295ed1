using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>
/// Draws every report of a run from its folder alone, at any time, as often as wanted: the same journal gives the same files. Thread
/// safe; two renderers of one folder at once each write whole files.
/// </summary>
public static class ReportRenderer
{
    /// <summary>
    /// Writes report/index.html, report/report.json, report/junit.xml, report/results.trx and allure-results/, and returns what the terminal prints.
    /// </summary>
    /// <param name="runFolder">Folder with journal.db.</param>
    /// <param name="reference">Folder of a night of the version to hold it against; null without one.</param>
    /// <returns>The scorecard, with the paths of the files.</returns>
    /// <exception cref="BenchFaultException">Kind Storage: the journal cannot be read (see <see cref="RunReader.Read"/>), or a file cannot be written.</exception>
    public static Scorecard Render(string runFolder, string? reference = null)
    {
        string stamp = SummaryFile.Stamp(Path.GetFullPath(runFolder));
        RunRecord run = EarlierNights.AddTo(RunReader.Read(runFolder)) with { Reference = reference is null ? null : RunReader.ReadOutline(reference) };
        ReportPaths paths = ReportPaths.Of(run.Folder);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(paths.Html)!);
            // The page has all cores to itself already; beside it the other formats would only need more memory.
            WriteWhole(paths.Html, HtmlReport.Write(run));
            Action[] formats =
            [
                () => AllureWriter.Write(run, paths.AllureResults),
                () => WriteWhole(paths.Json, JsonReport.Write(run)),
                () => WriteWhole(paths.JUnit, JUnitReport.Write(run)),
                () => WriteWhole(paths.Trx, TrxReport.Write(run)),
                () => SummaryFile.Write(NightSummary.From(run), stamp),
            ];
            AllCores.Each(formats, write => write());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(run, e);
        }

        return Scorecard.From(run) with { Paths = paths };
    }

    /// <summary>Writes the series for other tools (<see cref="SeriesExport"/>) to report/series.csv or report/series.parquet.</summary>
    /// <param name="runFolder">Folder with journal.db.</param>
    /// <param name="format">"csv" or "parquet".</param>
    /// <param name="cancellationToken">Ends it early; no file is left.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="ArgumentException">Another format.</exception>
    /// <exception cref="BenchFaultException">As <see cref="Render"/>.</exception>
    public static async Task<string> ExportSeriesAsync(string runFolder, string format, CancellationToken cancellationToken)
    {
        if (format is not ("csv" or "parquet"))
        {
            throw new ArgumentException($"Series are exported as csv or parquet, not as '{format}'.", nameof(format));
        }

        RunRecord run = RunReader.Read(runFolder);
        string path = Path.Combine(run.Folder, "report", "series." + format);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            FileStream stream = File.Create(temporary);
            await using (stream.ConfigureAwait(false))
            {
                if (format == "csv")
                {
                    SeriesExport.WriteCsv(run, stream);
                }
                else
                {
                    await SeriesExport.WriteParquetAsync(run, stream, cancellationToken).ConfigureAwait(false);
                }
            }

            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(run, e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static BenchFaultException Unwritable(RunRecord run, Exception e) => new(
        FaultKind.Storage, run.Folder, $"a report cannot be written ({e.Message})", "Free space or give write access to the run folder, then draw the report again", e);

    /// <summary>Writes beside the target and renames, so that a reader never sees half a file.</summary>
    internal static void WriteWhole(string path, string text) => WriteWhole(path, temporary => File.WriteAllText(temporary, text));

    /// <inheritdoc cref="WriteWhole(string, string)"/>
    internal static void WriteWhole(string path, byte[] bytes) => WriteWhole(path, temporary => File.WriteAllBytes(temporary, bytes));

    private static void WriteWhole(string path, Action<string> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

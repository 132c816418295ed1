using System.Text;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>
/// Draws every report of a run from its folder alone, at any time, as often as wanted: the same journal gives the same files. Thread
/// safe; two renderers of one folder at once each write whole files.
/// </summary>
public static class ReportRenderer
{
    /// <summary>
    /// Writes report/index.html, report/report.json, report/junit.xml and allure-results/, and returns what the terminal prints.
    /// </summary>
    /// <param name="runFolder">Folder with journal.db.</param>
    /// <param name="reference">Folder of a night of the version to hold it against; null without one.</param>
    /// <returns>The scorecard, with the paths of the files.</returns>
    /// <exception cref="BenchFaultException">Kind Storage: the journal cannot be read (see <see cref="RunReader.Read"/>), or a file cannot be written.</exception>
    public static Scorecard Render(string runFolder, string? reference = null)
    {
        RunRecord run = RunReader.Read(runFolder);
        run = run with { Earlier = EarlierNights.Of(run), Reference = reference is null ? null : RunReader.ReadOutline(reference) };
        string reports = Path.Combine(run.Folder, "report");
        ReportPaths paths = new(
            Path.Combine(reports, "index.html"),
            Path.Combine(reports, "report.json"),
            Path.Combine(reports, "junit.xml"),
            Path.Combine(run.Folder, "allure-results"));
        try
        {
            Directory.CreateDirectory(reports);
            WriteWhole(paths.Html, HtmlReport.Write(run));
            WriteWhole(paths.Json, JsonReport.Write(run));
            WriteWhole(paths.JUnit, JUnitReport.Write(run));
            AllureWriter.Write(run, paths.AllureResults);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, run.Folder, $"a report cannot be written ({e.Message})", "Free space or give write access to the run folder, then draw the report again", e);
        }

        return Scorecard.From(run) with { Paths = paths };
    }

    /// <summary>Writes beside the target and renames, so that a reader never sees half a file.</summary>
    internal static void WriteWhole(string path, string text) => WriteWhole(path, Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="WriteWhole(string, string)"/>
    internal static void WriteWhole(string path, byte[] bytes)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

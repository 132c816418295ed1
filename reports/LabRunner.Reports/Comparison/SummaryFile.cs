using System.Text.Json;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Comparison;

/// <summary>
/// report/summary.json: a night in the figures nights are compared by, written when its report is drawn, so that a trend over many nights does
/// not read every sample of each again. It is used only while the journal is the one it was made of (same length, same time of its last
/// change, same log beside it); else the journal is read. It may be deleted at any time.
/// </summary>
internal static class SummaryFile
{
    /// <summary>Raised when <see cref="NightSummary"/> changes: an older file is then left aside.</summary>
    private const int Version = 8;

    private const string Name = "report/summary.json";

    /// <summary>The night, if the file fits its journal; null otherwise.</summary>
    internal static NightSummary? Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        try
        {
            return RunFiles.Find(folder, Name) is not null && JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path)) is { Version: Version, Summary: { Cells: not null } summary } content
                && content.Journal == Stamp(folder)
                ? summary with { Folder = folder }
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NotSupportedException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Writes it beside the report.</summary>
    /// <param name="summary">The night.</param>
    /// <param name="stamp">The journal's <see cref="Stamp"/> from before it was read: what was written meanwhile makes the file unfit.</param>
    internal static void Write(NightSummary summary, string stamp) =>
        ReportRenderer.WriteWhole(Path.Combine(summary.Folder, Name), JsonSerializer.SerializeToUtf8Bytes(new Content(Version, stamp, summary)));

    /// <summary>
    /// Writes it anew where a report was drawn and its summary fits no more: the folder was copied, or the summary is of another version. A folder that
    /// takes no file is read again next time.
    /// </summary>
    /// <inheritdoc cref="Write"/>
    internal static void Renew(NightSummary summary, string stamp)
    {
        try
        {
            // A link may lead anywhere.
            if (new DirectoryInfo(Path.Combine(summary.Folder, Path.GetDirectoryName(Name)!)) is { Exists: true, LinkTarget: null } && stamp == Stamp(summary.Folder))
            {
                Write(summary, stamp);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is only to be faster.
        }
    }

    /// <summary>What tells one state of a journal from another.</summary>
    internal static string Stamp(string folder)
    {
        FileInfo journal = new(Path.Combine(folder, RunReader.JournalName));
        FileInfo log = new(journal.FullName + "-wal");
        return $"{(journal.Exists ? journal.Length : 0)} {(journal.Exists ? journal.LastWriteTimeUtc.Ticks : 0)} {(log.Exists ? log.Length : 0)} {(log.Exists && log.Length > 0 ? log.LastWriteTimeUtc.Ticks : 0)}";
    }

    private sealed record Content(int Version, string Journal, NightSummary Summary);
}

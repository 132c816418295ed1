using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;

namespace LabRunner.Reports.Records;

/// <summary>
/// Nights of the same bench that stand beside a run folder, for what is new since the last one and for similar incidents. A run folder that
/// was moved away from its neighbours has none, and its report says so.
/// </summary>
public static class EarlierNights
{
    /// <summary>Most nights that are read.</summary>
    public const int Most = 10;

    /// <summary>
    /// The run with its <see cref="RunRecord.Earlier"/> nights and those beside it that cannot be read (<see cref="RunRecord.Unread"/>). Where none
    /// of the newest is one that it can be compared with (<see cref="RunRecord.Before"/>), the newest that is comes with them.
    /// </summary>
    /// <param name="run">The night.</param>
    /// <param name="most">Most of them, 0 or more, without the one to compare with.</param>
    public static RunRecord AddTo(RunRecord run, int most = Most)
    {
        if (run.WallAt(run.Started) is not { } began || Path.GetDirectoryName(run.Folder.TrimEnd('/')) is not { } parent)
        {
            return run;
        }

        List<NightSummary> nights = [];
        List<string> unread = [];

        // Run folders are named by the time of their start, so that the newest names come first and later ones need not be opened; the journal decides.
        IEnumerable<string> folders = Folders(parent).Where(f => f != run.Folder.TrimEnd('/') && !IsLater(f, began)).OrderByDescending(Path.GetFileName, StringComparer.Ordinal).Take(10 * Most);
        bool comparable = false;
        foreach (string folder in folders)
        {
            if (nights.Count >= most && comparable)
            {
                break;
            }

            try
            {
                NightSummary other = NightSummary.Read(folder);
                bool fits = run.IsComparable(other);
                if (other.Bench == run.Bench && other.At < began && (nights.Count < most || fits))
                {
                    nights.Add(other);
                    comparable |= fits;
                }
            }
            catch (BenchFaultException e)
            {
                // A neighbour that cannot be read costs what it would tell, not this night's report.
                unread.Add($"{Path.GetFileName(folder)}: {e.Problem}");
            }
        }

        return run with { Earlier = [.. nights.OrderByDescending(n => n.At)], Unread = unread };
    }

    // The stamp is taken a moment before the run's clock starts, and a folder made by hand bears none.
    private static bool IsLater(string folder, DateTimeOffset began) =>
        DateTimeOffset.TryParseExact(
            Path.GetFileName(folder).Split('-')[0], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset stamp) && stamp > began;

    private static IEnumerable<string> Folders(string parent)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(parent).Where(d => File.Exists(Path.Combine(d, RunReader.JournalName)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

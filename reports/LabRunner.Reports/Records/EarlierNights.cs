using LabRunner.Hardware.Faults;

namespace LabRunner.Reports.Records;

/// <summary>
/// Nights of the same bench that stand beside a run folder, for what is new since the last one and for similar incidents. A run folder that
/// was moved away from its neighbours has none, and its report says so.
/// </summary>
public static class EarlierNights
{
    /// <summary>Most nights that are read.</summary>
    public const int Most = 10;

    /// <summary>The run with its <see cref="RunRecord.Earlier"/> nights and those beside it that cannot be read (<see cref="RunRecord.Unread"/>).</summary>
    /// <param name="run">The night.</param>
    /// <param name="most">Most of them, 0 or more.</param>
    public static RunRecord AddTo(RunRecord run, int most = Most)
    {
        if (run.WallAt(run.Started) is not { } began || Path.GetDirectoryName(run.Folder.TrimEnd('/')) is not { } parent)
        {
            return run;
        }

        List<RunRecord> nights = [];
        List<string> unread = [];

        // Run folders are named by the time of their start, so that the newest names come first; the journal decides.
        IEnumerable<string> folders = Folders(parent).Where(f => f != run.Folder.TrimEnd('/')).OrderByDescending(Path.GetFileName, StringComparer.Ordinal).Take(10 * Most);
        foreach (string folder in folders)
        {
            if (nights.Count >= most)
            {
                break;
            }

            try
            {
                RunRecord other = RunReader.ReadOutline(folder);
                if (other.Bench == run.Bench && other.WallAt(other.Started) < began)
                {
                    nights.Add(other);
                }
            }
            catch (BenchFaultException e)
            {
                // A neighbour that cannot be read costs what it would tell, not this night's report.
                unread.Add($"{Path.GetFileName(folder)}: {e.Problem}");
            }
        }

        return run with { Earlier = [.. nights.OrderByDescending(n => n.WallAt(n.Started))], Unread = unread };
    }

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

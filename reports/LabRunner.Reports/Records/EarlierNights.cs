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

    /// <summary>The newest nights that began before this one, the newest first; outlines (<see cref="RunReader.ReadOutline"/>).</summary>
    /// <param name="run">The night.</param>
    /// <param name="most">Most of them, 0 or more.</param>
    public static IReadOnlyList<RunRecord> Of(RunRecord run, int most = Most)
    {
        if (run.WallAt(run.Started) is not { } began || Path.GetDirectoryName(run.Folder.TrimEnd('/')) is not { } parent)
        {
            return [];
        }

        List<RunRecord> nights = [];

        // Run folders are named by the time of their start, so that the newest names come first; the journal decides.
        IEnumerable<string> folders = Folders(parent).Where(f => f != run.Folder.TrimEnd('/')).OrderByDescending(Path.GetFileName, StringComparer.Ordinal).Take(10 * Most);
        foreach (string folder in folders)
        {
            if (nights.Count == most)
            {
                break;
            }

            if (Outline(folder) is { } other && other.Bench == run.Bench && other.WallAt(other.Started) < began)
            {
                nights.Add(other);
            }
        }

        return [.. nights.OrderByDescending(n => n.WallAt(n.Started))];
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

    private static RunRecord? Outline(string folder)
    {
        try
        {
            return RunReader.ReadOutline(folder);
        }
        catch (BenchFaultException)
        {
            // A neighbour that cannot be read says nothing of this night.
            return null;
        }
    }
}

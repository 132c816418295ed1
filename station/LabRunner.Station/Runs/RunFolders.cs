using LabRunner.Reports.Records;

namespace LabRunner.Station.Runs;

/// <summary>Folders of runs and watches, told by their journal.</summary>
internal static class RunFolders
{
    /// <summary>All of a folder; none where it is not there. What begins with a dot is on its way out.</summary>
    public static IEnumerable<DirectoryInfo> Of(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateDirectories().Where(f => !f.Name.StartsWith('.') && File.Exists(Path.Combine(f.FullName, JournalSchema.FileName)))
        : [];

    /// <summary>Paths of the newest, newest first: their names begin with when they were made.</summary>
    public static IEnumerable<string> Newest(string folder, int most) => Of(folder).OrderByDescending(f => f.Name, StringComparer.Ordinal).Take(most).Select(f => f.FullName);
}

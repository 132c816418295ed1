namespace LabRunner.Reports.Records;

/// <summary>
/// Files of a run folder, asked for by names out of the journal. A name is untrusted: it may try to leave the folder, or be a link
/// that does.
/// </summary>
public static class RunFiles
{
    /// <summary>
    /// Absolute path of <paramref name="relativePath"/> below <paramref name="runFolder"/>; null when it would leave the folder, goes
    /// through a symbolic link, or is no plain file.
    /// </summary>
    public static string? Find(string runFolder, string relativePath)
    {
        if (!IsInside(relativePath))
        {
            return null;
        }

        string path = Path.GetFullPath(runFolder);
        string[] parts = relativePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts)
        {
            path = Path.Combine(path, part);
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (!info.Exists || info.LinkTarget is not null)
            {
                return null;
            }
        }

        return parts.Length > 0 && File.Exists(path) ? path : null;
    }

    /// <summary>A link from report/ to a file of the run, each part percent-encoded; null when the path would leave the folder.</summary>
    public static string? Link(string relativePath) =>
        IsInside(relativePath)
            ? "../" + string.Join('/', relativePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.EscapeDataString))
            : null;

    private static bool IsInside(string path) =>
        path.Length is > 0 and <= 1024
        && path[0] != '/'
        && !path.Contains('\\', StringComparison.Ordinal)
        && !path.Any(char.IsControl)
        && path.Split('/').All(part => part is not (".." or "."));
}

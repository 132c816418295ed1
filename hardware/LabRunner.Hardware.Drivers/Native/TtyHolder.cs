using System.Globalization;

namespace LabRunner.Hardware.Drivers.Native;

/// <summary>Who has a device node open, read from /proc. Other users' processes are seen by root only.</summary>
/// <param name="proc">Root of the process file system.</param>
internal sealed class TtyHolder(string proc = "/proc")
{
    /// <summary>
    /// The processes that hold the lock of a node, or where none does that have it open, as "'minicom' (process 4711)"; this process is "this
    /// program itself". Null where nobody is found.
    /// </summary>
    /// <param name="path">Node or a link to it.</param>
    public string? Find(string path)
    {
        string node = Target(path);
        List<(string Who, bool Locks)> holders = [];
        foreach (string process in Entries(proc, directories: true))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                continue;
            }

            foreach (string descriptor in Entries(Path.Combine(process, "fd"), directories: false))
            {
                if (Target(descriptor, final: false) == node)
                {
                    string info = Read(Path.Combine(process, "fdinfo", Path.GetFileName(descriptor)));
                    string who = id == Environment.ProcessId ? "this program itself" : $"'{Read(Path.Combine(process, "comm")).Trim()}' (process {id})";
                    holders.Add((who, info.Contains("FLOCK", StringComparison.Ordinal)));
                }
            }
        }

        bool locked = holders.Any(holder => holder.Locks);
        string[] named = [.. holders.Where(holder => holder.Locks == locked).Select(holder => holder.Who).Distinct().Take(3)];
        return named.Length == 0 ? null : string.Join(" and ", named);
    }

    private static string[] Entries(string folder, bool directories)
    {
        try
        {
            return directories ? Directory.GetDirectories(folder) : Directory.GetFileSystemEntries(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The process ended meanwhile, or is another user's.
            return [];
        }
    }

    private static string Target(string path, bool final = true)
    {
        try
        {
            FileInfo file = new(path);
            return (final ? file.ResolveLinkTarget(returnFinalTarget: true)?.FullName : file.LinkTarget) ?? path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

using System.Globalization;
using System.Reflection;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting;

/// <summary>Run folders on disk.</summary>
internal static class RunFolders
{
    private const long LeastFreeBytes = 100L * 1024 * 1024;

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="BenchFaultException">It cannot be written, holds a run already, or its disk is nearly full.</exception>
    public static string Create(string? wanted, string bench)
    {
        string stamp = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string folder = Path.GetFullPath(wanted ?? Path.Combine("runs", $"{stamp}-{bench}"));
        if (File.Exists(Path.Combine(folder, "journal.db")))
        {
            throw new BenchFaultException(FaultKind.Storage, folder, "the folder holds the journal of another run", "Choose another folder with --out");
        }

        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, ".probe");
            File.WriteAllBytes(probe, new byte[4096]);
            File.Delete(probe);
            if (new DriveInfo(folder).AvailableFreeSpace < LeastFreeBytes)
            {
                throw new IOException("less than 100 MB are free on its disk");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(
                FaultKind.Storage, folder, $"the run folder cannot be used ({failure.Message.TrimEnd('.')})", "Free space or choose another folder with --out", failure);
        }

        return folder;
    }
}

/// <summary>Version of LabRunner.</summary>
public static class RunnerVersion
{
    /// <summary>Informational version, with the commit where the build knew it.</summary>
    public static string Text { get; } =
        typeof(RunnerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

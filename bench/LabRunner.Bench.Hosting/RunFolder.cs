using System.Globalization;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting;

/// <summary>
/// The folder of a run on disk. It holds a small reserve of disk space, given back at the run's end, so that a disk that fills up in the
/// night still has room for the verdict and the report.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const long LeastFreeBytes = 100L * 1024 * 1024;
    private const long ReserveBytes = 16L * 1024 * 1024;

    private readonly bool _made;
    private FileStream? _held;

    private RunFolder(string path, bool made) => (Path, _made) = (path, made);

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    private string Reserve => System.IO.Path.Combine(Path, ".reserve");

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="wanted">Path; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt; below <paramref name="home"/>.</param>
    /// <param name="bench">Name of the bench.</param>
    /// <param name="home">The folder that has runs/.</param>
    /// <exception cref="BenchFaultException">It cannot be written, holds a run already, or its disk is nearly full.</exception>
    public static RunFolder Create(string? wanted, string bench, string home)
    {
        string path = System.IO.Path.GetFullPath(wanted ?? Free(System.IO.Path.Combine(home, "runs"), bench, TimeProvider.System.GetUtcNow()));
        if (File.Exists(System.IO.Path.Combine(path, "journal.db")))
        {
            throw new BenchFaultException(FaultKind.Storage, path, "the folder holds the journal of another run", "Choose another folder with --out, or go on with that run: --resume");
        }

        RunFolder folder = new(path, !Directory.Exists(path));
        folder.MakeReady();
        return folder;
    }

    /// <summary>Path of a run that begins now: by the second, and with a number where an earlier run of that second is kept.</summary>
    internal static string Free(string runs, string bench, DateTimeOffset now)
    {
        string first = System.IO.Path.Combine(runs, $"{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}-{bench}");
        return Enumerable.Range(1, int.MaxValue).Select(n => n == 1 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}-{n}")).First(path => !System.IO.Path.Exists(path));
    }

    /// <summary>Opens the folder of a run whose runner died, and holds it.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="BenchFaultException">Its runner lives, or it cannot be written.</exception>
    public static RunFolder Reopen(string path)
    {
        RunFolder folder = new(path, made: false);
        folder.Hold();
        try
        {
            folder.MakeReady();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Holds the folder until <see cref="Dispose"/> or the process's end: nobody else goes on with this run meanwhile.</summary>
    /// <exception cref="BenchFaultException">Another process holds it.</exception>
    public void Hold()
    {
        try
        {
            _held = GuardHold.Lock(System.IO.Path.Combine(Path, GuardHold.OwnerFile)) ?? throw new BenchFaultException(
                FaultKind.Storage, Path, "the run still goes on: another process holds its folder", "Wait for its end, or end that process");
            GuardHold.Write(Path, Guid.NewGuid().ToString("N"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    /// <summary>Lets go of the folder.</summary>
    public void Dispose() => Try(() => _held?.Dispose());

    private BenchFaultException Unusable(Exception failure) => new(
        FaultKind.Storage, Path, $"the run folder cannot be used ({failure.Message.TrimEnd('.')})", StorageRemedy.Text, failure);

    private void MakeReady()
    {
        try
        {
            Directory.CreateDirectory(Path);
            if (new DriveInfo(Path).AvailableFreeSpace < LeastFreeBytes)
            {
                throw new IOException("less than 100 MB are free on its disk");
            }

            using FileStream reserve = new(Reserve, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = ReserveBytes });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            RemoveIfNothingRan();
            throw Unusable(failure);
        }
    }

    /// <summary>Gives the reserve back.</summary>
    public void FreeReserve() => Try(() => File.Delete(Reserve));

    /// <summary>Removes the folder again where this run made it and no journal was begun.</summary>
    public void RemoveIfNothingRan()
    {
        if (_made && !File.Exists(System.IO.Path.Combine(Path, "journal.db")))
        {
            Try(() => Directory.Delete(Path, recursive: true));
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A file that stays behind does no harm.
        }
    }
}

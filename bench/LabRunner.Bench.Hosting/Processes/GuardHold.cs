using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// Who owns a run and whether its guard is still at work, told by locked files in the run folder: the kernel lets go of them whatever ends
/// a process. An owner writes its word, then looks whether a guard works; a guard takes its hold, then looks whose word stands there. So a
/// guard of a dead owner never switches off behind the back of the owner that goes on with the run.
/// </summary>
internal static class GuardHold
{
    /// <summary>Locked by the owner.</summary>
    public const string OwnerFile = ".owner";

    /// <summary>Holds the owner's word. A file of its own, since .NET does not even read what another process has locked.</summary>
    public const string WordFile = ".word";

    private const string GuardFile = ".guard";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan TakeLimit = TimeSpan.FromSeconds(1);

    /// <summary>Taken by a guard for its life; null where the folder has no owner's file or the hold cannot be had, and the guard does its duty all the same.</summary>
    public static async Task<IDisposable?> TakeAsync(string folder)
    {
        if (!File.Exists(Path.Combine(folder, OwnerFile)))
        {
            return null;
        }

        for (long began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < TakeLimit;)
        {
            if (Lock(Path.Combine(folder, GuardFile)) is { } hold)
            {
                return hold;
            }

            await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>True: the run is another owner's by now.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="word">Word of the guard's own owner.</param>
    public static bool IsTakenOver(string folder, string word) => Read(folder) is { Length: > 0 } now && now != word;

    /// <summary>The word of the run's present owner; null: whose the run is cannot be told.</summary>
    public static string? Read(string folder)
    {
        try
        {
            string file = Path.Combine(folder, WordFile);
            return File.Exists(file) ? File.ReadAllText(file) : null;
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            // Off is safe: a guard that cannot tell does its duty.
            return null;
        }
    }

    /// <summary>Writes the owner's word; moved into place, so that nobody reads half of it.</summary>
    public static void Write(string folder, string word)
    {
        string file = Path.Combine(folder, WordFile);
        File.WriteAllText(file + ".new", word);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>Waits until no guard of an earlier owner is at work.</summary>
    /// <exception cref="BenchFaultException">It does not end.</exception>
    public static async Task WaitAsync(string folder, Action<string> say, TimeSpan limit, CancellationToken cancellationToken)
    {
        bool said = false;
        for (long began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < limit;)
        {
            if (Lock(Path.Combine(folder, GuardFile)) is { } free)
            {
                free.Dispose();
                return;
            }

            if (!said)
            {
                said = true;
                say("The guard of the dead runner still switches off; waiting for it.");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        throw new BenchFaultException(FaultKind.Process, folder, $"the guard of the dead runner is still at work after {limit.TotalSeconds:0} s", "See guard.log in the run folder: a slot could not be switched off");
    }

    /// <summary>Locks a file for as long as the stream lives.</summary>
    /// <returns>Null: another process holds it.</returns>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream? Lock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}

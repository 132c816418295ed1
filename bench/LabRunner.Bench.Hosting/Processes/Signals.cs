using System.Runtime.InteropServices;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>POSIX signals to other processes, which .NET can only kill as its own children.</summary>
internal static partial class Signals
{
    private const int SigKill = 9;
    private const int SigTerm = 15;

    /// <summary>Sends SIGTERM; a process that is gone is no error.</summary>
    public static void Terminate(int pid) => _ = Send(pid, SigTerm);

    /// <summary>Sends SIGKILL, which ends a stopped process too; a process that is gone is no error.</summary>
    public static void Kill(int pid) => _ = Send(pid, SigKill);

    /// <summary>Sends SIGKILL to a process group; one that is gone is no error.</summary>
    /// <param name="group">Above 1.</param>
    public static void KillGroup(int group)
    {
        // 0 and 1 would stand for this process's own group and for every process there is.
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(group, 1);
        _ = Send(-group, SigKill);
    }

    /// <summary>Process id of this process's parent.</summary>
    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentId();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int pid, int signal);
}

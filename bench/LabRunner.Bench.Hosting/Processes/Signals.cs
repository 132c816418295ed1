using System.Runtime.InteropServices;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>POSIX signals to other processes, which .NET can only kill.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    /// <summary>Sends SIGTERM; a process that is gone is no error.</summary>
    public static void Terminate(int pid) => _ = Kill(pid, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>What happens on lines without waiting for whoever watches them, as on a bench. Needs the right to real-time threads, as root has.</summary>
internal static unsafe partial class OutsideWorld
{
    // Behind the kernel's interrupt threads (50), so that every edge is numbered at once.
    private const int AheadOfDrivers = 40;
    private const int FirstInFirstOut = 1;

    /// <summary>
    /// Runs on a real-time thread and waits for its end: on the guest's one processor a driver's own thread, woken by an edge, would else run before
    /// the next edge is made.
    /// </summary>
    /// <exception cref="InvalidOperationException">No right to a real-time thread.</exception>
    public static void Do(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                int priority = AheadOfDrivers;
                if (SetScheduler(0, FirstInFirstOut, &priority) != 0)
                {
                    throw new InvalidOperationException("The kernel gives this process no real-time thread: run it as root, or in the kernel lab.");
                }

                action();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, int* priority);
}

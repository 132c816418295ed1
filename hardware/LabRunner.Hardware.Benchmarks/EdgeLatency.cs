using LabRunner.Hardware.Tests.KernelLab;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>From before the write that makes an edge to the first line of the callback that tells it, one edge at a time.</summary>
internal static class EdgeLatency
{
    private const int Rounds = 1000;
    private const int WarmUp = 200;
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<EdgeBackend, List<double>> Taken = [];

    public static double Median(EdgeBackend backend) => Backend.Percentile(Times(backend), 0.5);

    public static double Tail(EdgeBackend backend) => Backend.Percentile(Times(backend), 0.99);

    private static List<double> Times(EdgeBackend backend)
    {
        if (!Taken.TryGetValue(backend, out List<double>? times))
        {
            Taken[backend] = times = Measure(backend);
        }

        return times;
    }

    private static List<double> Measure(EdgeBackend backend)
    {
        using SemaphoreSlim told = new(0);
        long at = 0;
        return backend.With(
            () =>
            {
                Volatile.Write(ref at, TimeProvider.System.GetTimestamp());
                told.Release();
            },
            chip =>
            {
                List<double> times = [];
                for (int i = 0; i < Rounds; i++)
                {
                    long started = TimeProvider.System.GetTimestamp();
                    chip.Pull(EdgeBackend.Line, i % 2 == 0);
                    if (!told.Wait(Overdue))
                    {
                        throw new TimeoutException($"edge {i} was not told");
                    }

                    if (i >= WarmUp)
                    {
                        times.Add(TimeProvider.System.GetElapsedTime(started, Volatile.Read(ref at)).TotalMicroseconds);
                    }
                }

                return times;
            });
    }
}

using LabRunner.Hardware.Tests.KernelLab;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>Edges as fast as one thread makes them, whoever listens: how many of them no callback told.</summary>
internal static class EdgeBurst
{
    /// <summary>A relay that bounces.</summary>
    public const int Short = 400;

    /// <summary>A meter's pulses; more than the 1,024 edges that the kernel keeps for a reader that is late.</summary>
    public const int Long = 4000;

    // Nothing more is told for so long: what is missing is lost.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly Dictionary<EdgeBackend, double> Pauses = [];

    public static double LostOfShort(EdgeBackend backend) => Lost(backend, Short);

    public static double LostOfLong(EdgeBackend backend) => Lost(backend, Long);

    /// <summary>Time between the edges of the last burst.</summary>
    public static double Pause(EdgeBackend backend) => Pauses.TryGetValue(backend, out double pause) ? pause : double.NaN;

    private static double Lost(EdgeBackend backend, int edges)
    {
        int told = 0;
        return backend.With(
            () => Interlocked.Increment(ref told),
            chip =>
            {
                List<double> pauses = new(edges);
                OutsideWorld.Do(() =>
                {
                    for (int i = 0; i < edges; i++)
                    {
                        long started = TimeProvider.System.GetTimestamp();
                        chip.Pull(EdgeBackend.Line, i % 2 == 0);
                        pauses.Add(TimeProvider.System.GetElapsedTime(started).TotalMicroseconds);
                    }
                });
                Pauses[backend] = Backend.Percentile(pauses, 0.5);
                using ManualResetEventSlim never = new();
                for (int before = -1; before != Volatile.Read(ref told);)
                {
                    before = Volatile.Read(ref told);
                    never.Wait(Quiet);
                }

                return edges - Volatile.Read(ref told);
            });
    }
}

using LabRunner.Bench.Api;
using LabRunner.Fixtures;

namespace LabRunner.Suites.Common;

/// <summary>The DUT's free heap.</summary>
internal static class Heap
{
    private const int Looks = 5;

    // The console tells it each second. What is older says nothing of now: a slot without a console, or one whose console is gone.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Free heap at rest, bytes. Each open request costs the plug 11.8 kB for a moment, the watch's own among them: the most of five looks, a
    /// second apart, is the heap at rest.
    /// </summary>
    public static async Task<double> AtRestAsync(SuiteContext lab) => (await FiguresAsync(lab)).HeapBytes;

    /// <summary>As <see cref="AtRestAsync"/>, and the fewest sockets in use in the same looks; null where the build does not tell them.</summary>
    public static async Task<(double HeapBytes, int? Sockets)> FiguresAsync(SuiteContext lab)
    {
        double most = 0;
        int? fewest = null;
        for (int look = 0; look < Looks; look++)
        {
            SlotStatus status = await lab.Bench.GetStatusAsync(lab.Slot, lab.Token);
            bool fresh = status.HeapAt >= status.At - Fresh;
            fewest = fresh && status.SocketsUsed is { } used && !(used >= fewest) ? used : fewest;
            most = Math.Max(most, fresh && status.HeapBytes is { } told ? told : (await lab.Plug.GetStatusAsync(lab.Token)).HeapKibibytes * 1024.0);
            await lab.DelayAsync(TimeSpan.FromSeconds(1));
        }

        return (most, fewest);
    }
}

using LabRunner.Fixtures;

namespace LabRunner.Suites.Common;

/// <summary>The DUT's free heap.</summary>
internal static class Heap
{
    private const int Looks = 5;

    /// <summary>
    /// Free heap at rest, bytes. Each open request costs the plug 11.8 kB for a moment, the watch's own among them: the most of five looks, a
    /// second apart, is the heap at rest.
    /// </summary>
    public static async Task<double> AtRestAsync(SuiteContext lab)
    {
        double most = 0;
        for (int look = 0; look < Looks; look++)
        {
            double? told = (await lab.Bench.GetStatusAsync(lab.Slot, lab.Token)).HeapBytes;
            most = Math.Max(most, told ?? (await lab.Plug.GetStatusAsync(lab.Token)).HeapKibibytes * 1024.0);
            await lab.DelayAsync(TimeSpan.FromSeconds(1));
        }

        return most;
    }
}

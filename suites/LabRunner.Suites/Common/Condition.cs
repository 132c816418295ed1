using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Suites.Common;

/// <summary>A DUT before a stress, to compare with after it: one boot, its uptime and its free heap.</summary>
/// <param name="At">A moment after the uptime was told, run time.</param>
/// <param name="UptimeSeconds">Uptime then.</param>
/// <param name="HeapBytes">Free heap at rest.</param>
internal sealed record Condition(TimeSpan At, long UptimeSeconds, double HeapBytes)
{
    /// <summary>Sockets in use at rest; null where the build does not tell them.</summary>
    public int? Sockets { get; init; }

    private const double MostSlow = 0.005;

    // Two whole seconds of the two figures, and one for the answer's way.
    private const double WholeSeconds = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Waits until the running boot is complete and reads it.</summary>
    public static async Task<Condition> ReadAsync(SuiteContext lab)
    {
        await lab.WaitUntilBootIsCompleteAsync();
        (double heap, int? sockets) = await Heap.FiguresAsync(lab);
        PlugInfo info = await lab.Plug.GetInfoAsync(lab.Token);
        return new Condition(lab.Now, info.UptimeSeconds, heap) { Sockets = sockets };
    }

    /// <summary>Waits until the DUT is as it was, and says what is not.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="backLimit">Longest time until it serves and its heap is back, run time.</param>
    /// <param name="heapBand">Bytes that may be missing.</param>
    /// <returns>What is wrong, a phrase each; empty when it is as before. It did not reset, it serves, and its heap is back.</returns>
    public async Task<IReadOnlyList<string>> ProblemsAsync(SuiteContext lab, TimeSpan backLimit, int heapBand)
    {
        TimeSpan deadline = lab.Now + backLimit;
        TimeSpan asked = lab.Now;
        PlugInfo? info = await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                asked = lab.Now;
                return await lab.Plug.GetInfoAsync(lab.Token);
            },
            backLimit);
        if (info is null)
        {
            return [$"it did not serve within {DurationText.Format(backLimit)}"];
        }

        if (HasReset(info, asked))
        {
            return [$"it reset (up {info.UptimeSeconds} s)"];
        }

        (double heap, int? sockets) = await Heap.FiguresAsync(lab);
        while ((heap < HeapBytes - heapBand || sockets > Sockets) && lab.Now < deadline)
        {
            await lab.DelayAsync(Pause);
            (heap, sockets) = await Heap.FiguresAsync(lab);
        }

        List<string> problems = [];
        if (heap < HeapBytes - heapBand)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"its heap was {HeapBytes:0} B and is {heap:0} B after {DurationText.Format(backLimit)}, {heapBand} B may be missing"));
        }

        if (sockets > Sockets)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"it had {Sockets} sockets in use and has {sockets} after {DurationText.Format(backLimit)}"));
        }

        asked = lab.Now;
        if (await SuiteContext.TryAsync<PlugInfo>(async () => await lab.Plug.GetInfoAsync(lab.Token)) is { } later && HasReset(later, asked))
        {
            problems.Add($"it reset (up {later.UptimeSeconds} s)");
        }

        return problems;
    }

    /// <summary>True: an answer is of a later boot.</summary>
    /// <param name="info">The answer.</param>
    /// <param name="asked">When it was asked for.</param>
    /// <remarks>The firmware counts a second each time its loop turns, 1 to 3 ms later than the one before (user_main.c), so that its uptime falls behind.</remarks>
    public bool HasReset(PlugInfo info, TimeSpan asked)
    {
        double passed = (asked - At).TotalSeconds;
        return info.UptimeSeconds < UptimeSeconds + (passed * (1 - MostSlow)) - WholeSeconds;
    }
}

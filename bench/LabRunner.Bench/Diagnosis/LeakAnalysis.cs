using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Diagnosis;

/// <summary>
/// The heap-leak rule: per-boot spells without their beginning, block medians (an open HTTP request costs 11.8 kB for its moment, the
/// watch's own included), Mann-Kendall and Theil-Sen with pairs within a spell only. A leak needs a significant fall, a slope that
/// matters and a drop that matters. Pure.
/// </summary>
internal static class LeakAnalysis
{
    // Below this the firmware fails for want of memory (soak practice).
    private const double ReserveBytes = 12_288;
    private const double Significance = 0.01;

    /// <summary>The finding of a leak; null when the rule is not met.</summary>
    public static Finding? Find(
        string slot, IReadOnlyList<TelemetryRecord> telemetry, IReadOnlyList<BootRecord> boots, IReadOnlyList<DowntimeRecord> downtime,
        LeakPlan plan, double confidence)
    {
        List<(List<double> Hours, List<double> Bytes)> spells = Spells(telemetry, boots, downtime, plan);
        int blocks = spells.Sum(s => s.Bytes.Count);
        if (blocks < plan.MinBlocks)
        {
            return null;
        }

        MannKendallResult trend = MannKendall.Stratified([.. spells.Select(s => (IReadOnlyList<double>)s.Bytes)]);
        TheilSenLine? fit = TheilSen.Stratified([.. spells.Select(s => ((IReadOnlyList<double>)s.Hours, (IReadOnlyList<double>)s.Bytes))], confidence);
        if (fit is not { } line)
        {
            return null;
        }

        double longest = spells.Max(s => s.Hours[^1] - s.Hours[0]) + plan.Block.TotalHours;
        double drop = -line.Slope * longest;
        bool leaks = trend.S < 0 && trend.P < Significance && line.SlopeBounds.Upper < 0 && -line.Slope >= plan.MinBytesPerHour && drop >= plan.MinDropBytes;
        if (!leaks)
        {
            return null;
        }

        double floor = spells[^1].Bytes.Min();
        double hours = Math.Max(0, (floor - ReserveBytes) / -line.Slope);
        string text = string.Create(CultureInfo.InvariantCulture, $"{-line.Slope:0} B/h");
        string bounds = string.Create(
            CultureInfo.InvariantCulture,
            $"slope {line.Slope:0} B/h ({confidence:P0} interval {line.SlopeBounds.Lower:0} to {line.SlopeBounds.Upper:0}), Mann-Kendall S {trend.S:0}, Z {trend.Z:0.00}, p {(trend.P < 1e-5 ? "below 0.00001" : trend.P.ToString("0.00000", CultureInfo.InvariantCulture))}");
        return new Finding(
            slot, "night", "LEAK", "F17", $"Loses {text} of heap",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Free heap falls by {text} over {blocks} blocks in {spells.Count} boot(s): {bounds}. At this rate the heap is down to its 12 KiB reserve {hours:0.0} h after the last block."),
            TimeSpan.FromHours(spells[0].Hours[0]), null,
            [bounds, string.Create(CultureInfo.InvariantCulture, $"largest spell {longest:0.00} h, drop {drop:0} B, newest floor {floor:0} B, exhausted in {hours:0.0} h")], []);
    }

    private static List<(List<double> Hours, List<double> Bytes)> Spells(
        IReadOnlyList<TelemetryRecord> telemetry, IReadOnlyList<BootRecord> boots, IReadOnlyList<DowntimeRecord> downtime, LeakPlan plan)
    {
        double[] starts = [.. boots.Select(b => b.At).Prepend(telemetry.Count == 0 ? 0 : telemetry[0].At).Distinct().Order()];
        List<TelemetryRecord> up = [.. telemetry.Where(t =>
            t.HeapB is not null && !downtime.Any(d => t.At >= d.Started && t.At <= (d.Ended ?? double.PositiveInfinity)))];
        List<(List<double>, List<double>)> spells = [];
        for (int i = 0; i < starts.Length; i++)
        {
            double from = starts[i] + plan.Skip.TotalSeconds;
            double to = i + 1 < starts.Length ? starts[i + 1] : double.PositiveInfinity;
            List<double> hours = [];
            List<double> bytes = [];
            IEnumerable<TelemetryRecord> rows = up.Where(t => t.At >= from && t.At < to);
            foreach (IGrouping<long, TelemetryRecord> block in rows.GroupBy(t => (long)((t.At - from) / plan.Block.TotalSeconds)).OrderBy(g => g.Key))
            {
                double[] sorted = [.. block.Select(t => (double)t.HeapB!.Value).Order()];

                // A block with a handful of samples is the ragged end of a spell: its median says little.
                if (sorted.Length >= 5)
                {
                    hours.Add((from + ((block.Key + 0.5) * plan.Block.TotalSeconds)) / 3600);
                    bytes.Add(sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2);
                }
            }

            if (bytes.Count >= 2)
            {
                spells.Add((hours, bytes));
            }
        }

        return spells;
    }
}

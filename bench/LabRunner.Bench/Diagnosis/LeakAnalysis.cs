using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Diagnosis;

/// <summary>Applies the heap-leak rule (<see cref="HeapLeak"/>) to what a slot told of its free heap, per boot and without its down time. Pure.</summary>
internal static class LeakAnalysis
{
    /// <summary>What the rule says of a slot.</summary>
    public static HeapLeak Judge(
        IReadOnlyList<TelemetryRecord> telemetry, IReadOnlyList<BootRecord> boots, IReadOnlyList<DowntimeRecord> downtime, LeakPlan plan, double confidence)
    {
        HeapLeakRule rule = new()
        {
            Skip = plan.Skip, Block = plan.Block, MinBytesPerHour = plan.MinBytesPerHour, MinDropBytes = plan.MinDropBytes, MinBlocks = plan.MinBlocks, Confidence = confidence,
        };
        return HeapLeak.Judge(Spells(telemetry, boots, downtime, rule), rule);
    }

    /// <summary>
    /// The row that later nights compare their slope with: a version whose slope is known to be good is what tells a leak from a daily wave.
    /// Null where there were too few blocks for a slope. WARN where it may be a leak and nothing of this night rules out the wave.
    /// </summary>
    public static VerdictRecord? Row(string slot, HeapLeak leak, LeakPlan plan, double confidence) =>
        leak.Blocks < plan.MinBlocks || leak is not { BytesPerHour: { } slope, Slope: { } bounds } ? null : new VerdictRecord(
            0, $"slot:{slot}", VerdictRecord.HeapRule, slope, "B/h", -plan.MinBytesPerHour, bounds.Lower, bounds.Upper, confidence,
            leak.Leaks ? Verdict.Fail : leak.MayLeak ? Verdict.Warn : Verdict.Pass, string.Create(CultureInfo.InvariantCulture, $"free heap changes by {slope:0} B/h over {leak.Blocks} blocks: {leak.Why}"));

    /// <summary>The finding of a leak; null when the rule is not met.</summary>
    public static Finding? Find(string slot, HeapLeak leak, double confidence)
    {
        if (!leak.Leaks || leak is not { BytesPerHour: { } slope, Slope: { } between, HoursLeft: { } left, FloorBytes: { } floor })
        {
            return null;
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{-slope:0} B/h");
        string bounds = string.Create(
            CultureInfo.InvariantCulture,
            $"slope {slope:0} B/h ({confidence:P0} interval {between.Lower:0} to {between.Upper:0}), Mann-Kendall S {leak.Trend.S:0}, Z {leak.Trend.Z:0.00}, p {(leak.Trend.P < 1e-5 ? "below 0.00001" : leak.Trend.P.ToString("0.00000", CultureInfo.InvariantCulture))}");
        string soonest = leak.HoursLeftAtLeast is { } least ? string.Create(CultureInfo.InvariantCulture, $", at the steepest slope within the bounds after {least:0.0} h") : "";
        return new Finding(
            slot, "night", "LEAK", "F17", $"Loses {text} of heap",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Free heap falls by {text} over {leak.Blocks} blocks in {leak.Boots} boot(s): {bounds}. At this rate the heap is down to its reserve of {leak.ReserveBytes / 1000:0} kB {left:0.0} h after the last block{soonest}."),
            TimeSpan.FromHours(leak.FirstHours ?? 0), null,
            [
                bounds,
                string.Create(CultureInfo.InvariantCulture, $"largest spell {leak.LongestHours:0.00} h, drop {leak.DropBytes:0} B, newest floor {floor:0} B, exhausted in {left:0.0} h"),
                "the rule: " + leak.Why,
            ],
            []);
    }

    private static List<IReadOnlyList<HeapBlock>> Spells(
        IReadOnlyList<TelemetryRecord> telemetry, IReadOnlyList<BootRecord> boots, IReadOnlyList<DowntimeRecord> downtime, HeapLeakRule rule)
    {
        double[] starts = [.. boots.Select(b => b.At).Prepend(telemetry.Count == 0 ? 0 : telemetry[0].At).Distinct().Order()];
        List<(double At, double Free)> up =
        [
            .. telemetry.Where(t => t.HeapB is not null && !downtime.Any(d => t.At >= d.Started && t.At <= (d.Ended ?? double.PositiveInfinity)))
                .Select(t => (t.At, (double)t.HeapB!.Value)),
        ];
        return [.. starts.Select((boot, i) => HeapLeak.Cut(up, boot, i + 1 < starts.Length ? starts[i + 1] : double.PositiveInfinity, rule))];
    }
}

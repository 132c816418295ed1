using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Free heap of a slot over one night, as the night judged it by the heap-leak rule and its plan's limits.</summary>
/// <param name="BytesPerHour">Slope; negative for a fall.</param>
/// <param name="Lower">Its lower bound, finite.</param>
/// <param name="Upper">Its upper bound, finite.</param>
/// <param name="Limit">Bytes per hour that matter, by the plan.</param>
/// <param name="Verdict">The night's own: FAIL a leak, WARN a fall that may be one, PASS neither.</param>
/// <param name="Load">Plan and suites of the slot: slopes under another load are not to be compared.</param>
public sealed record HeapSlope(double BytesPerHour, double Lower, double Upper, double Limit, Verdict Verdict, string Load)
{
    private const double UsualLimit = 32;

    /// <summary>Of a slot; null where the night did not judge it, or has no bounds.</summary>
    internal static HeapSlope? Of(RunRecord run, string slot) =>
        run.HeapRow(slot) is { Value: { } slope, Lower: { } lower, Upper: { } upper } row && double.IsFinite(slope) && double.IsFinite(lower) && double.IsFinite(upper)
            ? new HeapSlope(
                slope, lower, upper, row.Threshold is { } limit && double.IsFinite(limit) ? Math.Abs(limit) : UsualLimit, row.Verdict,
                LoadOf(run, slot))
            : null;

    /// <summary>Plan and suites of a slot.</summary>
    internal static string LoadOf(RunRecord run, string slot) =>
        $"{run.Plan}: {string.Join(", ", run.Exposure.Where(e => e.Slot == slot).Select(e => e.Suite).Distinct().Order(StringComparer.Ordinal))}";
}

/// <summary>
/// The differential leak analysis: the heap slope of a plug beside that of the version before under the same load, which has the same daily wave. Where a
/// night alone can only say that the heap may leak, a slope below all bounds of the version before proves it, as <see cref="HeapLeak.Judge"/> does with
/// a known good version. Several nights of a side have the bounds of all of them together, so that it must hold for each against each.
/// </summary>
/// <param name="Scope">Board and slot, with the bench where there are several.</param>
/// <param name="FirmwareBefore">Builds of the older side.</param>
/// <param name="FirmwareAfter">Build of the newer side.</param>
/// <param name="Before">Nights of the older side, at least one.</param>
/// <param name="After">Nights of the newer side, at least one.</param>
/// <param name="OtherPlugs">True where the plug itself did not run another build before under this load: the older side is then of other plugs of the board.</param>
public sealed record HeapChange(
    string Scope, string FirmwareBefore, string FirmwareAfter, IReadOnlyList<HeapSlope> Before, IReadOnlyList<HeapSlope> After, bool OtherPlugs)
{
    /// <summary>Bounds of the older side.</summary>
    public (double Lower, double Upper) BoundsBefore => Bounds(Before);

    /// <summary>Bounds of the newer side.</summary>
    public (double Lower, double Upper) BoundsAfter => Bounds(After);

    /// <summary>Median slope of the older side, bytes per hour.</summary>
    public double SlopeBefore => Slope(Before);

    /// <summary>Median slope of the newer side, bytes per hour.</summary>
    public double SlopeAfter => Slope(After);

    /// <summary>Bytes per hour that matter: the larger of what the plans say.</summary>
    public double Limit => Before.Concat(After).Max(s => s.Limit);

    /// <summary>True where the newer side lies below all bounds of the older one.</summary>
    public bool Steeper => BoundsAfter.Upper < BoundsBefore.Lower;

    /// <summary>True where the newer side's build is the older side's too: no version that is known to be good.</summary>
    public bool SameBuild { get; init; }

    /// <summary>True for a leak that the difference proves: steeper than another build by what matters, and a night called it one or said that it may be one.</summary>
    public bool Leaks => Steeper && SlopeBefore - SlopeAfter >= Limit && !SameBuild && After.Any(s => s.Verdict is Verdict.Fail or Verdict.Warn);

    /// <summary>Worse: it falls more steeply; better: less; same: whatever the slopes are within their bounds, they differ by less than matters.</summary>
    public Change Change
    {
        get
        {
            ((double lowBefore, double highBefore), (double lowAfter, double highAfter)) = (BoundsBefore, BoundsAfter);
            return Leaks ? Change.Worse
                : lowAfter - highBefore > -Limit && highAfter - lowBefore < Limit ? Change.Same
                : Steeper ? Change.Worse
                : lowAfter > highBefore ? Change.Better
                : Change.CannotTell;
        }
    }

    /// <summary>What it shows, without final full stop.</summary>
    public string Sentence =>
        (Change switch
        {
            Change.Worse when Leaks => "a leak: it falls more steeply than before",
            Change.Worse when SameBuild => "falls more steeply than before; it is the same build, so that this proves no leak of it",
            Change.Worse => "falls more steeply than before, and by no night's rule a leak",
            Change.Better => "falls less steeply than before",
            Change.Same => $"same, within {Words.Number(Limit)} B/h",
            _ => $"cannot tell: the bounds overlap, and leave room for a difference of more than {Words.Number(Limit)} B/h",
        }) + (OtherPlugs ? "; the plug did not run another build before under this load, and other plugs of the board stand for it" : "");

    /// <summary>Slopes of a side as they are told: the middle one with the bounds of all.</summary>
    /// <param name="slopes">Nights, at least one.</param>
    public static string Told(IReadOnlyList<HeapSlope> slopes) => $"{Words.Number(Slope(slopes))} B/h ({Words.Number(Bounds(slopes).Lower)} … {Words.Number(Bounds(slopes).Upper)})";

    /// <summary>Those of a board: each plug, build and load of the newer side beside the same plug, else beside all of the board, under the same load.</summary>
    /// <param name="board">Its name.</param>
    /// <param name="before">Older side.</param>
    /// <param name="after">Newer side.</param>
    internal static IEnumerable<HeapChange> Of(string board, Pool before, Pool after)
    {
        bool benches = before.Cells.Concat(after.Cells).Select(c => c.Bench).Distinct().Count() > 1;
        foreach (IGrouping<(string Bench, string Slot, string Firmware, string Load), NightCell> newer in after.Cells.Where(c => c.Known && c.Heap is not null)
            .GroupBy(c => (c.Bench, c.Slot, c.Firmware, c.Heap!.Load)).OrderBy(g => g.Key.Slot, StringComparer.Ordinal).ThenBy(g => g.Key.Bench, StringComparer.Ordinal))
        {
            NightCell[] alike = [.. before.Cells.Where(c => c.Known && c.Heap?.Load == newer.Key.Load)];
            bool same = alike.All(c => c.Firmware == newer.Key.Firmware);
            alike = same ? alike : [.. alike.Where(c => c.Firmware != newer.Key.Firmware)];
            NightCell[] own = [.. alike.Where(newer.First().IsPlugOf)], older = own.Length > 0 ? own : alike;
            if (older.Length > 0)
            {
                yield return new HeapChange(
                    $"{board} {(benches ? newer.Key.Bench + " " : "")}{newer.Key.Slot}", string.Join(", ", older.Select(c => c.Firmware).Distinct()), newer.Key.Firmware,
                    [.. older.Select(c => c.Heap!)], [.. newer.Select(c => c.Heap!)], own.Length == 0) { SameBuild = same };
            }
        }
    }

    private static (double Lower, double Upper) Bounds(IReadOnlyList<HeapSlope> slopes) => (slopes.Min(s => s.Lower), slopes.Max(s => s.Upper));

    private static double Slope(IReadOnlyList<HeapSlope> slopes) => Percentile.Of(slopes.Select(s => s.BytesPerHour), 0.5);
}

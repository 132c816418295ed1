using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>A board's figures night by night, and where they changed.</summary>
public static class TrendSeries
{
    /// <summary>Name of the series of failures.</summary>
    public const string FailureRate = "failures per 100 hours of idle soak";

    /// <summary>Name of the series of stable hours.</summary>
    public const string Stable = "stable hours, %";

    /// <summary>Name of the series of times to come back.</summary>
    public const string Reconnect = "reconnect, 95th percentile, s";

    /// <summary>Name of the series of heap slopes.</summary>
    public const string HeapSlope = "heap slope, B/h";

    private const string Gain = "metering gain error of ";

    // Percent of the reading: a fifth of what a class 1 meter may err.
    private const double LeastGain = 0.2;

    /// <summary>Name of the series of a quantity's gain error.</summary>
    /// <param name="quantity">voltage, current or power.</param>
    public static string GainOf(string quantity) => $"{Gain}{quantity}, %";

    /// <summary>All series of a board; those without a value are empty or left out.</summary>
    internal static IEnumerable<Series> Of(BoardNights board)
    {
        List<(NightSummary Night, Pool Pool, string Firmware)> mine =
        [
            .. board.All.Select(n => (n, new Pool([.. board.CellsOf(n)]))).Select(n => (n.n, n.Item2, string.Join(", ", n.Item2.Cells.Select(c => c.Firmware).Distinct()))),
        ];
        List<(NightSummary Night, Pool Pool, string Firmware)> rated = [.. mine.Where(n => !HandPlans.Has(n.Night.Plan))];
        yield return Make(board, FailureRate, rated, p => p.Soak.Per100Hours);
        yield return Make(board, Stable, rated, p => 100 * new StableHours(p.Total.Hours, p.Cells.Sum(c => c.UnstableHours)).Share);
        yield return Make(board, Reconnect, rated, p => p.Reconnects is { Count: > 0 } seconds ? Percentile.Of(seconds, 0.95) : null);
        yield return Make(board, HeapSlope, rated, p => Middle(p.Cells.Select(c => c.Heap?.BytesPerHour)));
        foreach (string quantity in rated.SelectMany(n => n.Pool.Cells).SelectMany(c => c.Gains.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            yield return Make(board, GainOf(quantity), rated, p => Middle(p.Cells.Select(c => c.Gains.TryGetValue(quantity, out double gain) ? gain : (double?)null)));
        }

        foreach (string figure in mine.SelectMany(n => n.Pool.Cells).SelectMany(c => c.Figures.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            yield return Make(board, figure, mine, p => p.Figure(figure) is not { Count: > 0 } values ? null : figure == NightSummary.HeapFloor ? values.Min() : Percentile.Of(values, 0.5));
        }
    }

    private static double? Middle(IEnumerable<double?> values) => values.OfType<double>().ToArray() is { Length: > 0 } known ? Percentile.Of(known, 0.5) : null;

    private static Series Make(BoardNights board, string figure, List<(NightSummary Night, Pool Pool, string Firmware)> nights, Func<Pool, double?> value)
    {
        List<SeriesPoint> points = [.. nights.Select(n => (n.Night, n.Firmware, Value: value(n.Pool))).Where(n => n.Value is not null).Select(n => new SeriesPoint(n.Night, n.Firmware, n.Value!.Value))];
        return new Series(board.Board, figure, points,
        [
            .. EDivisive.Find([.. points.Select(p => p.Value)]).Where(c => Math.Abs(c.After - c.Before) >= Least(figure, nights)).Select(c => new SeriesChange(
                c, points[c.Index].Night, points[c.Index].Firmware, points.FindIndex(p => p.Firmware == points[c.Index].Firmware) == c.Index, points[c.Index - 1], IsWorse(figure, c))),
        ]);
    }

    // What matters of figures that are about 0, where a share of the median says nothing.
    private static double Least(string figure, List<(NightSummary Night, Pool Pool, string Firmware)> nights) =>
        figure == HeapSlope ? nights.SelectMany(n => n.Pool.Cells).Max(c => c.Heap?.Limit) ?? 0
        : figure.StartsWith(Gain, StringComparison.Ordinal) ? LeastGain : 0;

    private static bool? IsWorse(string figure, ChangePoint change) => figure switch
    {
        FailureRate or Reconnect => change.After > change.Before,
        Stable or HeapSlope or NightSummary.HeapFloor => change.After < change.Before,
        _ when figure.StartsWith(Gain, StringComparison.Ordinal) => Math.Abs(change.After) > Math.Abs(change.Before),
        _ => null,
    };
}

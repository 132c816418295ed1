using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>
/// A board's failures in the idle soak summed up night by night against the rates of the sequential test (<see cref="ComparisonRules.GoodHours"/> and
/// <see cref="ComparisonRules.BadHours"/>): with which night, and which build, a rise shows. Told and not judged: the gate's tests are of the
/// same failures.
/// </summary>
/// <param name="Board">Board.</param>
/// <param name="Points">Sum after each night that its rates are of, in failures.</param>
/// <param name="Limit">Sum above which it signals.</param>
/// <param name="Signal">First night that signals; null where none does.</param>
/// <param name="Onset">Night with which that sum began to grow; null without signal.</param>
public sealed record FailureDrift(string Board, IReadOnlyList<SeriesPoint> Points, double Limit, SeriesPoint? Signal, SeriesPoint? Onset)
{
    /// <summary>A rate that is in order signals by chance once in so many nights at most, on average.</summary>
    public const int NightsToAFalseSignal = 250;

    /// <summary>What it shows, without final full stop.</summary>
    public string Sentence => Signal is null || Onset is null
        ? $"{Board}: no rise of the failure rate; the sum is {Words.Number(Points[^1].Value)}, a signal comes above {Words.Number(Limit)}"
        : $"{Board}: the failure rate rose; it shows with {Signal.Night.Name} ({Signal.Firmware}){(Onset == Signal ? "" : $" and began with {Onset.Night.Name} ({Onset.Firmware})")}{(Points[^1].Value > Limit ? "" : ", and has come down since")}";

    internal static FailureDrift? Of(BoardNights board, ComparisonRules rules)
    {
        List<(NightSummary Night, Exposed Soak, string Firmware)> nights =
        [
            .. board.Rated.Select(n => (n, board.CellsOf(n).Aggregate(default(Exposed), (sum, c) => sum + c.Soak), string.Join(", ", board.CellsOf(n).Select(c => c.Firmware).Distinct()))).Where(n => n.Item2.Hours > 0),
        ];
        (double good, double bad) = (1 / rules.GoodHours, 1 / rules.BadHours);
        if (nights.Count < 2 || !(bad > good))
        {
            return null;
        }

        double limit = Math.Log(NightsToAFalseSignal) / Math.Log(bad / good);
        Cusum chart = Cusum.Poisson([.. nights.Select(n => n.Soak.Failures)], good, bad, limit, [.. nights.Select(n => n.Soak.Hours)]);
        SeriesPoint[] points = [.. nights.Zip(chart.Sums, (n, sum) => new SeriesPoint(n.Night, n.Firmware, sum))];
        return new FailureDrift(board.Board, points, limit, chart.FirstSignal is { } s ? points[s] : null, chart.Onset is { } o ? points[o] : null);
    }
}

using System.Globalization;

namespace LabRunner.Reports.Statistics;

/// <summary>When a failure came after a timer was set.</summary>
/// <param name="Interval">Interval that was set, seconds.</param>
/// <param name="Earliest">Last sign of life, seconds after the setting.</param>
/// <param name="Latest">First failure, seconds after the setting; not before <paramref name="Earliest"/>.</param>
public readonly record struct PeriodicPoint(double Interval, double Earliest, double Latest)
{
    /// <summary>Middle of the bracket, seconds.</summary>
    public double Middle => (Earliest + Latest) / 2;
}

/// <summary>
/// Does a failure hang on a timer? Times to failure against the interval that was set: the interval was an intervention, so a slope of 1
/// is the proof (a random failure has slope 0). The slope is Theil-Sen's, which one late reading does not bend.
/// Sources: Theil 1950 and Sen 1968 for the slope; that a tie needs brackets which meet is this bench's own rule.
/// </summary>
/// <param name="Slope">Median of the pairwise slopes of time over interval, s/s.</param>
/// <param name="OffsetSeconds">Time minus interval, seconds: with slope 1 every failure has the same, so it lies where all brackets meet.</param>
/// <param name="WorstResidualSeconds">Largest distance of a bracket's middle from interval plus offset, seconds.</param>
/// <param name="UncertaintySeconds">
/// How far the offset may lie to either side, seconds, 0 or more: half of where all brackets meet. Brackets that do not meet were not as fine
/// as they claim, and then it spans all of them.
/// </param>
public sealed record PeriodicTie(double Slope, double OffsetSeconds, double WorstResidualSeconds, double UncertaintySeconds = 0)
{
    /// <summary>Largest accepted |slope - 1|.</summary>
    public const double SlopeTolerance = 0.05;

    /// <summary>Largest accepted residual beyond half of a point's own bracket, seconds.</summary>
    public const double ResidualLimitSeconds = 2;

    /// <summary>
    /// For a reader: "interval minus one second", "the interval itself", "interval plus 3 seconds". Firmware timers count whole seconds, so one
    /// whole second within the uncertainty is named; of several none is: "-3 to -1 s from the interval, not resolved any finer".
    /// </summary>
    public string OffsetText
    {
        get
        {
            double low = OffsetSeconds - UncertaintySeconds;
            double high = OffsetSeconds + UncertaintySeconds;
            (int first, int last) = ((int)Math.Ceiling(low), (int)Math.Floor(high));
            return first < last ? $"{Signed(first)} to {Signed(last)} s from the interval, not resolved any finer"
                : first == last ? Words(first)
                : (int)Math.Round(low) == (int)Math.Round(high) ? Words((int)Math.Round(OffsetSeconds))
                : string.Create(CultureInfo.InvariantCulture, $"{OffsetSeconds:+0.0;-0.0} s from the interval");
        }
    }

    private static string Signed(int seconds) => seconds.ToString("+0;-0;0", CultureInfo.InvariantCulture);

    private static string Words(int seconds) => seconds switch
    {
        0 => "the interval itself",
        -1 => "interval minus one second",
        1 => "interval plus one second",
        < 0 => string.Create(CultureInfo.InvariantCulture, $"interval minus {-seconds} seconds"),
        _ => string.Create(CultureInfo.InvariantCulture, $"interval plus {seconds} seconds"),
    };

    /// <summary>Looks for the tie; a point with a figure that is not finite is left out.</summary>
    /// <returns>Null when there are fewer than two different intervals, or the times do not follow the interval.</returns>
    public static PeriodicTie? Find(IReadOnlyList<PeriodicPoint> points)
    {
        points = [.. points.Where(p => double.IsFinite(p.Interval) && double.IsFinite(p.Middle))];
        List<double> slopes =
        [
            .. from a in points
               from b in points
               where a.Interval < b.Interval
               select (b.Middle - a.Middle) / (b.Interval - a.Interval),
        ];
        if (slopes.Count == 0)
        {
            return null;
        }

        double slope = Percentile.Of(slopes, 0.5);
        double earliest = points.Max(p => p.Earliest - p.Interval);
        double latest = points.Min(p => p.Latest - p.Interval);
        bool meet = earliest <= latest;
        double offset = meet ? (earliest + latest) / 2 : Percentile.Of([.. points.Select(p => p.Middle - p.Interval)], 0.5);
        double uncertainty = meet
            ? (latest - earliest) / 2
            : points.Max(p => Math.Max(p.Latest - p.Interval - offset, offset - (p.Earliest - p.Interval)));
        bool close = points.All(p => Math.Abs(p.Middle - p.Interval - offset) <= ResidualLimitSeconds + ((p.Latest - p.Earliest) / 2));
        return Math.Abs(slope - 1) <= SlopeTolerance && close
            ? new PeriodicTie(slope, offset, points.Max(p => Math.Abs(p.Middle - p.Interval - offset)), uncertainty)
            : null;
    }

    /// <summary>Looks for the tie to a part of the interval, such as half of a lease; the first part that ties.</summary>
    /// <param name="points">Failures with the whole interval that was set.</param>
    /// <param name="shares">Parts of the interval, each above 0, in the order in which they are tried.</param>
    /// <returns>The part and its tie; null where the times follow none of them.</returns>
    public static (double Share, PeriodicTie Tie)? FindShare(IReadOnlyList<PeriodicPoint> points, IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        foreach (double share in shares)
        {
            if (Find([.. points.Select(p => p with { Interval = p.Interval * share })]) is { } tie)
            {
                return (share, tie);
            }
        }

        return null;
    }
}

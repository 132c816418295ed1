using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>What became of a failure mode, in a word.</summary>
public static class ModeState
{
    /// <summary>First seen on the newer side.</summary>
    public const string New = "new";

    /// <summary>On both sides.</summary>
    public const string Seen = "seen";

    /// <summary>Not seen again, in so many hours that its rate is certainly below a third of what it was.</summary>
    public const string Gone = "gone";

    /// <summary>Not seen again, in too few hours to call it gone.</summary>
    public const string NotSeen = "not seen again";

    /// <summary>Not seen again, but no plug that had it ran again: nothing is known of it.</summary>
    public const string Away = "its plug did not run";

    private const double LeftOver = 1.0 / 3;

    // Two-sided; its upper end is the one-sided 90 % bound.
    private const double Confidence = 0.8;

    /// <summary>Judges one mode by the plugs that had it: hours of others say nothing of whether it is gone.</summary>
    /// <param name="mode">Class and mode.</param>
    /// <param name="before">Cells of the older side.</param>
    /// <param name="after">Cells of the newer side.</param>
    public static string Of(string mode, IReadOnlyList<NightCell> before, IReadOnlyList<NightCell> after)
    {
        NightCell[] had = [.. before.Where(c => c.Modes.GetValueOrDefault(mode) > 0)];
        if (had.Length == 0 || after.Any(c => c.Modes.GetValueOrDefault(mode) > 0))
        {
            return had.Length == 0 ? New : Seen;
        }

        NightCell[] again = [.. after.Where(c => c.Total.Hours > 0 && had.Any(h => h.IsPlugOf(c)))];
        NightCell[] then = [.. before.Where(c => again.Any(c.IsPlugOf))];
        return again.Length == 0 ? Away : Of(then.Sum(c => c.Modes.GetValueOrDefault(mode)), then.Sum(c => c.Total.Hours), 0, again.Sum(c => c.Total.Hours));
    }

    /// <summary>Judges one mode: gone only where the 90 % upper bound of its rate now is below a third of its rate before (Garwood).</summary>
    /// <param name="before">Incidents of the older side, 0 or more.</param>
    /// <param name="hoursBefore">Device-hours of the older side.</param>
    /// <param name="after">Incidents of the newer side, 0 or more.</param>
    /// <param name="hoursAfter">Device-hours of the newer side; 0 proves nothing.</param>
    public static string Of(int before, double hoursBefore, int after, double hoursAfter) => (before, after) switch
    {
        (0, _) => New,
        (_, > 0) => Seen,
        _ when hoursBefore > 0 && Poisson.Garwood(0, hoursAfter, Confidence).Upper < LeftOver * before / hoursBefore => Gone,
        _ => NotSeen,
    };
}

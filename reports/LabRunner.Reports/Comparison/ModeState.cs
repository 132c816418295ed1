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

    private const double LeftOver = 1.0 / 3;

    // Two-sided; its upper end is the one-sided 90 % bound.
    private const double Confidence = 0.8;

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

using LabRunner.Reports.Records;

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Do events of several days come at one time of the day? Nights are no whole days: what comes evenly in them already crowds on the clock. So
/// each time of day becomes the share of all hours under test that lie before it, which is even where the rate is constant, and Rayleigh's test
/// is made of these. Events that follow each other within ten minutes are one.
/// </summary>
/// <param name="Events">Events, those that follow each other closely counted once.</param>
/// <param name="Days">Days with an event.</param>
/// <param name="Hour">Time of day around which they come, hours in [0, 24); null where there is none.</param>
/// <param name="P">Probability of so close a crowd for events at a constant rate.</param>
public sealed record TimeOfDay(int Events, int Days, double? Hour, double P)
{
    /// <summary>Fewest events, and fewest days with one, of which anything is said.</summary>
    public const int Fewest = 4;

    private const double Day = 24;
    private const double OneEventHours = 10.0 / 60;
    private const int Halvings = 40;

    /// <summary>Tests; null for too few events or days, or where nothing was under test.</summary>
    /// <param name="events">Hours since some midnight, in any order; one that is not finite is left out.</param>
    /// <param name="watched">When something was under test, hours since the same midnight; spans of several plugs may overlap, and each counts.</param>
    public static TimeOfDay? Test(IEnumerable<double> events, IEnumerable<Span> watched)
    {
        List<double> apart = [];
        double last = double.NegativeInfinity;
        foreach (double at in events.Where(double.IsFinite).Order())
        {
            if (at - last > OneEventHours)
            {
                apart.Add(at);
            }

            last = at;
        }

        int days = apart.Select(a => Math.Floor(a / Day)).Distinct().Count();
        if (apart.Count < Fewest || days < Fewest)
        {
            return null;
        }

        Span[] pieces = [.. watched.Where(w => double.IsFinite(w.Length)).SelectMany(WithinDays)];
        double all = Before(pieces, Day);
        if (!(all > 0))
        {
            return null;
        }

        Rayleigh test = Rayleigh.Test([.. apart.Select(a => Before(pieces, OfDay(a)) / all)], 1);
        return new TimeOfDay(apart.Count, days, test.MeanPhase is { } share ? HourAt(pieces, share * all) : null, test.P);
    }

    private static double OfDay(double hours) => hours - (Day * Math.Floor(hours / Day));

    /// <summary>A span cut at its midnights, as hours of the day.</summary>
    private static IEnumerable<Span> WithinDays(Span span)
    {
        for (double day = Math.Floor(span.Start / Day); day * Day < span.End; day++)
        {
            yield return new Span(Math.Max(0, span.Start - (day * Day)), Math.Min(Day, span.End - (day * Day)));
        }
    }

    private static double Before(Span[] pieces, double hour)
    {
        double sum = 0;
        foreach (Span piece in pieces)
        {
            sum += Math.Max(0, Math.Min(piece.End, hour) - piece.Start);
        }

        return sum;
    }

    private static double HourAt(Span[] pieces, double hours)
    {
        (double low, double high) = (0, Day);
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Before(pieces, middle) < hours ? (middle, high) : (low, middle);
        }

        return high % Day;
    }
}

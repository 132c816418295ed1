namespace LabRunner.Suites.S10_IpServices;

/// <summary>
/// When a boot began, by what the plug tells of its uptime: an answer that was long under way makes it wider and never wrong, while a stamp of the
/// console would be late by as much as the machine is.
/// </summary>
/// <param name="Earliest">Run time, s.</param>
/// <param name="Latest">Run time, s; not before <paramref name="Earliest"/>.</param>
internal sealed record StartBracket(double Earliest, double Latest)
{
    // The firmware counts a second each time its loop turns, 1 to 3 ms later than the one before (user_main.c).
    private const double MostSlow = 0.005;

    /// <summary>By one answer.</summary>
    /// <param name="asked">When the question was sent.</param>
    /// <param name="answered">When the answer was there.</param>
    /// <param name="uptimeSeconds">Whole seconds that it told.</param>
    public static StartBracket Of(TimeSpan asked, TimeSpan answered, long uptimeSeconds) =>
        new(asked.TotalSeconds - (uptimeSeconds * (1 + MostSlow)) - 1, answered.TotalSeconds - uptimeSeconds);

    /// <summary>True: the other boot began later, so that it is another.</summary>
    public bool IsBefore(StartBracket other) => Latest < other.Earliest;

    /// <summary>By this answer and another one of the same boot.</summary>
    public StartBracket With(StartBracket other) => Math.Max(Earliest, other.Earliest) is var from && Math.Min(Latest, other.Latest) is var to && from <= to ? new(from, to) : this;
}

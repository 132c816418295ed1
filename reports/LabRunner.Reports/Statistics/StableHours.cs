namespace LabRunner.Reports.Statistics;

/// <summary>
/// Share of device-hours without an unexpected restart: whole hours of operation, less each hour in which one happened, over all of them.
/// Several in one hour cost that hour once, so the figure is shown beside the MTBF, never instead of it. Source: Memfault's stable
/// (crash-free) hours.
/// </summary>
/// <param name="Operational">Hours of operation.</param>
/// <param name="Unstable">Distinct device-hours with an unexpected restart.</param>
public readonly record struct StableHours(double Operational, int Unstable)
{
    /// <summary>0 to 1; null without an hour of operation.</summary>
    public double? Share => Operational > 0 ? Math.Clamp((Operational - Unstable) / Operational, 0, 1) : null;

    /// <summary>Counts the hours of several devices.</summary>
    /// <param name="devices">Of each device: hours of operation, 0 or more, and the times of its unexpected restarts, hours since its start; one that is not finite is not known and left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">Hours below 0 or not finite, a restart before the start.</exception>
    public static StableHours Of(IEnumerable<(double Hours, IReadOnlyList<double> Restarts)> devices)
    {
        double hours = 0;
        int unstable = 0;
        foreach ((double operational, IReadOnlyList<double> restarts) in devices)
        {
            Check.Exposure(operational);
            IReadOnlyList<double> known = Check.Finite(restarts);
            foreach (double restart in known)
            {
                Check.Exposure(restart);
            }

            hours += operational;
            unstable += known.Select(Math.Floor).Distinct().Count();
        }

        return new StableHours(hours, unstable);
    }
}

namespace LabRunner.Reports.Statistics;

/// <summary>
/// Do events come at one phase of a period, for example at one time of the day? Each time becomes an angle 2π t/period; R is the length
/// of the sum of their unit vectors, and P ≈ exp(sqrt(1 + 4n + 4(n² - R²)) - (1 + 2n)). Source: Rayleigh; Zar, Biostatistical Analysis,
/// eq. 27.4. Blind to two opposite phases: they cancel. A time that is not finite is not known and left out.
/// </summary>
/// <param name="MeanLength">R/n: 0 spread evenly, 1 all at one phase; 0 without events.</param>
/// <param name="MeanPhase">Mean phase in [0, period), in the unit of the times; null when there is none.</param>
/// <param name="P">Probability of so long a sum for evenly spread events, 0 to 1; 1 without events.</param>
public readonly record struct Rayleigh(double MeanLength, double? MeanPhase, double P)
{
    /// <summary>Tests event times.</summary>
    /// <param name="times">Any times.</param>
    /// <param name="period">Above 0, in the unit of the times.</param>
    /// <exception cref="ArgumentOutOfRangeException">A period not above 0 or not finite.</exception>
    public static Rayleigh Test(IReadOnlyList<double> times, double period)
    {
        if (!(period > 0 && double.IsFinite(period)))
        {
            throw new ArgumentOutOfRangeException(nameof(period), period, "A period is a finite number above 0.");
        }

        times = Check.Finite(times);
        double n = times.Count;
        if (n == 0)
        {
            return new Rayleigh(0, null, 1);
        }

        double x = times.Sum(t => Math.Cos(Angle(t, period)));
        double y = times.Sum(t => Math.Sin(Angle(t, period)));
        double length = Math.Min(n, Math.Sqrt((x * x) + (y * y)));
        double p = Math.Exp(Math.Sqrt(1 + (4 * n) + (4 * ((n * n) - (length * length)))) - (1 + (2 * n)));

        // Below this the sum is what rounding left of vectors that cancel: it has no direction.
        double? phase = length / n < 1e-12 ? null : ((Math.Atan2(y, x) / (2 * Math.PI) * period) + period) % period;
        return new Rayleigh(length / n, phase, Math.Min(1, p));
    }

    private static double Angle(double time, double period) => 2 * Math.PI * (time % period) / period;
}

namespace LabRunner.Hardware.Metering;

/// <summary>
/// Error limits in the style of IEC 62053-21 for a single-phase meter with a basic current of 5 A: a yardstick, since a plug is no billing meter
/// (class 1 as coded in public pre-compliance tests; class 2 from memory of the standard, whose text must be bought).
/// </summary>
/// <param name="Number">1 or 2.</param>
public sealed record AccuracyClass(int Number)
{
    /// <summary>Basic current, A.</summary>
    public const double BasicAmperes = 5;

    // From here on a load counts as resistive.
    private const double Resistive = 0.95;

    /// <summary>Current from which a meter must begin to register, A: 0.4 % of the basic current for class 1, 0.5 % for class 2.</summary>
    public double StartingAmperes => BasicAmperes * (Number == 1 ? 0.004 : 0.005);

    /// <summary>
    /// Shortest time without a load in which a meter may count at most one pulse: 600 (class 2: 480) million over pulses per kilowatt hour, volts and
    /// amperes, in minutes (IEC 62053-21, single phase; from memory of the standard, whose text must be bought).
    /// </summary>
    /// <param name="pulsesPerKilowattHour">Of the meter's energy output, above 0.</param>
    /// <param name="volts">Reference voltage, V, above 0.</param>
    /// <param name="mostAmperes">Largest current, A, above 0.</param>
    public TimeSpan NoLoadTime(double pulsesPerKilowattHour, double volts, double mostAmperes) =>
        TimeSpan.FromMinutes((Number == 1 ? 600e6 : 480e6) / (pulsesPerKilowattHour * volts * mostAmperes));

    /// <summary>Largest error of active power.</summary>
    /// <param name="amperes">Load current, A.</param>
    /// <param name="powerFactor">Active by apparent power, 0 to 1.</param>
    /// <returns>Percent of the true power; null where the class sets none (below 5 % of the basic current, with reactive loads below 10 %).</returns>
    public double? LimitPercent(double amperes, double powerFactor)
    {
        bool resistive = powerFactor >= Resistive;
        double relative = amperes / BasicAmperes;
        double lowest = resistive ? 0.05 : 0.1;
        double full = 2 * lowest;

        // Currents come out of divisions: 0.1 of the basic current is 0.1 also when the last bit says otherwise.
        const double tiny = 1e-9;
        return relative + tiny < lowest ? null : (relative + tiny < full ? 0.5 : 0) + Number;
    }
}

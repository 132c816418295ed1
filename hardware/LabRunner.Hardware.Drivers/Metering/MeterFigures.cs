using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>Figures of a meter by their names, made a reading.</summary>
internal static class MeterFigures
{
    public const string Volts = "volts";
    public const string Amperes = "amperes";
    public const string Watts = "watts";
    public const string WattHours = "wattHours";

    // Above these no plug's meter is right: 1 kV, 1 kA, 1 MW. A meter in overload says 9.91E+37 or 9.9E+37 (SCPI: infinity).
    private const double MostVolts = 1e3;
    private const double MostAmperes = 1e3;
    private const double MostWatts = 1e6;
    private const double MostWattHours = 1e9;

    /// <summary>The reading of named figures.</summary>
    /// <param name="context">For messages.</param>
    /// <param name="device">What the meter is called in messages.</param>
    /// <param name="figure">A figure by its name; null where the meter did not say it.</param>
    /// <exception cref="BenchFaultException">A figure is missing or nonsense.</exception>
    public static ReferenceReading Reading(IDriverContext context, string device, Func<string, double?> figure)
    {
        return new ReferenceReading(
            new Volts(Take(Volts, MostVolts)), new Amperes(Take(Amperes, MostAmperes)), new Watts(Take(Watts, MostWatts)),
            figure(WattHours) is null ? null : new WattHours(Take(WattHours, MostWattHours)));

        double Take(string name, double most) => figure(name) is not { } value
            ? throw new BenchFaultException(FaultKind.Power, context.Place, $"{device} says no {name}", "Check that it measures, and what the inventory takes from its answer")
            : double.IsFinite(value) && Math.Abs(value) <= most
                ? value
                : throw new BenchFaultException(
                    FaultKind.Power, context.Place, FormattableString.Invariant($"{device} says {value:G6} for {name}, which no mains socket gives"), "Check range and overload of the meter, and the order of its figures in the inventory");
    }
}

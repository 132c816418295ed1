using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Metering;

/// <summary>One reading of a reference meter.</summary>
/// <param name="Voltage">RMS.</param>
/// <param name="Current">RMS.</param>
/// <param name="Power">Active.</param>
/// <param name="Energy">Its energy counter, which only grows; null where it has none.</param>
public readonly record struct ReferenceReading(Volts Voltage, Amperes Current, Watts Power, WattHours? Energy)
{
    /// <summary>Active by apparent power; null where there is no apparent power.</summary>
    public double? PowerFactor => Voltage.Value * Current.Value is > 0 and var apparent ? Power.Value / apparent : null;
}

/// <summary>
/// What is known of a reference meter's error: a share of the reading and a fixed part, as data sheets and calibration certificates state it.
/// </summary>
/// <param name="Percent">Of the reading, above 0.</param>
/// <param name="Volts">Fixed part, at least 0.</param>
/// <param name="Amperes">Fixed part, at least 0.</param>
/// <param name="Watts">Fixed part, at least 0.</param>
public sealed record MeterAccuracy(double Percent, double Volts = 0, double Amperes = 0, double Watts = 0)
{
    /// <summary>Largest error of a voltage, V.</summary>
    public double Of(Volts voltage) => (Math.Abs(voltage.Value) * Percent / 100) + Volts;

    /// <summary>Largest error of a current, A.</summary>
    public double Of(Amperes current) => (Math.Abs(current.Value) * Percent / 100) + Amperes;

    /// <summary>Largest error of a power, W.</summary>
    public double Of(Watts power) => (Math.Abs(power.Value) * Percent / 100) + Watts;
}

/// <summary>Measures what a slot's DUT really takes from the mains. Thread safe.</summary>
public interface IReferenceMeter : IAsyncDisposable
{
    /// <summary>What is known of its error, as the inventory states it.</summary>
    MeterAccuracy Accuracy { get; }

    /// <summary>Reads once.</summary>
    /// <exception cref="Faults.BenchFaultException">It did not answer, or answered nonsense.</exception>
    Task<ReferenceReading> ReadAsync(CancellationToken cancellationToken);
}

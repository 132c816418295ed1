using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Metering;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>What the inventory states of every reference meter: without its accuracy no error can be judged.</summary>
public abstract record MeterOptions
{
    /// <summary>Largest error as a share of the reading, percent.</summary>
    [Description("Largest error of the meter in percent of the reading, by its data sheet or certificate.")]
    [Range(0.001, 50.0)]
    public required double AccuracyPercent { get; init; }

    /// <summary>Fixed part of its error, V. Default 0.</summary>
    [Description("Fixed part of its error in V. Default 0.")]
    [Range(0.0, 100.0)]
    public double AccuracyVolts { get; init; }

    /// <summary>Fixed part of its error, A. Default 0.</summary>
    [Description("Fixed part of its error in A. Default 0.")]
    [Range(0.0, 10.0)]
    public double AccuracyAmperes { get; init; }

    /// <summary>Fixed part of its error, W. Default 0.</summary>
    [Description("Fixed part of its error in W. Default 0.")]
    [Range(0.0, 1000.0)]
    public double AccuracyWatts { get; init; }

    /// <summary>The same as one record.</summary>
    internal MeterAccuracy ToAccuracy() => new(AccuracyPercent, AccuracyVolts, AccuracyAmperes, AccuracyWatts);
}

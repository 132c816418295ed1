using LabRunner.Bench.Api;
using LabRunner.Hardware.Metering;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S14_Metering;

/// <summary>One load of the point table, measured.</summary>
/// <param name="Load">What was asked for.</param>
/// <param name="Emitted">What was emitted: the reference.</param>
/// <param name="Reading">What the plug said.</param>
internal sealed record MeterPoint(LoadPoint Load, InjectedLoad Emitted, MeterReading Reading)
{
    // Counting rounds each window to a whole pulse: standard deviation half a pulse at most, so three of them over the mean of n windows.
    private const double ThreeDeviations = 1.5;

    // A reading this far off for one sample is none of a load: 5 quanta or 5 %, whichever is more.
    private const double SpikeQuanta = 5;
    private const double SpikeShare = 0.05;

    /// <summary>What the energy counter grew by, Wh.</summary>
    public double WattHours { get; init; }

    /// <summary>Uptime over which it did, s.</summary>
    public long EnergySeconds { get; init; }

    /// <summary>The counter itself afterwards, Wh: single precision leaves seven digits of it.</summary>
    public double TotalWattHours { get; init; }

    /// <summary>Part of a figure's name that tells the load.</summary>
    public string Name => FormattableString.Invariant($"{Load.Watts:0.##}W{(Load.PowerFactor < 1 ? $" PF {Load.PowerFactor:0.##}" : "")}");

    /// <summary>Share of the quantum that is left in a mean of so many windows.</summary>
    public static double CountingError(double quantum, int windows) => quantum * ThreeDeviations / Math.Sqrt(Math.Max(windows, 1));

    /// <summary>Largest difference of the mean power: the class's share, but not less than what counting alone allows.</summary>
    public double PowerLimit(AccuracyClass accuracy, double quantum)
    {
        // Below the lowest current of the class only counting limits, and the chip's own 0.5 %.
        double percent = accuracy.LimitPercent(Emitted.Amperes, Load.PowerFactor) ?? accuracy.Number + 0.5;
        return Math.Max(Emitted.Watts * percent / 100, CountingError(quantum, Reading.Readings));
    }

    /// <summary>Largest difference of the mean voltage or current; each refreshes in every other window only.</summary>
    public double OtherLimit(double reference, double quantum) => Math.Max(Math.Abs(reference) * 0.01, CountingError(quantum, Reading.Readings / 2));

    /// <summary>Samples of the power that no load explains, while most of them are right.</summary>
    public IReadOnlyList<double> Spikes(double quantum) => Spikes(Reading.Samples, Emitted.Watts, quantum);

    /// <summary>Samples far from a reference.</summary>
    public static IReadOnlyList<double> Spikes(IReadOnlyList<MeterSample> samples, double reference, double quantum)
    {
        double[] far = [.. samples.Select(s => s.Watts).Where(w => Math.Abs(w - reference) > Math.Max(SpikeQuanta * quantum, SpikeShare * reference))];
        return far.Length * 2 < samples.Count ? far : [];
    }
}

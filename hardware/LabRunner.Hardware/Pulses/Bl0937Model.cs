using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Pulses;

/// <summary>Frequencies of a BL0937's outputs.</summary>
public readonly record struct Bl0937Frequencies(Hertz Cf, Hertz Cf1Voltage, Hertz Cf1Current);

/// <summary>
/// Load to pulse frequencies and back, by the multiply constants OpenBeken uses (drv_bl0937.c, drv_pwrCal.c: volts, amperes and watts
/// per hertz). Boards differ by 10 to 20 %, so the constants belong to the board file.
/// </summary>
/// <param name="VoltsPerHertz">Default 0.13253012048.</param>
/// <param name="AmperesPerHertz">Default 0.0118577075.</param>
/// <param name="WattsPerHertz">Default 1.5.</param>
public sealed record Bl0937Model(double VoltsPerHertz = 0.13253012048, double AmperesPerHertz = 0.0118577075, double WattsPerHertz = 1.5)
{
    /// <summary>High time of a pulse (BL0937 datasheet: constant 38 µs).</summary>
    public static TimeSpan PulseWidth { get; } = TimeSpan.FromMicroseconds(38);

    /// <summary>Frequencies of a load.</summary>
    public Bl0937Frequencies ToFrequencies(Volts voltage, Amperes current, Watts power) =>
        new(new(power.Value / WattsPerHertz), new(voltage.Value / VoltsPerHertz), new(current.Value / AmperesPerHertz));

    /// <summary>Frequencies of a load given by voltage, power and power factor (default 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Voltage or power factor not above 0.</exception>
    public Bl0937Frequencies ToFrequencies(Volts voltage, Watts power, double powerFactor = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(voltage.Value);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(powerFactor);
        return ToFrequencies(voltage, new Amperes(power.Value / voltage.Value / powerFactor), power);
    }
}

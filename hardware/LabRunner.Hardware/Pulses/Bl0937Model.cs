using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Pulses;

/// <summary>Frequencies of a BL0937's outputs.</summary>
public readonly record struct Bl0937Frequencies(Hertz Cf, Hertz Cf1Voltage, Hertz Cf1Current);

/// <summary>A load as a BL0937 measures it.</summary>
/// <param name="Voltage">RMS.</param>
/// <param name="Current">RMS.</param>
/// <param name="Power">Active power.</param>
/// <param name="PowerFactor">Active by apparent power; null where there is no apparent power.</param>
public readonly record struct Bl0937Load(Volts Voltage, Amperes Current, Watts Power, double? PowerFactor);

/// <summary>
/// Load to pulse frequencies and back, by the multiply constants OpenBeken uses (drv_bl0937.c, drv_pwrCal.c: volts, amperes and watts
/// per hertz). Boards differ by 10 to 20 %, so the constants belong to the board file.
/// </summary>
/// <param name="VoltsPerHertz">Default 0.13253012048.</param>
/// <param name="AmperesPerHertz">Default 0.0118577075.</param>
/// <param name="WattsPerHertz">Default 1.5.</param>
public sealed record Bl0937Model(double VoltsPerHertz = 0.13253012048, double AmperesPerHertz = 0.0118577075, double WattsPerHertz = 1.5)
{
    // BL0937 datasheet: F_CF = 1721506 V(V) V(I) / Vref², F_CFU = 15397 V(V) / Vref, F_CFI = 94638 V(I) / Vref.
    private const double PowerFactorOfChip = 1_721_506;
    private const double VoltageFactorOfChip = 15_397;
    private const double CurrentFactorOfChip = 94_638;

    /// <summary>High time of a pulse (BL0937 datasheet: constant 38 µs).</summary>
    public static TimeSpan PulseWidth { get; } = TimeSpan.FromMicroseconds(38);

    /// <summary>The model of a board from its parts, where nobody calibrated one.</summary>
    /// <param name="shuntOhms">Above 0; 0.001 on most plugs.</param>
    /// <param name="divider">Mains voltage by voltage at the chip, above 1: 2001 for 2 MΩ over 1 kΩ, 2351 for 5 × 470 kΩ over 1 kΩ.</param>
    /// <param name="referenceVolts">Above 0; BL0937 1.218 V typical, BL0937B another.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the ranges.</exception>
    public static Bl0937Model FromParts(double shuntOhms = 0.001, double divider = 2001, double referenceVolts = 1.218)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shuntOhms);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(divider, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(referenceVolts);
        return new Bl0937Model(
            referenceVolts * divider / VoltageFactorOfChip, referenceVolts / (CurrentFactorOfChip * shuntOhms),
            referenceVolts * referenceVolts * divider / (PowerFactorOfChip * shuntOhms));
    }

    /// <summary>Frequencies of a load.</summary>
    public Bl0937Frequencies ToFrequencies(Volts voltage, Amperes current, Watts power) =>
        new(new(power.Value / WattsPerHertz), new(voltage.Value / VoltsPerHertz), new(current.Value / AmperesPerHertz));

    /// <summary>Frequencies of a load given by voltage, current and power factor.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The power factor is not 0 to 1.</exception>
    public Bl0937Frequencies ToFrequencies(Volts voltage, Amperes current, double powerFactor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(powerFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(powerFactor, 1);
        return ToFrequencies(voltage, current, new Watts(voltage.Value * current.Value * powerFactor));
    }

    /// <summary>Frequencies of a load given by voltage, power and power factor (default 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Voltage or power factor not above 0.</exception>
    public Bl0937Frequencies ToFrequencies(Volts voltage, Watts power, double powerFactor = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(voltage.Value);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(powerFactor);
        return ToFrequencies(voltage, new Amperes(power.Value / voltage.Value / powerFactor), power);
    }

    /// <summary>The load that a perfect meter reads from frequencies: what a DUT is compared with.</summary>
    public Bl0937Load ToLoad(Bl0937Frequencies frequencies)
    {
        Volts voltage = new(frequencies.Cf1Voltage.Value * VoltsPerHertz);
        Amperes current = new(frequencies.Cf1Current.Value * AmperesPerHertz);
        Watts power = new(frequencies.Cf.Value * WattsPerHertz);
        double apparent = voltage.Value * current.Value;
        return new Bl0937Load(voltage, current, power, apparent > 0 ? power.Value / apparent : null);
    }
}

using System.Globalization;

namespace LabRunner.Hardware.Units;

/// <summary>Electric potential in volts (RMS where it is mains).</summary>
public readonly record struct Volts(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.###", CultureInfo.InvariantCulture) + " V";
}

/// <summary>Electric current in amperes (RMS where it is mains).</summary>
public readonly record struct Amperes(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.####", CultureInfo.InvariantCulture) + " A";
}

/// <summary>Active power in watts.</summary>
public readonly record struct Watts(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.##", CultureInfo.InvariantCulture) + " W";
}

/// <summary>Frequency in hertz; 0 means no pulses.</summary>
public readonly record struct Hertz(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.####", CultureInfo.InvariantCulture) + " Hz";
}

/// <summary>Temperature in degrees Celsius.</summary>
public readonly record struct DegreesCelsius(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.#", CultureInfo.InvariantCulture) + " °C";
}

/// <summary>Energy in watt hours.</summary>
public readonly record struct WattHours(double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.###", CultureInfo.InvariantCulture) + " Wh";
}

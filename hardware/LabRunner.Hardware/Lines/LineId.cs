using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LabRunner.Hardware.Lines;

/// <summary>A line of a chip as an inventory names it: by its offset (17) or by the name its chip gives it (GPIO17). Immutable.</summary>
public readonly record struct LineId
{
    /// <summary>Highest offset.</summary>
    public const int Last = 1023;

    private LineId(int offset, string? name) => (Offset, Name) = (offset, name);

    /// <summary>Offset on the chip, 0 to <see cref="Last"/>; without meaning where there is a <see cref="Name"/>.</summary>
    public int Offset { get; }

    /// <summary>Name; null where the offset is given.</summary>
    public string? Name { get; }

    /// <summary>A line by its offset.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not 0 to <see cref="Last"/>.</exception>
    public static implicit operator LineId(int offset) => FromOffset(offset);

    /// <inheritdoc cref="op_Implicit(int)"/>
    public static LineId FromOffset(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Last);
        return new LineId(offset, null);
    }

    /// <summary>Reads what an inventory says: a whole number is an offset, any other text a name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out LineId line)
    {
        line = default;
        if (string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            line = new LineId((int)Math.Clamp(number, 0, Last), null);
            return number is >= 0 and <= Last;
        }

        line = new LineId(0, text);
        return true;
    }

    /// <summary>As the inventory writes it.</summary>
    public override string ToString() => Name ?? Offset.ToString(CultureInfo.InvariantCulture);
}

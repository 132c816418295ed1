using System.Globalization;

namespace LabRunner.Hardware.Plugs;

/// <summary>A place in an upload: a number of bytes of the file, or a share of it. The 512 bytes of the OTA header count.</summary>
public readonly record struct OtaPoint
{
    private readonly double _value;
    private readonly bool _share;

    private OtaPoint(double value, bool share) => (_value, _share) = (value, share);

    /// <summary>After so many bytes of the file.</summary>
    /// <param name="bytes">0 or more; more than the file is its end.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public static OtaPoint AtByte(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new OtaPoint(bytes, false);
    }

    /// <summary>After a share of the file.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the range, or no number.</exception>
    public static OtaPoint AtPercent(double percent)
    {
        if (percent is not (>= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "A share of a file is 0 to 100 %.");
        }

        return new OtaPoint(percent, true);
    }

    /// <summary>Reads "513" (bytes) or "50%".</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static OtaPoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        bool share = trimmed.EndsWith('%');
        if (share && double.TryParse(trimmed.AsSpan(0, trimmed.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent <= 100)
        {
            return AtPercent(percent);
        }

        return !share && long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? AtByte(bytes)
            : throw new FormatException($"'{text}' is no place in a file: write a number of bytes such as 513, or a share such as 50%");
    }

    /// <summary>Bytes before the place in a file of a length.</summary>
    public long In(long length) => _share ? (long)(length * _value / 100) : Math.Min((long)_value, length);

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_value:0.###}{(_share ? "%" : "")}");
}

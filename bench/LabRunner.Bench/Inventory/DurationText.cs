using System.Globalization;

namespace LabRunner.Bench.Inventory;

/// <summary>
/// Durations as they are written in inventories, plans and on the command line: a number and a unit (ms, s, m, h, d), for example
/// 300ms, 5s, 1.5h, also several after each other (1h30m), and ranges (200s..280s). Never negative. Thread safe.
/// </summary>
public static class DurationText
{
    /// <summary>What is accepted, for messages.</summary>
    public const string Form = "a number with a unit: 300ms, 5s, 2m, 12h or 1d";

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration. False for anything else: a missing or unknown unit, a sign, more than 10,000 days.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        ReadOnlySpan<char> rest = (text ?? "").AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        decimal ticks = 0;
        while (!rest.IsEmpty)
        {
            int digits = Length(rest, c => char.IsAsciiDigit(c) || c == '.');
            int letters = Length(rest[digits..], char.IsAsciiLetter);
            long unit = UnitTicks(rest.Slice(digits, letters));
            if (digits is 0 or > 28 || unit == 0
                || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
                || number > long.MaxValue / unit)
            {
                return false;
            }

            ticks += number * unit;
            if (ticks > 10_000 * (decimal)TimeSpan.TicksPerDay)
            {
                return false;
            }

            rest = rest[(digits + letters)..];
        }

        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>Reads <c>low..high</c>, or one duration as a range of no width. False when low is above high.</summary>
    public static bool TryParseRange(string? text, out TimeSpan low, out TimeSpan high)
    {
        string[] ends = (text ?? "").Split("..", 2);
        high = default;
        if (!TryParse(ends[0], out low) || !TryParse(ends[^1], out high))
        {
            return false;
        }

        return low <= high;
    }

    /// <summary>Writes a duration in the largest unit that needs no fraction (90s, 36h); <see cref="TryParse"/> reads it back.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is negative.</exception>
    public static string Format(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        foreach ((string unit, long ticks) in Units)
        {
            if (duration.Ticks % ticks == 0)
            {
                return (duration.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + unit;
            }
        }

        return (duration.Ticks / (decimal)TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture) + "ms";
    }

    private static int Length(ReadOnlySpan<char> text, Func<char, bool> wanted)
    {
        int length = 0;
        while (length < text.Length && wanted(text[length]))
        {
            length++;
        }

        return length;
    }

    private static long UnitTicks(ReadOnlySpan<char> word)
    {
        foreach ((string unit, long ticks) in Units)
        {
            if (word.SequenceEqual(unit))
            {
                return ticks;
            }
        }

        return 0;
    }
}

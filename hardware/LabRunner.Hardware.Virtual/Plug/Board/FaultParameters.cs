using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>Parameters of one planted fault, read from their text; a word or value that does not fit is a configuration error.</summary>
internal sealed class FaultParameters(string plug, VirtualFaultConfig config)
{
    /// <summary>Where in the inventory.</summary>
    public string Place { get; } = $"virtual plug {plug}, fault {config.Id}";

    public string? Text(string name) => config.Parameters.GetValueOrDefault(name);

    /// <summary>A number, or the default where the parameter is absent.</summary>
    public double Number(string name, double otherwise, double low, double high)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= low && value <= high
            ? value
            : throw Wrong(name, text, string.Create(CultureInfo.InvariantCulture, $"Write a number from {low} to {high}"));
    }

    /// <summary>One of some words.</summary>
    public string Word(string name, params string[] words)
    {
        string text = Text(name) ?? words[0];
        return words.Contains(text) ? text : throw Wrong(name, text, $"Write one of {string.Join(", ", words)}");
    }

    /// <summary>A duration "200s", or one drawn from a range "200s..280s".</summary>
    public TimeSpan Duration(string name, string otherwise, Chance chance)
    {
        string text = Text(name) ?? otherwise;
        string[] ends = text.Split("..");
        TimeSpan? low = ParseDuration(ends[0]);
        TimeSpan? high = ends.Length == 2 ? ParseDuration(ends[1]) : low;
        if (ends.Length > 2 || low is not { } from || high is not { } to || to < from)
        {
            throw Wrong(name, text, "Write a duration such as 200s, 500ms, 5m or 2h, or a range such as 200s..280s");
        }

        return TimeSpan.FromSeconds(Math.Round(chance.Between(from.TotalSeconds, to.TotalSeconds), 3));
    }

    /// <summary>A time of day "03:00".</summary>
    public TimeSpan TimeOfDay(string name, string otherwise)
    {
        string text = Text(name) ?? otherwise;
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time)
            ? time.ToTimeSpan()
            : throw Wrong(name, text, "Write a time of day such as 03:00");
    }

    /// <summary>A number with ms, s, m or h; null for anything else.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        string trimmed = text.Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
        {
            digits++;
        }

        if (!double.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            return null;
        }

        return trimmed[digits..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(value),
            "s" => TimeSpan.FromSeconds(value),
            "m" => TimeSpan.FromMinutes(value),
            "h" => TimeSpan.FromHours(value),
            _ => null,
        };
    }

    private BenchFaultException Wrong(string name, string text, string remedy) =>
        new(FaultKind.Configuration, Place, $"parameter {name} cannot be '{text}'", remedy);
}

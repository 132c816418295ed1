using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>How times and figures are spelt in every format.</summary>
public static class Words
{
    /// <summary>A figure with at most four significant places after small numbers, and no exponent where a person would write none.</summary>
    public static string Number(double value) => !double.IsFinite(value)
        ? "–"
        : Math.Abs(value) switch
        {
            0 => "0",
            >= 1e7 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
            >= 1000 => value.ToString("0", CultureInfo.InvariantCulture),
            >= 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
            >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
            >= 0.001 => value.ToString("0.####", CultureInfo.InvariantCulture),
            _ => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        };

    /// <summary>A figure, or a dash.</summary>
    public static string Number(double? value) => value is { } known ? Number(known) : "–";

    /// <summary>A run time as +h:mm:ss since the origin, the clock of the second column of the console logs (which counts seconds).</summary>
    public static string At(double seconds)
    {
        long whole = (long)Math.Clamp(Math.Round(Math.Abs(seconds)), 0, 1e12);
        return string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 ? '-' : '+')}{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}");
    }

    /// <summary>The same with tenths of a second, for what is measured: +0:06:11.7.</summary>
    public static string AtTenths(TimeSpan at)
    {
        long tenths = (long)Math.Round(Math.Abs(at.TotalSeconds) * 10);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(at < TimeSpan.Zero ? '-' : '+')}{tenths / 36_000}:{tenths / 600 % 60:00}:{tenths / 10 % 60:00}.{tenths % 10}");
    }

    /// <summary>A duration as people say it: 350 ms, 12.4 s, 4 min 10 s, 7 h 45 min.</summary>
    public static string Duration(double seconds)
    {
        // Rounded before it is split, or 119.6 s would be 1 min 60 s.
        string sign = seconds < 0 ? "-" : "";
        double size = Math.Abs(seconds), whole = Math.Round(size, MidpointRounding.AwayFromZero);
        return (Math.Round(size * 1000, MidpointRounding.AwayFromZero), Math.Round(size, 1, MidpointRounding.AwayFromZero), whole) switch
        {
            ( < 1000, _, _) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
            (_, < 60, _) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s"),
            (_, _, < 3600) => string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Floor(whole / 60):0} min {whole % 60:0} s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Floor(whole / 3600):0} h {Math.Floor(whole / 60 % 60):0} min"),
        };
    }

    /// <summary>Hours as 7.75 h, a few minutes as such.</summary>
    public static string Hours(double hours) => hours is > 0 and < 0.1 ? Duration(hours * 3600) : hours is >= 0.1 and < 100 ? hours.ToString("0.##", CultureInfo.InvariantCulture) + " h" : Number(hours) + " h";

    /// <summary>Percent as 96.2 %.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.##} %");

    /// <summary>"1 incident", "3 incidents".</summary>
    public static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>The class of an incident with its mode, where one is known: "NET_FREEZE F01".</summary>
    public static string ClassAndMode(IncidentRecord incident) => incident.Mode is { Length: > 0 } mode ? incident.Class + " " + mode : incident.Class;

    /// <summary>A wall-clock label (<see cref="RunRecord.WallAt"/>), or null without origin.</summary>
    public static string? Wall(RunRecord run, double seconds) =>
        run.WallAt(seconds)?.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

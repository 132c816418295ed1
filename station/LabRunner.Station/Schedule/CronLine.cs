using Cronos;

namespace LabRunner.Station.Schedule;

/// <summary>
/// Times that come again, in a time zone. Summer time is Cronos' business: a time that the spring leaves out is moved to the end of the gap,
/// one that comes twice in autumn counts once; a line such as every half an hour (<c>*/30 * * * *</c>) goes on through both. Immutable.
/// </summary>
public sealed class CronLine
{
    private readonly CronExpression _cron;

    private CronLine(string text, CronExpression cron, TimeZoneInfo zone) => (Text, _cron, Zone) = (text, cron, zone);

    /// <summary>As it is written.</summary>
    public string Text { get; }

    /// <summary>Where its hours are meant.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>Reads a line: minute, hour, day, month, weekday; a sixth field in front is the second; or a macro such as @daily.</summary>
    /// <returns>Null: it is none.</returns>
    public static CronLine? Parse(string text, TimeZoneInfo zone)
    {
        bool seconds = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length == 6;
        return CronExpression.TryParse(text, seconds ? CronFormat.IncludeSeconds : CronFormat.Standard, out CronExpression? cron) ? new CronLine(text, cron, zone) : null;
    }

    /// <summary>The first time after an instant; null: never again.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => _cron.GetNextOccurrence(after, Zone);

    /// <summary>The last time after an instant and not after another one; null: none lies between.</summary>
    public DateTimeOffset? Newest(DateTimeOffset after, DateTimeOffset until)
    {
        DateTimeOffset? newest = null;
        foreach (DateTimeOffset at in after < until ? _cron.GetOccurrences(after, until, Zone, fromInclusive: false, toInclusive: true) : [])
        {
            newest = at;
        }

        return newest;
    }
}

namespace LabRunner.Station.Schedule;

/// <summary>Hours in which nothing new starts. Immutable.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="From">When they begin.</param>
/// <param name="To">When they end: the first time after the beginning.</param>
/// <param name="Text">For people: 22:00 to 06:00.</param>
public sealed record QuietHours(string Name, CronLine From, CronLine To, string Text)
{
    // The longest quiet hours are a day, and summer time may make one day longer.
    private static readonly TimeSpan Back = TimeSpan.FromHours(26);

    /// <summary>When those that hold at an instant end; null: none hold.</summary>
    public DateTimeOffset? Until(DateTimeOffset now) => From.Newest(now - Back, now) is { } began && To.Next(began) is { } end && now < end ? end : null;
}

using LabRunner.Station.Schedule;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>Hours in a time zone, in the nights in which the clocks are changed: in 2026 on March 29 and October 25.</summary>
public sealed class SummerTimeTests
{
    [TestCase("30 2 * * *", "2026-03-29T00:00+01:00", ExpectedResult = "03:00 +02:00", Description = "what the spring leaves out comes at the end of the gap")]
    [TestCase("30 2 * * *", "2026-10-25T00:00+02:00", ExpectedResult = "02:30 +02:00", Description = "what comes twice in autumn counts at the first time")]
    [TestCase("30 2 * * *", "2026-10-25T02:30+02:00", ExpectedResult = "02:30 +01:00 on 2026-10-26", Description = "and not at the second")]
    [TestCase("0 20 * * *", "2026-03-28T20:00+01:00", ExpectedResult = "20:00 +02:00", Description = "20:00 is 20:00, 23 hours later")]
    public string Time_OfAnEntry(string cron, string after)
    {
        DateTimeOffset from = ScheduleFiles.At(after);
        DateTimeOffset next = CronLine.Parse(cron, Berlin)!.Next(from)!.Value;
        string day = next.Date > from.Date.AddDays(from.Hour >= 20 ? 1 : 0) ? next.ToString(" 'on' yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "";
        return next.ToString("HH:mm zzz", System.Globalization.CultureInfo.InvariantCulture) + day;
    }

    [TestCase("2026-03-29T00:00+01:00", ExpectedResult = 46)]
    [TestCase("2026-10-25T00:00+02:00", ExpectedResult = 50)]
    [TestCase("2026-06-01T00:00+02:00", ExpectedResult = 48)]
    public int EveryHalfHour_GoesOnThroughTheChange(string midnight)
    {
        CronLine line = CronLine.Parse("*/30 * * * *", Berlin)!;
        DateTimeOffset at = ScheduleFiles.At(midnight);
        DateTimeOffset end = CronLine.Parse("0 0 * * *", Berlin)!.Next(at)!.Value;
        int count = 0;
        for (DateTimeOffset? next = line.Next(at); next <= end; next = line.Next(next!.Value))
        {
            count++;
        }

        return count;
    }

    [TestCase("2026-03-29T01:59+01:00", true)]
    [TestCase("2026-03-29T03:00+02:00", false, Description = "02:30 is left out, so they end at 03:00")]
    [TestCase("2026-10-25T02:29+02:00", true)]
    [TestCase("2026-10-25T02:30+02:00", false, Description = "they end at the first 02:30")]
    [TestCase("2026-10-25T02:10+01:00", false, Description = "and do not begin again in the hour that comes twice")]
    [TestCase("2026-10-25T22:00+01:00", true)]
    public void QuietHours_OverTheChange(string at, bool quiet)
    {
        StationSchedule schedule = ScheduleFiles.Load("timeZone: Europe/Berlin\nquietHours:\n  night: { from: \"22:00\", to: \"02:30\" }\n");

        Assert.That(schedule.QuietUntil(ScheduleFiles.At(at)) is not null, Is.EqualTo(quiet));
    }

    [Test]
    public void QuietHours_ThatFollowEachOther_AreOne()
    {
        StationSchedule schedule = ScheduleFiles.Load(
            "timeZone: Europe/Berlin\nquietHours:\n  saturday: { from: \"00:00\", to: \"00:00\", days: [sat] }\n  sunday: { from: \"00:00\", to: \"12:00\", days: [sun] }\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(schedule.QuietUntil(ScheduleFiles.At("2026-10-24T09:00+02:00")), Is.EqualTo(ScheduleFiles.At("2026-10-25T12:00+01:00")));
            Assert.That(schedule.QuietUntil(ScheduleFiles.At("2026-10-23T23:59+02:00")), Is.Null);
        }
    }

    private static TimeZoneInfo Berlin => TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
}

using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>The night in numbers, of rows as the suites write them.</summary>
public sealed class NightFiguresTests
{
    private const string Reconnect = "Reconnect, 95th percentile";
    private const string Metering = "Metering, largest error";

    /// <summary>Each step of S09 and S11 that is a coming back counts, with those that did not; a relay's command and what waits for the DUT do not.</summary>
    [Test]
    public void Reconnect_StepsOfTheSuites_CountThoseThatComeBack()
    {
        using TestRun night = new();
        night.Slot("p1");
        (string Suite, string Step)[] back =
        [
            ("S09", "access-point-off-10s"), ("S09", "not-taken-1m"), ("S09", "mains-back-10s"), ("S09", "sent-away"), ("S09", "channel"), ("S09", "rekey"), ("S09", "weak-signal"),
            ("S11", "restart"), ("S11", "outage"), ("S11", "black-hole"), ("S11", "login-denied"),
        ];
        foreach ((int i, (string suite, string step)) in back.Index())
        {
            night.Trial("p1", suite, step, 100 + i, true, 4000);
        }

        night.Trial("p1", "S09", "sent-away", 200, false, 120_000);
        foreach (string other in (string[])["command-after-connect", "burst", "retained-flood"])
        {
            night.Trial("p1", "S11", other, 300, true, 90_000);
        }

        night.Trial("p1", "S02", "reconnect", 400, true, 90_000);

        Assert.That(Figure(night, Reconnect), Is.EqualTo(new NightFigure(Reconnect, "4 s", "11 of 12 attempts came back in time, of which alone the percentile is")));
    }

    [Test]
    public void Reconnect_NoneCameBack_SaysSo()
    {
        using TestRun night = new();
        night.Slot("p1");
        night.Trial("p1", "S11", "black-hole", 1, false, 60_000);
        Assert.That(Figure(night, Reconnect), Is.EqualTo(new NightFigure(Reconnect, "–", "0 of 1 attempt came back in time")));
    }

    /// <summary>A load beyond PowerMax, counted pulses and 8 % at 5 W within its limit are less than 0.9 % where 1 % is allowed.</summary>
    [Test]
    public void Metering_Worst_IsThePointNearestToItsLimit()
    {
        using TestRun night = new();
        night.Slot("p1");
        night.Measure("p1", "S14", "power@60W", 1, 60.54, "W", 59.4, 60.6, 60, Verdict.Pass, new { loadWatts = "60" });
        night.Measure("p1", "S14", "power@5W", 2, 5.4, "W", 4, 6, 5, Verdict.Pass, new { loadWatts = "5" });
        night.Measure("p1", "S14", "above-power-max", 3, 3600, "W", null, null, 4500, Verdict.Warn, new { powerMax = "4000", held = "yes" });
        night.Measure("p1", "S14", "small-load-pulses@0.5W", 4, 3, "", 0, 6, 4, Verdict.Pass, new { loadWatts = "0.5" });
        night.Measure("p1", "S14", "line-slope", 5, 1.5, "", 0.99, 1.01, 1, Verdict.Fail, new { points = "8" });
        night.Measure("p1", "S14", "voltage@60W", 6, 300, "V", 225, 235, 230, Verdict.Invalid, new { loadWatts = "60" });
        Assert.That(Figure(night, Metering), Is.EqualTo(new NightFigure(Metering, "0.9 %", "power@60W on p1, 90 % of what is allowed there, the most of 2 points")));
    }

    [Test]
    public void Metering_ErrorBelowTheReference_IsHeldAgainstTheLowerLimit()
    {
        using TestRun night = new();
        night.Slot("p1");
        night.Slot("p2");
        night.Measure("p1", "S14", "power@60W", 1, 60.5, "W", 50, 61, 60, Verdict.Pass, new { loadWatts = "60" });
        night.Measure("p2", "S14", "power@60W", 2, 52, "W", 50, 61, 60, Verdict.Pass, new { loadWatts = "60" });
        night.Measure("p2", "S14", "current@60W", 3, 9, "A", null, null, 1, Verdict.Pass, new { loadWatts = "60" });
        Assert.That(Figure(night, Metering).Note, Is.EqualTo("power@60W on p2, 80 % of what is allowed there, the most of 3 points"));
    }

    private static NightFigure Figure(TestRun night, string name) => NightFigures.Of(RunReader.Read(night.Folder)).Single(f => f.Name == name);

    [Test]
    public void StableHours_ResetsOutsideTheHoursUnderTest_CostNone()
    {
        using TestRun night = new();
        night.Begin();
        night.Slot("p1");
        night.Exposure("p1", "S01", 3600, 10 * 3600);
        night.Down("p1", 5 * 3600, 6 * 3600, true, "the console was gone");
        night.Down("p1", 8 * 3600, (8 * 3600) + 60, false, "incident HANG_RECOVERED");
        foreach (double hour in (double[])[0.5, 5.5, 11])
        {
            night.Boot("p1", hour * 3600, "watchdog", false);
        }

        night.Boot("p1", (8 * 3600) + 30, "watchdog", false);
        night.Commit();
        NightFigure stable = NightFigures.Of(RunReader.Read(night.Folder)).Single(f => f.Name == "Stable hours");
        Assert.That(stable.Note, Does.StartWith("1 device-hour with an unexpected reset"), "the one of its own down time; before, after and INVALID are not under test");
    }
}

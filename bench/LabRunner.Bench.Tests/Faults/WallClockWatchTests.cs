using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Faults;

public sealed class WallClockWatchTests
{
    private readonly ScriptedClock _machine = new();

    [TestCase(3600)]
    [TestCase(-3600)]
    [TestCase(2)]
    public void Step_IsToldOnceWithItsSize(double seconds)
    {
        WallClockWatch watch = new(_machine);
        _machine.Advance(TimeSpan.FromSeconds(5));
        Assert.That(watch.Look(), Is.Null);

        _machine.Wall += TimeSpan.FromSeconds(seconds);
        _machine.Advance(TimeSpan.FromSeconds(1));
        TimeSpan? step = watch.Look();
        _machine.Advance(TimeSpan.FromSeconds(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(step?.TotalSeconds, Is.EqualTo(seconds).Within(0.001));
            Assert.That(watch.Look(), Is.Null);
            Assert.That(WallClockWatch.Told(step!.Value), Does.Contain(seconds > 0 ? "forward" : "back").And.Contain($"{Math.Abs(seconds):0.0} s"));
        }
    }

    [Test]
    public void NtpSlewAndSummerTime_AreNoSteps()
    {
        // 01:00 UTC on the last Sunday of March: local time in Europe leaps an hour, UTC does not.
        _machine.Wall = new DateTimeOffset(2026, 3, 29, 0, 59, 58, TimeSpan.Zero);
        WallClockWatch watch = new(_machine);
        for (int second = 0; second < 4; second++)
        {
            _machine.Wall += TimeSpan.FromMilliseconds(0.5);
            _machine.Advance(TimeSpan.FromSeconds(1));
            Assert.That(watch.Look(), Is.Null, $"{_machine.GetLocalNow()}");
        }

        Assert.That(_machine.GetLocalNow().Hour, Is.EqualTo(3), "the change lies in between");
    }

    private sealed class ScriptedClock : TimeProvider
    {
        private long _stamp;

        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by)
        {
            _stamp += by.Ticks;
            Wall += by;
        }

        public override long GetTimestamp() => _stamp;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}

using LabRunner.Bench.Hosting.Resume;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>Run time after a gap: never backwards, whatever the wall clock does.</summary>
public sealed class RunTimeTests
{
    private const double Scale = 10;
    private static readonly TimeSpan Seen = TimeSpan.FromHours(3);

    // A run that was begun so long ago that its clock has passed the last record.
    private readonly LabClock _clock = LabClock.Continue(Scale, new DateTimeOffset(2026, 3, 29, 0, 0, 0, TimeSpan.Zero), Seen + TimeSpan.FromMinutes(1));

    [Test]
    public void SameStartOfTheMachine_TheClockSimplyWentOn()
    {
        // A step of an hour, as at a change to summer time on a machine that keeps local time.
        RunTime time = RunTime.After(_clock, sameBoot: true, Seen, _clock.UtcAt(Seen) - TimeSpan.FromHours(1));

        Assert.That(time.Clock.ToEnvironment(), Is.EqualTo(_clock.ToEnvironment()));
    }

    [Test]
    public void NewStart_GoesOnByTheWallClock_AndLabelsStayRight()
    {
        DateTimeOffset wall = _clock.UtcAt(Seen) + TimeSpan.FromMinutes(7);

        RunTime time = RunTime.After(_clock, sameBoot: false, Seen, wall);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(time.Clock.Elapsed, Is.GreaterThanOrEqualTo(Seen + (TimeSpan.FromMinutes(7) * Scale)));
            Assert.That(time.Clock.UtcAt(Seen + (TimeSpan.FromMinutes(7) * Scale)), Is.EqualTo(wall).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(time.Why, Does.Contain("started anew"));
        }
    }

    [TestCase(-3600)]
    [TestCase(0)]
    [TestCase(31 * 86400.0)]
    [TestCase(-56 * 365 * 86400.0)]
    public void NewStart_WithAWallClockThatCannotBe_GoesOnRightAfterTheLastRecord(double offsetSeconds)
    {
        RunTime time = RunTime.After(_clock, sameBoot: false, Seen, _clock.UtcAt(Seen) + TimeSpan.FromSeconds(offsetSeconds));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(time.Clock.Elapsed, Is.GreaterThan(Seen));
            Assert.That(time.Clock.At(time.Clock.ToMonotonicNanoseconds(Seen + TimeSpan.FromSeconds(Scale))), Is.EqualTo(Seen + TimeSpan.FromSeconds(Scale)).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(time.Clock.UtcAt(TimeSpan.Zero), Is.EqualTo(_clock.UtcAt(TimeSpan.Zero)), "the origin of the labels is one");
            Assert.That(time.Why, Does.Contain("does not tell"));
        }
    }
}

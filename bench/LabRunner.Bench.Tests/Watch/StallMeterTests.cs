using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Watch;

public sealed class StallMeterTests
{
    [Test]
    public void Note_LongStall_IsToldOnceWithItsTime()
    {
        StallMeter meter = new();
        List<(TimeSpan From, TimeSpan Until)> told = [];
        meter.Blinded += (from, until) => told.Add((from, until));
        meter.Note(S(10), S(12));
        meter.Note(S(20), S(29));
        meter.Note(S(21), S(29));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Is.EqualTo(new[] { (S(20), S(29)) }));
            Assert.That(meter.LostSince(S(0)), Is.EqualTo(S(11)));
            Assert.That(meter.LostSince(S(25)), Is.EqualTo(S(4)), "only what lies after");
        }
    }

    [Test]
    public void WorstBetween_StallsThatTouchTheTime_IsTheLongestOfThem()
    {
        StallMeter meter = new();
        meter.Note(S(10), S(19));
        meter.Note(S(30), S(32));
        meter.Note(S(40), S(43));
        meter.Note(S(60), S(68));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(meter.WorstBetween(S(31), S(41)), Is.EqualTo(S(3)), "one ends within, one begins within");
            Assert.That(meter.WorstBetween(S(20), S(29)), Is.EqualTo(S(0)));
        }
    }

    [TestCase(1, 5)]
    [TestCase(20, 20)]
    public void Http_OnAnyClock_LeavesASecondOfMachineTime(double scale, double expected) =>
        Assert.That(RequestLimits.Http(LabClock.Start(scale)).TotalSeconds, Is.EqualTo(expected));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

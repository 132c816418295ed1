using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Clocks;

public sealed class ClockTieTests
{
    private const long Second = 1_000_000_000;

    [TestCase(3 * Second)]
    [TestCase(-3 * Second)]
    public void Correct_IsSlewedIn_SoThatTimeNeitherStepsNorRunsBackwards(long correction)
    {
        ClockTie tie = new(7 * Second);
        long reached = tie.Correct(7 * Second + correction, 100 * Second);
        List<long> readings = [];
        for (long at = 99 * Second; at <= reached + Second; at += Second / 10)
        {
            readings.Add(at + tie.At(at));
        }

        long[] steps = [.. readings.Zip(readings.Skip(1), (before, after) => after - before)];
        using (Assert.EnterMultipleScope())
        {
            // A tenth slower or faster, to the nanosecond that a correction is rounded to.
            Assert.That(steps.Min(), Is.GreaterThanOrEqualTo((Second / 10 * 9 / 10) - 1));
            Assert.That(steps.Max(), Is.LessThanOrEqualTo((Second / 10 * 11 / 10) + 1));
            Assert.That((tie.At(100 * Second), tie.At(reached)), Is.EqualTo((7 * Second, (7 * Second) + correction)));
        }
    }

    [Test]
    public void Correct_InTheMiddleOfAnother_GoesOnFromWhereItIs()
    {
        ClockTie tie = new(0);
        long first = tie.Correct(10 * Second, 0);
        tie.Correct(0, first / 2);

        Assert.That((tie.At(first / 2), tie.At(first)), Is.EqualTo((5 * Second, 0L)));
    }

    [Test]
    public void Clock_OfAnotherMachine_ReadsTheOwnersRunTime()
    {
        LabClock owners = LabClock.Start(20);

        // The other machine was started 1000 s later than the owner's.
        LabClock far = LabClock.Parse(owners.ToEnvironment(), new ClockTie(1000 * Second));
        long at = owners.ToMonotonicNanoseconds(TimeSpan.FromSeconds(40));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(far.At(at - (1000 * Second)), Is.EqualTo(owners.At(at)));
            Assert.That(LabClock.Parse(far.ToEnvironment()).At(at - (1000 * Second)), Is.EqualTo(owners.At(at)), "its children have no tie and go by this machine");
            Assert.That((far.Scale, far.UtcAt(TimeSpan.Zero)), Is.EqualTo((20.0, owners.UtcAt(TimeSpan.Zero))));
        }
    }
}

using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

public sealed class PeriodicTieTests
{
    [Test]
    [Category("vectors")]
    public void Find_TimesOneSecondBeforeEachInterval_IsTheTieOfVectorV42()
    {
        PeriodicTie? tie = PeriodicTie.Find([.. new[] { (30, 29), (60, 59), (70, 69), (120, 119) }.Select(p => new PeriodicPoint(p.Item1, p.Item2, p.Item2))]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tie!.Slope, Is.EqualTo(1).Within(1e-12));
            Assert.That(tie.OffsetSeconds, Is.EqualTo(-1).Within(1e-12));
            Assert.That(tie.OffsetText, Is.EqualTo("interval minus one second"));
        }
    }

    [Test]
    public void Find_OneReadingSeenLate_KeepsTheOffsetWhereTheBracketsMeet()
    {
        PeriodicTie? tie = PeriodicTie.Find([new(30, 25.2, 29.4), new(60, 58.6, 59.2), new(120, 118.7, 119.3)]);

        Assert.That(tie!.OffsetText, Is.EqualTo("interval minus one second"));
    }

    [Test]
    public void Find_TimesThatIgnoreTheInterval_IsNull() =>
        Assert.That(PeriodicTie.Find([new(30, 88, 89), new(60, 91, 92), new(120, 90, 91)]), Is.Null);

    [Test]
    public void Find_OneFarFromItsInterval_IsNull() =>
        Assert.That(PeriodicTie.Find([new(30, 28.8, 29.2), new(60, 58.8, 59.2), new(120, 98, 99)]), Is.Null);

    [Test]
    public void Find_OneIntervalOnly_IsNull() =>
        Assert.That(PeriodicTie.Find([new(60, 58.9, 59.1), new(60, 58.8, 59.2)]), Is.Null);

    [Test]
    public void Find_BracketsThatDoNotMeet_NamesNoSecond()
    {
        PeriodicTie? tie = PeriodicTie.Find([new(30, 28.0, 28.5), new(60, 58.5, 59.0), new(120, 116.6, 117.1)]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tie!.OffsetText, Is.EqualTo("-3 to -1 s from the interval, not resolved any finer"));
            Assert.That(tie.OffsetSeconds - tie.UncertaintySeconds, Is.LessThanOrEqualTo(-3.4));
            Assert.That(tie.OffsetSeconds + tie.UncertaintySeconds, Is.GreaterThanOrEqualTo(-1));
        }
    }

    [Test]
    public void Find_BracketsThatAllHoldTwoWholeSeconds_NamesNeither() =>
        Assert.That(
            PeriodicTie.Find([new(30, 28.7, 30.2), new(60, 58.8, 60.4), new(120, 118.6, 120.1)])!.OffsetText,
            Is.EqualTo("-1 to 0 s from the interval, not resolved any finer"));

    [Test]
    public void OffsetText_BetweenTwoSecondsAndHoldingNeither_IsTheFigure() =>
        Assert.That(new PeriodicTie(1, -1.5, 0, 0.2).OffsetText, Is.EqualTo("-1.5 s from the interval"));

    [TestCase(0.2, "the interval itself")]
    [TestCase(1.1, "interval plus one second")]
    [TestCase(-4.8, "interval minus 5 seconds")]
    [TestCase(3.2, "interval plus 3 seconds")]
    public void OffsetText_OfAnOffset_ReadsAsWords(double offset, string expected) =>
        Assert.That(new PeriodicTie(1, offset, 0).OffsetText, Is.EqualTo(expected));

    [TestCase(0.5, 71.2, 131.0)]
    [TestCase(1, 130.8, 250.9)]
    public void FindShare_ResetsOfALease_NamesThePartTheyFollow(double share, double at120, double at240)
    {
        (double Share, PeriodicTie Tie)? found = PeriodicTie.FindShare(Resets(at120, at240), [0.5, 1]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found?.Share, Is.EqualTo(share));
            Assert.That(found?.Tie.Slope, Is.EqualTo(1).Within(PeriodicTie.SlopeTolerance));
        }
    }

    [TestCase(71.2, 71.0, TestName = "FindShare_ResetsThatDoNotMoveWithTheLease_TieToNoPart")]
    [TestCase(71.2, 91.0, TestName = "FindShare_ResetsAtAnotherPartOfTheLease_TieToNoneThatIsAsked")]
    public void FindShare_NoTie(double at120, double at240) => Assert.That(PeriodicTie.FindShare(Resets(at120, at240), [0.5, 1]), Is.Null);

    private static PeriodicPoint[] Resets(double at120, double at240) =>
        [.. new[] { (120, at120), (120, at120 + 0.6), (240, at240) }.Select(r => new PeriodicPoint(r.Item1, r.Item2 - 1, r.Item2 + 1))];
}

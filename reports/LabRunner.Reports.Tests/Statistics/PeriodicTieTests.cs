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

    [TestCase(0.2, "the interval itself")]
    [TestCase(1.1, "interval plus one second")]
    [TestCase(-4.8, "interval minus 5 seconds")]
    [TestCase(3.2, "interval plus 3 seconds")]
    public void OffsetText_OfAnOffset_ReadsAsWords(double offset, string expected) =>
        Assert.That(new PeriodicTie(1, offset, 0).OffsetText, Is.EqualTo(expected));
}

using CsCheck;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Change points against published series, and what must hold of any series.</summary>
public sealed class ChangePointTests
{
    private static readonly double[] Hunter = [1.02, .95, .99, 1.00, 1.12, 1.00, 1.01, .98, 1.01, .96, .50, .51, .48, .48, .55, .50, .49, .51, .50, .49];

    [Test]
    [Category("vectors")]
    public void Split_SeriesOfHunter_V39()
    {
        ChangePoint split = EDivisive.Split(Hunter)!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(split.Index, Is.EqualTo(10));
            Assert.That(split.Statistic, Is.EqualTo(4.717).Within(5e-4));
            Assert.That(split.Energy, Is.EqualTo(0.9434).Within(5e-5));
            Assert.That(split.Share, Is.EqualTo(0.93777336).Within(5e-8));
            Assert.That(EDivisive.Find(Hunter).Select(c => c.Index), Is.EqualTo(new[] { 10 }));
        }
    }

    [Test]
    [Category("vectors")]
    public void Split_ThousandAndThousand_V40() =>
        Assert.That(EDivisive.Split([.. Enumerable.Repeat(0.0, 1000), .. Enumerable.Repeat(1.0, 1000)])?.Index, Is.EqualTo(1000));

    [Test]
    public void Find_TwoSteps_FindsBothWithTheirLevels()
    {
        double[] values = [.. Wave(12, 10), .. Wave(12, 20), .. Wave(12, 5)];
        IReadOnlyList<ChangePoint> changes = EDivisive.Find(values);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(changes.Select(c => c.Index), Is.EqualTo(new[] { 12, 24 }));
            Assert.That(changes[0].Before, Is.EqualTo(10).Within(0.2));
            Assert.That(changes[0].After, Is.EqualTo(20).Within(0.2));
            Assert.That(changes[1].After, Is.EqualTo(5).Within(0.2));
        }
    }

    /// <summary>A level that comes back leaves no split of the whole that is clear: both ends of the other level are found all the same.</summary>
    [TestCase(12, 12, 12)]
    [TestCase(5, 5, 5)]
    [TestCase(20, 4, 20)]
    [TestCase(6, 12, 6)]
    [TestCase(3, 14, 3)]
    public void Find_StepThatGoesBack_IsTwoChanges(int before, int between, int after)
    {
        IReadOnlyList<ChangePoint> changes = EDivisive.Find([.. Wave(before, 10), .. Wave(between, 20), .. Wave(after, 10)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(changes.Select(c => c.Index), Is.EqualTo(new[] { before, before + between }));
            Assert.That(changes.Select(c => Math.Round(c.After)), Is.EqualTo(new[] { 20.0, 10.0 }));
        }
    }

    [Test]
    public void Find_LevelThatComesAndGoes_IsFoundEachTime() =>
        Assert.That(
            EDivisive.Find([.. Enumerable.Range(0, 5).SelectMany(i => Wave(8, i % 2 == 0 ? 10 : 20))]).Select(c => c.Index), Is.EqualTo(new[] { 8, 16, 24, 32 }));

    [Test]
    public void Find_SmallChange_IsBelowTheMagnitude()
    {
        double[] values = [.. Wave(12, 100), .. Wave(12, 102)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(EDivisive.Find(values), Is.Empty);
            Assert.That(EDivisive.Find(values, magnitude: 0.01).Select(c => c.Index), Is.EqualTo(new[] { 12 }));
        }
    }

    [Test]
    public void Find_NothingToTell_FindsNothing()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(EDivisive.Split([]), Is.Null);
            Assert.That(EDivisive.Split([1]), Is.Null);
            Assert.That(EDivisive.Split([4, 4, 4, 4]), Is.Null);
            Assert.That(EDivisive.Find([1, 1, 9, 9]), Is.Empty, "four nights prove nothing");
        }
    }

    [Test]
    public void Find_ShuffledNoise_IsSilentInNearlyAllSeries()
    {
        Hardware.Time.Chance chance = new(11, "noise");
        int alarms = Enumerable.Range(0, 60).Count(_ => EDivisive.Find([.. Enumerable.Range(0, 30).Select(_ => chance.Between(10, 20))]).Count > 0);
        Assert.That(alarms, Is.LessThanOrEqualTo(4), "1 % by permutation: 60 series of noise give 0.6 on average, and more than 4 once in five thousand runs");
    }

    [Test]
    public void Find_MovedAndScaled_FindsTheSamePlaces() =>
        Gen.Select(Gen.Double[-1000, 1000], Gen.Double[0.5, 50]).Sample((offset, scale) =>
            EDivisive.Split([.. Hunter.Select(v => offset + (scale * v))])?.Index == 10, iter: 200);

    private static IEnumerable<double> Wave(int count, double level) => Enumerable.Range(0, count).Select(i => level + (0.1 * Math.Sin(i * 1.7)));
}

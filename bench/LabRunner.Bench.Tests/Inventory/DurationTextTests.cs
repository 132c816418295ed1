using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class DurationTextTests
{
    [TestCase("300ms", 300)]
    [TestCase("5s", 5_000)]
    [TestCase("2m", 120_000)]
    [TestCase("12h", 43_200_000)]
    [TestCase("1d", 86_400_000)]
    [TestCase("1.5h", 5_400_000)]
    [TestCase("1h30m", 5_400_000)]
    [TestCase(" 0.5s ", 500)]
    [TestCase("0s", 0)]
    public void TryParse_Duration_IsRead(string text, double milliseconds)
    {
        Assert.That(DurationText.TryParse(text, out TimeSpan duration), Is.True);
        Assert.That(duration, Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-5s")]
    [TestCase("5 s")]
    [TestCase("5S")]
    [TestCase("5sec")]
    [TestCase("1.2.3s")]
    [TestCase(".s")]
    [TestCase("10001d")]
    [TestCase("99999999999999999999s")]
    [TestCase("5s..6s")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.That(DurationText.TryParse(text, out _), Is.False);

    [TestCase(0, "0s")]
    [TestCase(300, "300ms")]
    [TestCase(90_000, "90s")]
    [TestCase(7_200_000, "2h")]
    [TestCase(172_800_000, "2d")]
    [TestCase(0.5, "0.5ms")]
    public void Format_Duration_TakesTheLargestExactUnit(double milliseconds, string text) =>
        Assert.That(DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)), Is.EqualTo(text));

    [Test]
    public void Format_Negative_Throws() =>
        Assert.That(() => DurationText.Format(TimeSpan.FromSeconds(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Format_AnyDuration_IsReadBack()
    {
        Chance chance = new(20260101, "durations");
        for (int i = 0; i < 2000; i++)
        {
            TimeSpan duration = TimeSpan.FromTicks((long)Math.Pow(10, chance.Between(0, 15)));
            Assert.That(DurationText.TryParse(DurationText.Format(duration), out TimeSpan back), Is.True, duration.ToString());
            Assert.That(back, Is.EqualTo(duration));
        }
    }

    [TestCase("200s..280s", 200, 280)]
    [TestCase("2m..5m", 120, 300)]
    [TestCase("7s", 7, 7)]
    public void TryParseRange_Range_IsRead(string text, double low, double high)
    {
        Assert.That(DurationText.TryParseRange(text, out TimeSpan from, out TimeSpan to), Is.True);
        Assert.That((from.TotalSeconds, to.TotalSeconds), Is.EqualTo((low, high)));
    }

    [TestCase("280s..200s")]
    [TestCase("200..280s")]
    [TestCase("200s..")]
    [TestCase("1s..2s..3s")]
    [TestCase("")]
    public void TryParseRange_AnythingElse_IsRefused(string text) => Assert.That(DurationText.TryParseRange(text, out _, out _), Is.False);
}

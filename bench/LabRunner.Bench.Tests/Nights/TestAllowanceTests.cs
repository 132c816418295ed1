using LabRunner.Bench.Hosting.Nights;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>How long a test may take where slots wait for the bench's one browser, or for each other.</summary>
public sealed class TestAllowanceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);
    private readonly FakeTimeProvider _clock = new();
    private long _waitedUntil;

    [Test]
    public void Left_OfATestThatNeverWaits_RunsOutAtTheLimit()
    {
        TestAllowance allowance = new(_clock, Limit, () => 0);
        _clock.Advance(TimeSpan.FromMinutes(29));
        TimeSpan before = allowance.Left;
        _clock.Advance(TimeSpan.FromMinutes(1));

        Assert.That((before, allowance.Left), Is.EqualTo((TimeSpan.FromMinutes(1), TimeSpan.Zero)));
    }

    [Test]
    public void Left_AfterAWaitOfAlmostTheLimit_IsTheWholeLimit()
    {
        TestAllowance allowance = new(_clock, Limit, () => _waitedUntil);
        _clock.Advance(TimeSpan.FromMinutes(29));
        _waitedUntil = _clock.GetTimestamp();
        TimeSpan atFirst = allowance.Left;
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.That((atFirst, allowance.Left), Is.EqualTo((Limit, TimeSpan.FromMinutes(20))));
    }

    [Test]
    public void Left_OfTheNextTest_IsNotLessForAnEarlierWait()
    {
        TestAllowance allowance = new(_clock, Limit, () => _waitedUntil);
        _waitedUntil = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMinutes(20));
        allowance.Restart();

        Assert.That(allowance.Left, Is.EqualTo(Limit));
    }
}

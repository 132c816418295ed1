using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Watch;

public sealed class EchoLineTests
{
    [Test]
    public void Settle_InOrder_IsSettledAtOnce()
    {
        EchoLine line = new();
        long first = line.Send(S(1));

        Assert.That(line.Settle(first, S(1.2), alive: true), Is.EqualTo(new[] { new SettledEcho(S(1), S(1.2), true) }));
    }

    [Test]
    public void Settle_OvertakenByTwoAnswers_IsLostWithoutWaitingForItsLimit()
    {
        EchoLine line = new();
        long lost = line.Send(S(1));
        long second = line.Send(S(2));
        long third = line.Send(S(3));
        int afterOne = line.Settle(second, S(2.1), alive: true).Count;
        IReadOnlyList<SettledEcho> settled = line.Settle(third, S(3.1), alive: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(afterOne, Is.Zero, "one answer may overtake another");
            Assert.That(settled.Select(e => (e.Started, e.Alive)), Is.EqualTo(new[] { (S(1), false), (S(2), true), (S(3), true) }));
            Assert.That(line.Settle(lost, S(21), alive: false), Is.Empty, "settled before");
        }
    }

    [Test]
    public void Clear_ForgetsWhatIsOnItsWay()
    {
        EchoLine line = new();
        long old = line.Send(S(1));
        line.Clear();

        Assert.That(line.Settle(old, S(2), alive: false), Is.Empty);
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AccessObserverTests
{
    private readonly ScriptedSlot _slot = new();
    private AccessObserver _observer;

    [SetUp]
    public void SetUp() => _observer = new AccessObserver(_slot);

    [Test]
    public void BeforeAnyLine_NothingIsKnown() => Assert.That((_observer.Associated, _observer.Leased, _observer.State), Is.EqualTo(((bool?)null, (bool?)null, ObserverState.Unknown)));

    [Test]
    public void Gone_For30Seconds_IsDeadAndSentAway()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(11, AccessEventKind.Leased);
        Tell(100, AccessEventKind.Gone);
        _observer.Tick(S(130));
        ObserverState early = _observer.State;
        _observer.Tick(S(130.1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(early, Is.EqualTo(ObserverState.Alive), "30 s are allowed");
            Assert.That((_observer.State, _observer.View.SymptomSince), Is.EqualTo((ObserverState.Dead, (TimeSpan?)S(100))));
            Assert.That((_observer.Associated, _observer.SentAwayAt), Is.EqualTo(((bool?)false, (TimeSpan?)S(100))));
        }
    }

    [Test]
    public void Left_OfItself_IsNotSentAway()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(100, AccessEventKind.Left);

        Assert.That((_observer.Associated, _observer.SentAwayAt), Is.EqualTo(((bool?)false, (TimeSpan?)null)));
    }

    [Test]
    public void BackInTime_IsAlive()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(100, AccessEventKind.Gone);
        Tell(120, AccessEventKind.Associated);
        _observer.Tick(S(200));

        Assert.That(_observer.State, Is.EqualTo(ObserverState.Alive));
    }

    [Test]
    public void ALeaseOfBeforeItJoinedAgain_SaysNothing()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(11, AccessEventKind.Leased);
        bool? before = _observer.Leased;
        Tell(100, AccessEventKind.Associated);

        Assert.That((before, _observer.Leased), Is.EqualTo(((bool?)true, (bool?)null)));
    }

    [TestCase((int)AccessEventKind.Asking)]
    [TestCase((int)AccessEventKind.LeaseEnded)]
    public void AskingOrRefused_HasNoLease(int kind)
    {
        Tell(10, AccessEventKind.Leased);
        Tell(20, (AccessEventKind)kind);

        Assert.That(_observer.Leased, Is.False);
    }

    [Test]
    public void AccessPointThatMoves_SendsAwayWithoutTakingTheAssociation()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(50, AccessEventKind.Moved);

        Assert.That((_observer.Associated, _observer.SentAwayAt), Is.EqualTo(((bool?)true, (TimeSpan?)S(50))));
    }

    [Test]
    public void APlugThatIsOff_IsNotDead()
    {
        Tell(10, AccessEventKind.Associated);
        Tell(100, AccessEventKind.Gone);
        _slot.IsOff = true;
        _observer.Tick(S(500));

        Assert.That(_observer.State, Is.Not.EqualTo(ObserverState.Dead));
    }

    private void Tell(double at, AccessEventKind kind) => _observer.Told(S(at), kind);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PulseObserverTests
{
    private const double WattsPerHertz = 1.5;

    private readonly ScriptedSlot _slot = new();
    private readonly List<(double At, string Text)> _stuck = [];
    private PulseObserver _observer;

    [SetUp]
    public void SetUp() => _observer = new PulseObserver(_slot, WattsPerHertz, (at, text) => _stuck.Add((at.TotalSeconds, text)));

    [Test]
    public void Figures_ThatFollowThePulses_AreAlive()
    {
        _observer.Emitting(S(100), 40);
        _observer.Reported(S(130), 61.5);

        Assert.That(_observer.View, Is.EqualTo(new ObserverView("C", ObserverState.Alive, S(130), null, "40 Hz on CF are 60 W, it says 61.5 W")));
    }

    [Test]
    public void Zero_ForAMinuteOfPulses_IsDeadAndToldOnce()
    {
        _observer.Emitting(S(100), 40);
        _observer.Reported(S(130), 0);
        _observer.Reported(S(189), 0);
        ObserverState after = _observer.State;
        _observer.Reported(S(190), 0);
        _observer.Reported(S(250), 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(after, Is.EqualTo(ObserverState.Unknown), "figures may be late");
            Assert.That(_observer.State, Is.EqualTo(ObserverState.Dead));
            Assert.That(_observer.View.SymptomSince, Is.EqualTo(S(130)));
            Assert.That(_stuck, Is.EqualTo(new[] { (130.0, "40 Hz on CF are 60 W, it says 0 W") }));
        }
    }

    [Test]
    public void AWrongFigure_ThatIsNotZero_IsDeadButNotStuck()
    {
        _observer.Emitting(S(100), 40);
        _observer.Reported(S(130), 30);
        _observer.Reported(S(190), 30);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_observer.State, Is.EqualTo(ObserverState.Dead));
            Assert.That(_stuck, Is.Empty);
        }
    }

    [Test]
    public void AFigureThatIsRightAgain_MakesItAlive()
    {
        _observer.Emitting(S(100), 40);
        _observer.Reported(S(130), 0);
        _observer.Reported(S(190), 0);
        _observer.Reported(S(250), 60);

        Assert.That(_observer.State, Is.EqualTo(ObserverState.Alive));
    }

    [TestCase(0.0, 130, TestName = "nothing is emitted")]
    [TestCase(0.5, 130, TestName = "fewer than one pulse a second")]
    [TestCase(40.0, 110, TestName = "the figure is of before")]
    public void Zero_ThatProvesNothing_LeavesItUnknown(double hertz, double reportedAt)
    {
        _observer.Emitting(S(100), hertz);
        _observer.Reported(S(reportedAt), 0);
        _observer.Reported(S(reportedAt + 1), 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_observer.State, Is.EqualTo(ObserverState.Unknown));
            Assert.That(_stuck, Is.Empty);
        }
    }

    [Test]
    public void APlugThatIsOff_SaysNothing()
    {
        _observer.Emitting(S(100), 40);
        _slot.IsOff = true;
        _observer.Reported(S(130), 0);
        _observer.Reported(S(190), 0);

        Assert.That(_observer.State, Is.EqualTo(ObserverState.Unknown));
    }

    [Test]
    public void AReboot_BeginsAnew()
    {
        _observer.Emitting(S(100), 40);
        _observer.Reported(S(130), 0);
        _observer.Reset("booted");
        _observer.Reported(S(190), 0);

        Assert.That(_stuck, Is.Empty);
    }

    [Test]
    public void ItsSilence_IsNoSymptomOfTheDut() => Assert.That(ObserverKeys.IsSymptom(ObserverKeys.Pulses), Is.False);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

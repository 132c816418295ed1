using LabRunner.Bench.Watch;
using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RelayGuardTests
{
    private readonly RelayGuard _guard = new();
    private readonly List<IntentRecord> _intents = [];

    [Test]
    public void Closing_ThatNothingDeclared_IsToldOnceAfterTheDebounce()
    {
        Move(10, true);

        Assert.That((Judge(10.9), Judge(11), Judge(12)), Is.EqualTo((default(double?), (double?)10, default(double?))));
    }

    [Test]
    public void Closing_ThatDoesNotLast_IsNone()
    {
        Move(10, true);
        Move(10.8, false);

        Assert.That(Judge(11), Is.Null);
    }

    [TestCase(IntentKinds.RelayOn, true)]
    [TestCase(IntentKinds.Reboot, true)]
    [TestCase(IntentKinds.PowerCut, true)]
    [TestCase(IntentKinds.Ota, true)]
    [TestCase(IntentKinds.SelfTest, true)]
    [TestCase(IntentKinds.Recovery, true)]
    [TestCase(IntentKinds.Stimulus, false)]
    [TestCase(IntentKinds.Disturbance, false)]
    public void Closing_WhileAnIntentIsOpen_IsDeclaredByWhatMayCloseIt(string kind, bool declared)
    {
        Intend(kind, 5, null);
        Move(10, true);

        Assert.That(Judge(11) is null, Is.EqualTo(declared));
    }

    [TestCase(8.5, true)]
    [TestCase(7.5, false)]
    public void Closing_SoonAfterAnIntent_IsStillDeclared(double closed, bool declared)
    {
        Intend(IntentKinds.RelayOn, 5, closed);
        Move(10, true);

        Assert.That(Judge(11) is null, Is.EqualTo(declared));
    }

    [Test]
    public void Intent_ThatComesAfterTheClosing_ExcusesNothing()
    {
        Move(10, true);
        Intend(IntentKinds.RelayOn, 10.8, null);

        Assert.That(Judge(11), Is.EqualTo(10));
    }

    [Test]
    public void DeclaredOnce_StaysSoAfterItsIntent()
    {
        Intend(IntentKinds.RelayOn, 5, 11.5);
        Move(10, true);
        Judge(11);

        Assert.That(Judge(60), Is.Null);
    }

    [TestCase(10.5, true)]
    [TestCase(12.1, true)]
    [TestCase(13, false)]
    public void Closing_WhileOrSoonAfterTheBenchActs_IsDeclared(double closed, bool declared)
    {
        _guard.Begin(S(10));
        if (closed > 10.9)
        {
            _guard.End(S(10.9));
        }

        Move(closed, true);

        Assert.That(Judge(closed + 1) is null, Is.EqualTo(declared));
    }

    [TestCase(20.3, true)]
    [TestCase(15, false)]
    [TestCase(null, false)]
    public void Closing_AfterAnOpening_IsExcusedByTheResetThatOpenedIt(double? booted, bool excused)
    {
        Intend(IntentKinds.RelayOn, 5, 6);
        Move(5.5, true);
        Judge(7);
        Move(20, false);
        Move(20.6, true);

        Assert.That(Judge(22, booted) is null, Is.EqualTo(excused));
    }

    [Test]
    public void FoundClosedByReading_CountsAsClosing()
    {
        _guard.Seen(S(30), true);

        Assert.That(Judge(31), Is.EqualTo(30));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Move(double at, bool closed) => _guard.OnEdge(new ContactEdge(S(at), closed));

    private void Intend(string kind, double opened, double? closed) =>
        _intents.Add(new IntentRecord(_intents.Count + 1, "p1", kind, "", opened, closed, null, new Dictionary<string, string>()));

    private double? Judge(double now, double? booted = null) =>
        _guard.Judge(S(now), _intents, booted is { } boot ? S(boot) : null)?.TotalSeconds;
}

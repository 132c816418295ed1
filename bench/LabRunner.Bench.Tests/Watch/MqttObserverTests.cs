using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Watch;

public sealed class MqttObserverTests
{
    private readonly ScriptedSlot _slot = new();
    private bool _up = true;
    private MqttObserver _mqtt;

    [SetUp]
    public void SetUp()
    {
        _mqtt = new MqttObserver(_slot, S(10), () => _up);
        _mqtt.Message(S(100), "uptime", "1", retained: false);
        _mqtt.Message(S(110), "uptime", "11", retained: false);
    }

    [Test]
    public void Tick_SilenceOf25Intervals_IsDead()
    {
        _mqtt.Tick(S(134));
        ObserverState before = _mqtt.View.State;
        _mqtt.Tick(S(136));

        Assert.That((before, _mqtt.View.State), Is.EqualTo((ObserverState.Alive, ObserverState.Dead)));
    }

    [Test]
    public void Tick_AfterTheBrokerWasAway_LeavesAMinuteToFindItAgain()
    {
        _up = false;
        _mqtt.Tick(S(111));
        _mqtt.Tick(S(200));
        _up = true;
        _mqtt.Tick(S(284));
        ObserverState before = _mqtt.View.State;
        _mqtt.Tick(S(286));

        Assert.That((before, _mqtt.View.State), Is.EqualTo((ObserverState.Alive, ObserverState.Dead)), "60 s to come back and 2.5 intervals of silence");
    }

    [Test]
    public void Tick_AfterADisturbanceOfTheBench_LeavesAMinuteToFindTheBrokerAgain()
    {
        _slot.IsSuspended = true;
        _mqtt.Tick(S(111));
        _mqtt.Tick(S(200));
        _slot.IsSuspended = false;
        _mqtt.Tick(S(284));
        ObserverState before = _mqtt.View.State;
        _mqtt.Tick(S(286));

        Assert.That((before, _mqtt.View.State), Is.EqualTo((ObserverState.Alive, ObserverState.Dead)), "60 s to come back and 2.5 intervals of silence");
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}

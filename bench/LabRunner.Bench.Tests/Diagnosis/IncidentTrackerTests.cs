using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Watch;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed partial class IncidentTrackerTests
{
    private static readonly string[] Keys = ["P", "T", "Hs", "Hl", "M", "U"];
    private static readonly string[] Network = ["P", "T", "Hs", "Hl", "M"];

    private ScriptedSink _sink;
    private IncidentTracker _tracker;

    [SetUp]
    public void SetUp()
    {
        _sink = new ScriptedSink();
        _tracker = new IncidentTracker("p2", new WatchPlan { Confirm = S(30), SelfHeal = S(30), Merge = S(120), PowerCycles = 2, Ladder = ["button", "powerCycle"] }, _sink);
    }

    [Test]
    public void Tick_NetworkDeadLongerThanConfirm_OpensNetFreezeWithThreeTimes()
    {
        Play(0, 100, []);
        Play(100, 150, Network, since: 100);
        Assert.That(_sink.Only.Class, Is.EqualTo("NET_FREEZE"));
        Play(150, 160, [], good: 150);

        IncidentRecord incident = _sink.Only;
        DowntimeRecord down = _sink.Downtime.Values.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.FirstSymptom, incident.Confirmed, incident.Recovery), Is.EqualTo((100.0, (double?)130.0, "self")));
            Assert.That(incident.Recovered, Is.InRange(150.0, 153.0));
            Assert.That((down.Started, down.Ended, down.Invalid), Is.EqualTo((100.0, incident.Recovered, false)));
            Assert.That(incident.Evidence, Has.Some.Contains("P: dead").And.Some.Contains("a line before"));
        }
    }

    [Test]
    public void Tick_BlipShorterThanConfirm_IsNoIncident()
    {
        Play(0, 100, []);
        Play(100, 120, Network, since: 100);
        Play(120, 300, [], good: 120);

        Assert.That(_sink.Incidents, Is.Empty);
    }

    [Test]
    public void Tick_Suspended_IsNoIncident()
    {
        for (int t = 0; t < 200; t++)
        {
            _tracker.Tick(View(t, Keys, 0, null) with { Suspended = true });
        }

        Assert.That(_sink.Incidents, Is.Empty);
    }

    [Test]
    public void Tick_SentinelDeadOnTheSame_IsInvalidTimeAndNoIncident()
    {
        for (int t = 100; t < 200; t++)
        {
            _tracker.Tick(View(t, Network, 100, null) with { SentinelDead = Network.ToHashSet() });
        }

        _tracker.Tick(View(200, [], null, 200));

        DowntimeRecord down = _sink.Downtime.Values.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_sink.Incidents, Is.Empty);
            Assert.That((down.Started, down.Ended, down.Invalid), Is.EqualTo((100.0, (double?)200.0, true)));
        }
    }

    [Test]
    public void Tick_SentinelDeadOnLess_IsTheDutsIncident()
    {
        for (int t = 100; t < 200; t++)
        {
            _tracker.Tick(View(t, Keys, 100, null) with { SentinelDead = Network.ToHashSet() });
        }

        Assert.That(_sink.Only.Class, Is.EqualTo("HARD_HANG"));
    }

    [Test]
    public void Tick_NewStimulusAfterRecovery_IsNotMerged()
    {
        Play(0, 50, []);
        Boot(50);
        Play(51, 80, [], good: 51);
        _sink.Intents.Add(Intent(IntentKinds.Stimulus, 85));
        Boot(100);

        Assert.That(_sink.Incidents, Has.Count.EqualTo(2));
    }

    [Test]
    public void Tick_StaysDead_ClimbsTheLadderAndGivesUp()
    {
        List<(int At, LadderStep Step)> steps = [];
        for (int t = 0; t < 600; t++)
        {
            LadderStep step = _tracker.Tick(View(t, t < 10 ? [] : Network, 10, t < 10 ? t : 9, beating: t));
            if (step != LadderStep.None)
            {
                steps.Add((t, step));
            }

            if (step == LadderStep.Button)
            {
                _tracker.OnButtonProbed(true, "It switched.", View(t, Network, 10, 9, beating: t));
            }
            else if (step == LadderStep.PowerCycle)
            {
                _tracker.OnStepDone(S(t + 5), step, "Cycled.");
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(steps.Select(s => s.Step), Is.EqualTo(new[] { LadderStep.Button, LadderStep.PowerCycle, LadderStep.PowerCycle, LadderStep.GiveUp }));
            Assert.That(steps[0].At, Is.EqualTo(70), "confirmed at 40 s, self-heal 30 s");
            Assert.That(
                _sink.Trials,
                Is.EqualTo(new[] { (LadderStep.SelfHeal, false), (LadderStep.Button, false), (LadderStep.PowerCycle, false), (LadderStep.PowerCycle, false) }),
                "every step is a trial");
            Assert.That((_sink.Only.Recovery, _sink.Only.Class), Is.EqualTo(("none", "NET_FREEZE")));
            Assert.That(_sink.Only.Evidence, Has.Some.Contains("It switched."));
        }
    }

    [Test]
    public void Tick_SlowObserversStillAliveFromBefore_DoNotContradictNetFreeze()
    {
        Play(0, 100, []);
        for (int t = 100; t < 140; t++)
        {
            _tracker.Tick(View(t, ["P"], 100, 99, beating: t));
        }

        Assert.That(_sink.Only.Class, Is.EqualTo("NET_FREEZE"));
    }

    [Test]
    public void Finish_OpenIncident_ClosesDowntimeWithoutRecovery()
    {
        Play(0, 100, []);
        Play(100, 140, Network, since: 100);
        _tracker.Finish(S(141));

        Assert.That((_sink.Only.Recovery, _sink.Only.Recovered, _sink.Downtime.Values.Single().Ended), Is.EqualTo(("none", (double?)null, (double?)141.0)));
    }

    [Test]
    public void Tick_OtherClassWithinMergeWindow_IsAnIncidentOfItsOwn()
    {
        Play(0, 50, []);
        Boot(50);
        Play(51, 80, [], good: 51);
        Play(80, 130, Network, since: 80);

        Assert.That(_sink.Incidents.Values.Select(i => (i.Class, i.FirstSymptom, i.Recovered is null)), Is.EqualTo(new[] { ("HANG_RECOVERED", 49.0, false), ("NET_FREEZE", 80.0, true) }));
    }

    [Test]
    public void OnResetReason_MakesTheMergedEpisodeAnother_PartsThemAgain()
    {
        Play(0, 50, []);
        Boot(50);
        _tracker.OnResetReason("BL_RST_SOFTWARE_WATCHDOG", View(55, [], null, 55));
        Play(56, 80, [], good: 56);
        Boot(100);
        int merged = _sink.Incidents.Count;
        _tracker.OnResetReason("BL_RST_POWER_OFF", View(105, [], null, 105));
        Play(106, 120, [], good: 106);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(merged, Is.EqualTo(1));
            Assert.That(
                _sink.Incidents.Values.Select(i => (i.Class, i.FirstSymptom, i.ResetReason, i.Recovered is null)),
                Is.EqualTo(new[] { ("HANG_RECOVERED", 49.0, "BL_RST_SOFTWARE_WATCHDOG", false), ("POWER_LOSS", 99.0, "BL_RST_POWER_OFF", false) }));
        }
    }

    [Test]
    public void Tick_AllSlotsSilentTogether_IsInvalidTimeAndTheSlowestMayStillComeBack()
    {
        for (int t = 100; t < 200; t++)
        {
            _tracker.Tick(View(t, Network, 100, null) with { SilentInCommon = Network.ToHashSet() });
        }

        // The others are back, this one needs 20 s more.
        Play(200, 220, Network, since: 100);
        int afterSlow = _sink.Incidents.Count;
        Play(220, 240, Network, since: 100);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(afterSlow, Is.Zero);
            Assert.That(_sink.Incidents, Has.Count.EqualTo(1), "who does not come back at all fails");
            Assert.That(_sink.Downtime.Values.Where(d => d.Invalid).Select(d => (d.Started, d.Ended)), Is.EqualTo(new[] { (100.0, (double?)200.0) }));
        }
    }

    [Test]
    public void Tick_SentinelFailedLongBefore_DoesNotExcuseTheDut()
    {
        for (int t = 1000; t < 1100; t++)
        {
            _tracker.Tick(View(t, Network, 1000, null, beating: t) with { SentinelDead = Network.ToHashSet(), SentinelSince = S(100) });
        }

        Assert.That(_sink.Only.Class, Is.EqualTo("NET_FREEZE"));
    }

    [Test]
    public void Tick_SilenceWhileTheBenchStoodStill_IsNoIncidentUntilItLastsBeyond()
    {
        Play(0, 100, []);
        for (int t = 100; t < 150; t++)
        {
            // The bench lost 25 s of these.
            _tracker.Tick(View(t, Network, 100, null) with { StalledSince = _ => S(25) });
        }

        int stalled = _sink.Incidents.Count;
        _tracker.Tick(View(156, Network, 100, null) with { StalledSince = _ => S(25) });

        Assert.That((stalled, _sink.Incidents.Count), Is.EqualTo((0, 1)));
    }

    [TestCase("M", "MQTT_DEAD")]
    [TestCase("T Hs Hl M", "NET_FREEZE")]
    public void Tick_FailureHoursAfterPingDied_IsAnIncidentOfItsOwn(string later, string expected)
    {
        string[] dead = later.Split(' ');
        Play(0, 100, []);
        Play(100, 400, ["P"], since: 100);
        for (int t = 400; t < 460; t++)
        {
            SlotView now = View(t, [.. dead, "P"], 400, t);
            _tracker.Tick(now with { Observers = [.. now.Observers.Select(o => o.Key == "P" ? o with { SymptomSince = S(100) } : o)] });
        }

        Assert.That(
            _sink.Incidents.Values.Select(i => (i.Class, i.FirstSymptom, i.Recovery)),
            Is.EqualTo(new (string, double, string?)[] { ("ICMP_ONLY_DEAD", 100, "none"), (expected, 400, null) }));
    }

    [Test]
    public void OnStepFailed_OfTheLadder_GoesOnWithTheNextStep()
    {
        List<LadderStep> steps = [];
        for (int t = 0; t < 600; t++)
        {
            LadderStep step = _tracker.Tick(View(t, t < 10 ? [] : Network, 10, t < 10 ? t : 9, beating: t));
            if (step != LadderStep.None)
            {
                steps.Add(step);
                _tracker.OnStepFailed(S(t), step, "A driver failed.", giveUp: false);
            }
        }

        Assert.That(steps, Is.EqualTo(new[] { LadderStep.Button, LadderStep.PowerCycle, LadderStep.PowerCycle, LadderStep.GiveUp }));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static IntentRecord Intent(string kind, double opened) => new(1, "p2", kind, kind + " by a test", opened, null, null, new Dictionary<string, string>());

    private static SlotView View(double now, string[] dead, double? since, double? good, double? beating = null) => new()
    {
        Now = S(now),
        Observers = [.. Keys.Select(k => dead.Contains(k)
            ? new ObserverView(k, ObserverState.Dead, S((since ?? now) - 1), S(since ?? now), "silent")
            : new ObserverView(k, ObserverState.Alive, k == "U" && beating is { } b ? S(b) : good is { } g ? S(g) : null, null, null))],
    };

    private void Boot(double at) => _tracker.OnBoot(S(at), S(at - 1), null, View(at, [], null, at - 1));

    private void Play(int from, int to, string[] dead, double? since = null, double? good = null)
    {
        for (int t = from; t < to; t++)
        {
            // Those that are not dead show life each second.
            _tracker.Tick(View(t, dead, since, good is null ? t : t + 0.5));
        }
    }
}

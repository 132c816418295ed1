using LabRunner.Bench.Diagnosis;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Diagnosis;

/// <content>Boots: which are incidents, whose, and which belong together.</content>
public sealed partial class IncidentTrackerTests
{
    [Test]
    public void OnBoot_Uncommanded_IsHangRecoveredAndKeepsItsReason()
    {
        _tracker.OnBoot(S(0), null, Intent(IntentKinds.PowerCut, 0), View(0, [], null, 0));
        Play(1, 400, []);
        _tracker.OnBoot(S(403), S(400), null, View(403, [], null, 400));
        Play(404, 420, [], good: 404);
        _tracker.OnResetReason("BL_RST_SOFTWARE_WATCHDOG", View(421, [], null, 421));

        IncidentRecord incident = _sink.Only;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.Class, incident.Mode, incident.Recovery, incident.Expected), Is.EqualTo(("HANG_RECOVERED", "F03", "watchdog", false)));
            Assert.That((incident.FirstSymptom, incident.BootAgeS), Is.EqualTo((400.0, (double?)400.0)));
            Assert.That(incident.ResetReason, Is.EqualTo("BL_RST_SOFTWARE_WATCHDOG"));
        }
    }

    [Test]
    public void OnBoot_AfterDump_IsCrashFromTheDumpOn()
    {
        Play(0, 50, []);
        _tracker.OnDump(S(50));
        _tracker.OnBoot(S(53), S(51), null, View(53, [], null, 50));

        Assert.That((_sink.Only.Class, _sink.Only.FirstSymptom), Is.EqualTo(("CRASH", 50.0)));
    }

    [TestCase(IntentKinds.Reboot)]
    [TestCase(IntentKinds.PowerCut)]
    [TestCase(IntentKinds.Ota)]
    [TestCase(IntentKinds.Recovery)]
    public void OnBoot_Commanded_IsNoIncident(string kind)
    {
        _tracker.OnBoot(S(50), S(48), Intent(kind, 40), View(50, [], null, 48));
        Play(51, 80, [], good: 51);

        Assert.That(_sink.Incidents, Is.Empty);
    }

    // Who boots it last is who brought it back; an act of the bench itself is no person's.
    [TestCase("Anna", false, "person")]
    [TestCase("Anna", true, "watchdog")]
    [TestCase(null, false, "self")]
    public void OnBoot_ByAPersonWhileAnIncidentIsOpen_IsTheRecovery_UnlessItBootsAgainByItself(string? by, bool again, string recovery)
    {
        Play(0, 100, []);
        Play(100, 150, Network, since: 100);
        _tracker.OnBoot(
            S(150), S(149), Intent(IntentKinds.PowerCut, 148) with { Text = $"power on by {by}", Data = by is null ? [] : new Dictionary<string, string> { [IntentRecord.ByKey] = by } }, View(150, Network, 100, null));
        if (again)
        {
            _tracker.OnBoot(S(152), S(151), null, View(152, Network, 100, null));
        }

        Play(153, 200, [], good: 153);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((_sink.Only.Recovery, _sink.Only.Recovered is not null), Is.EqualTo((recovery, true)));
            Assert.That(_sink.Only.Story.Contains("(person: power on by Anna)", StringComparison.Ordinal), Is.EqualTo(recovery == "person"), _sink.Only.Story);
        }
    }

    // What is booting is not taken down again: it has the time to heal of a symptom that begins with the boot.
    [Test]
    public void OnBoot_BySuiteWhileAnIncidentIsOpen_TheLadderWaitsForIt()
    {
        Play(0, 100, []);
        Play(100, 150, Network, since: 100);
        _tracker.OnBoot(S(150), S(149), Intent(IntentKinds.PowerCut, 148), View(150, Network, 100, null));
        int first = Enumerable.Range(151, 100).First(t => _tracker.Tick(View(t, Network, 100, null)) != LadderStep.None);

        Assert.That(first, Is.EqualTo(180));
    }

    [Test]
    public void OnBoot_InSelfTest_IsExpectedIncident()
    {
        _sink.Intents.Add(Intent(IntentKinds.SelfTest, 40));
        _tracker.OnBoot(S(50), S(46), _sink.Intents[0], View(50, [], null, 46));

        Assert.That((_sink.Only.Class, _sink.Only.Expected, _sink.Only.Intent), Is.EqualTo(("HANG_RECOVERED", true, (long?)1)));
    }

    // The last beat before a hang may be a second older than the stimulus that caused it; a hang that is older was not caused by it.
    [TestCase(39.1, true)]
    [TestCase(36, false)]
    public void OnBoot_InSelfTest_SilentSinceBeforeIt(double silentSince, bool expected)
    {
        _sink.Intents.Add(Intent(IntentKinds.SelfTest, 40));
        _tracker.OnBoot(S(50), S(silentSince), _sink.Intents[0], View(50, [], null, silentSince));

        Assert.That((_sink.Only.Class, _sink.Only.Expected, _sink.Only.Intent), Is.EqualTo(("HANG_RECOVERED", expected, expected ? (long?)1 : null)));
    }

    [Test]
    public void OnBoot_NextSelfTestWithinMergeWindow_IsAnotherIncident_AlsoWhereItsOnsetIsABeatOlder()
    {
        Play(0, 39, []);
        _sink.Intents.Add(Intent(IntentKinds.SelfTest, 40) with { Closed = 60 });
        _tracker.OnBoot(S(43), S(40.5), _sink.Intents[0], View(43, [], null, 40.5));
        Play(44, 99, [], good: 44);
        _sink.Intents.Add(Intent(IntentKinds.SelfTest, 100) with { Id = 2 });
        _tracker.OnBoot(S(103), S(99.1), _sink.Intents[1], View(103, [], null, 99.1));

        Assert.That(_sink.Incidents.Values.Select(i => i.Intent), Is.EqualTo(new long?[] { 1, 2 }));
    }

    [Test]
    public void OnBoot_TwiceWithinMergeWindow_IsOneIncident_ThreeTimesIsBootLoop()
    {
        Play(0, 50, []);
        Boot(50);
        Play(51, 80, [], good: 51);
        Boot(100);
        Play(101, 130, [], good: 101);
        int afterTwo = _sink.Incidents.Count;
        Boot(150);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(afterTwo, Is.EqualTo(1));
            Assert.That((_sink.Only.Class, _sink.Only.FirstSymptom), Is.EqualTo(("BOOT_LOOP", 49.0)));
        }
    }

    [Test]
    public void OnBoot_StimulusOpenedAndClosedSinceRecovery_IsNotMerged()
    {
        Play(0, 50, []);
        Boot(50);
        Play(51, 80, [], good: 51);
        _sink.Intents.Add(Intent(IntentKinds.Stimulus, 85) with { Closed = 90 });
        Boot(100);

        Assert.That(_sink.Incidents, Has.Count.EqualTo(2));
    }

    [Test]
    public void OnBoot_WhileOnlyPingIsDead_LeavesThatIncidentItsClass()
    {
        Play(0, 100, []);
        Play(100, 200, ["P"], since: 100);
        Boot(200);

        Assert.That(_sink.Incidents.Values.Select(i => (i.Class, i.FirstSymptom)), Is.EqualTo(new[] { ("ICMP_ONLY_DEAD", 100.0), ("HANG_RECOVERED", 199.0) }));
    }

    [Test]
    public void OnBoot_WithALastSignOfLifeBeforeThePreviousBoot_BeginsNoSoonerThanThatBoot()
    {
        _tracker.OnBoot(S(100), S(90), Intent(IntentKinds.PowerCut, 95), View(100, [], null, 99));
        _tracker.OnBoot(S(130), S(90), null, View(130, [], null, 99));

        Assert.That(_sink.Incidents.Values.Single().FirstSymptom, Is.EqualTo(100));
    }
}

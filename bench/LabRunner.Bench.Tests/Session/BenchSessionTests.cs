using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

[CancelAfter(60_000)]
public sealed partial class BenchSessionTests
{
    private static readonly SourcePlace Place = new("test.yaml", 1, 1);

    private string _folder;
    private LabClock _clock;
    private FakePlug _plug;
    private BenchSession _bench;
    private StallMeter _stalls = new();

    [SetUp]
    public Task SetUp() => OpenAsync(null);

    private async Task OpenAsync(MqttSection? mqtt, double scale = 20, TimeSpan? keeps = null)
    {
        _folder = Directory.CreateTempSubdirectory("session-").FullName;
        _clock = LabClock.Start(scale);
        _plug = new FakePlug(_clock);
        BoardDescription board = new("b", "Board", "BL602", new Dictionary<string, string>(), 17, 2, 0.1, 0.01, 1.5);
        SlotEntry entry = new(
            "p1", new BoardFile(board, 0, 2_000_000, "", "b.yaml"), false, SlotSupply.Isolated3V3, false, false, null, mqtt is null ? null : "obk_p1",
            new Dictionary<string, DriverEntry>(), Place);
        _bench = await BenchSession.OpenAsync(
            new BenchSessionOptions
            {
                Inventory = new BenchInventory("i.yaml", "", "test", null, null, mqtt, new Dictionary<string, DriverEntry>(), new Dictionary<string, FirmwareDescription>(), [entry]),
                Plan = new Plan(
                    "p.yaml", "", "test", null, 20, TimeSpan.Zero, TimeSpan.FromMinutes(1),
                    new WatchPlan { SelfHeal = TimeSpan.FromSeconds(10), Confirm = TimeSpan.FromSeconds(20), PowerCycles = 1, Ladder = ["button", "powerCycle"] }, new LeakPlan(), new GoalPlan(), []),
                Slots = [new SlotHardware { Entry = entry, Power = _plug, Console = _plug.Console, Ping = _plug, Button = _plug, RelaySense = _plug, Plug = _plug }],
                Clock = _clock,
                Seed = 1,
                Night = 9827,
                Keeps = keeps,
                RunFolder = _folder,
                Stalls = _stalls = new StallMeter(),
                RunnerVersion = "test",
            },
            CancellationToken.None);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _bench.DisposeAsync();
        await _plug.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task SwitchPower_OnWhenItIsOn_IsNoNewBoot(CancellationToken token)
    {
        Assert.That((await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token)).Ready, Is.True, "boots");

        await _bench.SwitchPowerAsync("p1", true, token);
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Events.Where(e => e.Kind == "power").Select(e => e.Text), Is.EqualTo(new[] { "on" }));
            Assert.That(run.Boots, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task Press_RightAfterABoot_WaitsUntilADoubleClickIsHarmless(CancellationToken token)
    {
        await _bench.SwitchPowerAsync("p1", false, token);
        await Task.Delay(TimeSpan.FromSeconds(5), _clock, token);
        TimeSpan on = _clock.Elapsed;
        await _bench.SwitchPowerAsync("p1", true, token);

        PressOutcome press = await _bench.PressAsync("p1", TimeSpan.FromMilliseconds(200), token);

        Assert.That(press.PressedAt - on, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Night_WatchdogResetAndNetworkFreeze_AreNamedRecoveredAndReadable(CancellationToken token)
    {
        Assert.That((await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token)).Ready, Is.True, "boots");
        long exposure = await _bench.BeginExposureAsync("p1", "S01", token);
        await Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
        await _plug.HangAsync();
        IncidentRecord hang = await UntilAsync(i => i.Recovered is not null && i.ResetReason is not null, token);

        await _bench.OpenIntentAsync("p1", IntentKinds.Stimulus, "a new experiment", new Dictionary<string, string>(), token);
        await Task.Delay(TimeSpan.FromSeconds(10), _clock, token);
        double frozenAt = _clock.Elapsed.TotalSeconds;
        _plug.FreezeNetwork();
        IncidentRecord freeze = await UntilAsync(i => i.Id != hang.Id && i.Recovered is not null, token);
        await _bench.EndExposureAsync(exposure, token);
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((hang.Class, hang.Recovery, hang.ResetReason), Is.EqualTo(("HANG_RECOVERED", "watchdog", "BL_RST_SOFTWARE_WATCHDOG")));
            Assert.That((freeze.Class, freeze.Mode, freeze.Recovery), Is.EqualTo(("NET_FREEZE", "F01", "power-cycle")));
            Assert.That(freeze.FirstSymptom, Is.EqualTo(frozenAt).Within(4));
            Assert.That(freeze.Stimulus, Is.EqualTo("a new experiment"));
            Assert.That(freeze.Evidence, Has.Some.StartsWith("B: A press of the button switched the relay"));
            Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
            Assert.That(run.Boots.Select(b => (b.Reason, b.Expected)), Is.EqualTo(new[] { ("power-cut", true), ("watchdog", false), ("recovery", true) }));
            Assert.That(run.Incidents, Has.Count.EqualTo(2));
            Assert.That((run.Meta[MetaKeys.Outcome], run.Meta[MetaKeys.Night]), Is.EqualTo(("completed", "9827")));
            Assert.That(run.Verdicts.Single(v => v.Scope == "night").Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(run.Telemetry, Is.Not.Empty);
            Assert.That(run.Downtime.Count(d => !d.Invalid && d.Ended is not null), Is.EqualTo(2));
        }
    }

    [Test]
    public async Task Power_CutByTheBench_IsNoIncidentAndDisposeIsSafe(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        long intent = await _bench.OpenIntentAsync("p1", IntentKinds.PowerCut, "cut", new Dictionary<string, string>(), token);
        await _bench.SwitchPowerAsync("p1", false, token);
        await Task.Delay(TimeSpan.FromSeconds(60), _clock, token);
        await _bench.SwitchPowerAsync("p1", true, token);
        SlotStatus status = await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        await _bench.CloseIntentAsync(intent, token);
        IReadOnlyList<IncidentRecord> incidents = await _bench.GetIncidentsAsync("p1", TimeSpan.Zero, token);
        await _bench.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Ready, Is.True);
            Assert.That(incidents, Is.Empty);
            Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
            Assert.That(RunReader.Read(_folder).Meta[MetaKeys.Outcome], Does.StartWith("aborted"));
        }
    }

    [Test]
    public async Task Finish_Aborted_IsSafeFirstAndAsksNobodyWithoutPower(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        _plug.Mute = true;
        _plug.Log.Clear();
        await _bench.FinishAsync("aborted: a test", token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_plug.Log.SkipWhile(l => l != "off"), Has.None.EqualTo("info").And.None.EqualTo("on"));
            Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
            Assert.That(RunReader.Read(_folder).Meta[MetaKeys.Outcome], Is.EqualTo("aborted: a test"));
            Assert.That(() => _bench.SwitchPowerAsync("p1", true, token), Throws.TypeOf<BenchFaultException>(), "no power after the safe state");
        }
    }

    [Test]
    public async Task Finish_CompletedWithAMuteDut_EndsAllTheSame(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        _plug.Mute = true;
        await _bench.FinishAsync("completed", token);

        Assert.That((_plug.State, RunReader.Read(_folder).Meta[MetaKeys.Outcome]), Is.EqualTo((PowerState.Off, "completed")));
    }

    [Test]
    public async Task Abandon_AfterAKilledSuite_GivesPowerBackAndClosesOnlyTheSuitesIntents(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        await _bench.BeginTestAsync("p1", "S02", "cycle", "S02.cycle", token);
        await _bench.OpenIntentAsync("p1", IntentKinds.PowerCut, "cut of the suite", new Dictionary<string, string>(), token);
        await _plug.SetAsync(true, token);
        await _bench.SwitchPowerAsync("p1", false, token);

        await _bench.AbandonTestsAsync("p1", Verdict.Invalid, "killed", token);
        SlotStatus status = await _bench.GetStatusAsync("p1", token);
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((status.Ready, _plug.Pushed), Is.EqualTo((true, false)));
            Assert.That(run.Incidents, Is.Empty);
            Assert.That(run.Intents.Select(i => i.Text), Is.EqualTo(new[] { "first power-up of the night", "cut of the suite", "order after a lost suite host" }));
        }
    }

    [Test]
    public async Task Abandon_DuringTheFirstPowerUp_LeavesTheBenchsOwnIntentOpen(CancellationToken token)
    {
        // The DUT has not served yet, so the bench's intent of the power-up is still open.
        await _bench.AbandonTestsAsync("p1", Verdict.Invalid, "killed at once", token);
        double ready = (await _bench.GetStatusAsync("p1", token)).At.TotalSeconds;
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        Assert.That(run.Intents.Single().Closed, Is.GreaterThan(run.Boots.Single().At), "closed when it served, not when the suite was lost");
        Assert.That(ready, Is.GreaterThan(run.Boots.Single().At));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Ladder_DriverThatFailsInItsOwnWay_CostsTheSlotAndNotTheNight(bool benchFault, CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        _plug.OnFails = benchFault
            ? new BenchFaultException(FaultKind.Power, "p1", "the supply is stuck", "Look at it")
            : new FormatException("garbage from the supply");
        _plug.FreezeNetwork();
        while (!(await _bench.GetStatusAsync("p1", token)).Lost)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _clock, token);
        }

        await _bench.FinishAsync("completed", token);

        IncidentRecord incident = RunReader.Read(_folder).Incidents.Single();
        Assert.That((incident.Class, _plug.State), Is.EqualTo(("NET_FREEZE", PowerState.Off)));
        Assert.That(incident.Story, Does.Contain(benchFault ? "the supply is stuck" : "garbage from the supply"));
    }

    [Test]
    public async Task Broker_Away_IsInvalidDowntimeOfTheSlotThatExposureSees(CancellationToken token)
    {
        await TearDown();
        await OpenAsync(new MqttSection("127.0.0.1", 1, "bob", "two words"));
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        while (_bench.Faults.Count == 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _clock, token);
        }

        await _bench.BeginExposureAsync("p1", "S01", token);
        await Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
        await _bench.SayAsync("p1", "sends two words", token);
        string activity = _bench.GetLive()[0].Activity;
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Downtime.Single().Ended, Is.Not.Null);
            Assert.That((run.Downtime.Single().Invalid, run.Downtime.Single().Reason), Is.EqualTo((true, "The MQTT broker is away")));
            Assert.That(run.Verdicts.Single(v => v.Rule == "mtbf-lower").Value, Is.LessThan(0.0001), "no time counts while the broker is away");
            Assert.That(activity, Is.EqualTo("sends ***"));
        }
    }

    [Test]
    public async Task Finish_WithASupplyThatDoesNotSwitchOff_SaysSoReleasesTheRestAndClosesTheJournal(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        _plug.OffFails = new FormatException("garbage from the supply");
        _plug.Pushed = true;

        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_bench.Faults.Single().Message, Does.Contain("switching the supply off failed (garbage from the supply)"));
            Assert.That(_plug.Pushed, Is.False, "the button is let go all the same");
            Assert.That(run.Events.Count(e => e.Kind == "safe-state-failure"), Is.EqualTo(1));
            Assert.That(run.Outcome, Is.EqualTo("completed"));
        }
    }

    [Test]
    public async Task Bench_ThatStoodStill_IsInvalidDowntimeOfTheSlot(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        TimeSpan now = _clock.Elapsed;
        _stalls.Note(now - TimeSpan.FromSeconds(7), now);

        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        Assert.That(
            run.Downtime.Where(d => d.Reason == "The bench itself stood still").Select(d => (d.Slot, d.Started, d.Ended, d.Invalid)),
            Has.Member(("p1", (now - TimeSpan.FromSeconds(7)).TotalSeconds, (double?)now.TotalSeconds, true)));
    }

    [Test]
    public async Task Calls_UnknownSlotOrMissingPart_AreClearErrors(CancellationToken token)
    {
        await Assert.ThatAsync(() => _bench.GetStatusAsync("p9", token), Throws.ArgumentException.With.Message.Contains("p1"));
        await Assert.ThatAsync(() => _bench.ReadRailAsync("p1", token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("rail"));
    }

    private async Task<IncidentRecord> UntilAsync(Func<IncidentRecord, bool> wanted, CancellationToken token)
    {
        while (true)
        {
            foreach (IncidentRecord incident in await _bench.GetIncidentsAsync("p1", TimeSpan.Zero, token))
            {
                if (wanted(incident))
                {
                    return incident;
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _clock, token);
        }
    }
}

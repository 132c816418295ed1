using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

[CancelAfter(40_000)]
public sealed class BenchSessionTests
{
    private static readonly SourcePlace Place = new("test.yaml", 1, 1);

    private string _folder;
    private LabClock _clock;
    private FakePlug _plug;
    private BenchSession _bench;

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("session-").FullName;
        _clock = LabClock.Start(20);
        _plug = new FakePlug(_clock);
        BoardDescription board = new("b", "Board", "BL602", new Dictionary<string, string>(), 17, 2, 0.1, 0.01, 1.5);
        SlotEntry entry = new(
            "p1", new BoardFile(board, 0, 2_000_000, "", "b.yaml"), false, SlotSupply.Bench, false, false, null, null,
            new Dictionary<string, DriverEntry>(), Place);
        _bench = await BenchSession.OpenAsync(
            new BenchSessionOptions
            {
                Inventory = new BenchInventory("i.yaml", "", "test", null, null, null, new Dictionary<string, DriverEntry>(), new Dictionary<string, FirmwareDescription>(), [entry]),
                Plan = new Plan(
                    "p.yaml", "", "test", null, 20, TimeSpan.Zero, TimeSpan.FromMinutes(1),
                    new WatchPlan { SelfHeal = TimeSpan.FromSeconds(10), Confirm = TimeSpan.FromSeconds(20), PowerCycles = 1 }, new LeakPlan(), new GoalPlan(), []),
                Slots = [new SlotHardware { Entry = entry, Power = _plug, Console = _plug.Console, Ping = _plug, Button = _plug, RelaySense = _plug, Plug = _plug }],
                Clock = _clock,
                Seed = 1,
                RunFolder = _folder,
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

        Assert.That((await _bench.GetStatusAsync("p1", token)).Ready, Is.True);
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
            Assert.That(run.Meta[MetaKeys.Outcome], Is.EqualTo("completed"));
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

using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Resume;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>The line to the watchdog relay: it moves while the bench may act and is watched, and then never again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
public sealed class HeartbeatTests
{
    private readonly Interlocks _interlocks = new();
    private readonly FakeTimeProvider _machine = new();
    private readonly Line _line = new();
    private readonly List<string> _told = [];

    [Test]
    public async Task Keeper_WatchGoesOn_AnEdgeEachHalfSecond()
    {
        await using HeartbeatKeeper keeper = Keep();
        for (int i = 0; i < 100; i++)
        {
            keeper.WatchGoesOn();
            _machine.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That((_line.Beats, _told), Is.EqualTo((201, Array.Empty<string>())), "the first at once");
    }

    [Test]
    public async Task Keeper_WatchStandsStill_SilentForGoodAndSaysWhy()
    {
        await using HeartbeatKeeper keeper = Keep();
        keeper.WatchGoesOn();
        _machine.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That((_line.Beats, _told), Is.EqualTo((20, Array.Empty<string>())));
        _machine.Advance(TimeSpan.FromSeconds(1));
        keeper.WatchGoesOn();
        _machine.Advance(TimeSpan.FromSeconds(60));
        Assert.That((_line.Beats, _told), Is.EqualTo((20, new[] { "the watch of the bench stood still for 10 s" })));
    }

    [Test]
    public async Task Keeper_WatchHasEnded_BeatsUntilDisposed()
    {
        HeartbeatKeeper keeper = Keep();
        keeper.WatchGoesOn();
        keeper.WatchEnds();
        _machine.Advance(TimeSpan.FromSeconds(60));
        await keeper.DisposeAsync();
        _machine.Advance(TimeSpan.FromSeconds(60));
        Assert.That((_line.Beats, _told), Is.EqualTo((121, Array.Empty<string>())));
    }

    [Test]
    public async Task Keeper_BenchIsStopped_SilentWithoutAWord()
    {
        await using HeartbeatKeeper keeper = Keep();
        _interlocks.Stop("the E-stop opened");
        _machine.Advance(TimeSpan.FromSeconds(60));
        Assert.That((_line.Beats, _told), Is.EqualTo((1, Array.Empty<string>())));
    }

    [Test]
    public async Task Keeper_LineFails_SilentForGoodAndSaysWhy()
    {
        await using HeartbeatKeeper keeper = Keep();
        _line.Broken = true;
        _machine.Advance(TimeSpan.FromSeconds(1));
        _line.Broken = false;
        _machine.Advance(TimeSpan.FromSeconds(60));
        Assert.That((_line.Beats, _told), Is.EqualTo((1, new[] { "line 16 of chip 'pi' did not go high" })));
    }

    [Test]
    public async Task Session_WatchHangsInADriver_PowerGoesOffAndTheNightIsInvalid(CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("heartbeat-").FullName;
        LabClock clock = LabClock.Start(20);
        await using FakePlug plug = new(clock);
        Chain chain = new();
        try
        {
            await using (BenchSession bench = await OpenAsync(folder, clock, plug, chain, token))
            {
                Assert.That((plug.State, _line.Beats > 0), Is.EqualTo((PowerState.On, true)));
                chain.Hang();
                await chain.Asked.WaitAsync(token);
                _machine.Advance(HeartbeatKeeper.HungAfter + HeartbeatKeeper.Every);
                while (plug.State != PowerState.Off)
                {
                    await Task.Delay(TimeSpan.FromSeconds(0.2), clock, token);
                }

                int beats = _line.Beats;
                _machine.Advance(TimeSpan.FromSeconds(60));
                Assert.That(_line.Beats, Is.EqualTo(beats));
                await Assert.ThatAsync(() => bench.SwitchPowerAsync("p1", true, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the heartbeat fell silent"));
                chain.GoOn();
                await bench.FinishAsync("completed", token);
            }

            RunRecord run = RunReader.Read(folder);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(run.Events.Where(e => e.Kind == "bench-fault").Select(e => e.Text), Has.Exactly(1).Contains("the heartbeat fell silent (the watch of the bench stood still for 10 s)"));
                Assert.That(run.Verdicts.Single(v => v.Scope == "night").Verdict, Is.EqualTo(Verdict.Invalid));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Session_EndsInGoodOrder_OffFirstThenSilent(CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("heartbeat-").FullName;
        LabClock clock = LabClock.Start(20);
        await using FakePlug plug = new(clock);
        try
        {
            await using BenchSession bench = await OpenAsync(folder, clock, plug, new Chain(), token);
            await bench.FinishAsync("completed", token);
            int beats = _line.Beats;
            _machine.Advance(TimeSpan.FromSeconds(60));
            Assert.That((plug.State, _line.Beats, bench.Faults), Is.EqualTo((PowerState.Off, beats, Array.Empty<BenchFaultException>())));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Inventory_LineOfTheHeartbeatUsedTwice_IsRefused()
    {
        const string text =
            """
            bench: lab
            resources:
              pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
            heartbeat: { driver: gpio, chip: pi, line: GPIO16 }
            slots:
              p1:
                board: cb2s
                power: { driver: gpio, chip: pi, line: GPIO16 }
            """;
        BenchInventory Load(string inventory) => InventoryLoader.LoadText("lab.yaml", inventory, new DriverCatalogue(), null, BenchFolders.Find().Boards);
        Assert.That(
            () => Load(text), Throws.TypeOf<FileProblemsException>().With.Message.Contains("line 'GPIO16' of 'pi' of 'power' of slot 'p1' is already used by 'heartbeat' of the bench"));
        Assert.That(
            () => Load(text.Replace("slots:", "lid: { driver: gpio, chip: pi, line: GPIO16, bias: up }\nslots:", StringComparison.Ordinal)),
            Throws.TypeOf<FileProblemsException>().With.Message.Contains("line 'GPIO16' of 'pi' of 'heartbeat' of the bench is already used by 'lid' of the bench"));
        Assert.That(Load(text.Replace("line: GPIO16 }\nslots", "line: GPIO20 }\nslots", StringComparison.Ordinal)).Heartbeat?.Word, Is.EqualTo("gpio"));
    }

    private HeartbeatKeeper Keep() => new(_line, _interlocks, _machine, _told.Add);

    private Task<BenchSession> OpenAsync(string folder, LabClock clock, FakePlug plug, Chain chain, CancellationToken token) => FakeNight.OpenAsync(
        folder, clock, [FakeNight.Slot("p1", plug)],
        options => options with { Heartbeat = _line, Machine = _machine, Safety = [new SafetyInput("estop", chain)] }, token);

    private sealed class Line : IHeartbeat
    {
        private int _beats;

        public int Beats => Volatile.Read(ref _beats);

        public bool Broken { get; set; }

        public void Beat() => _ = Broken
            ? throw new BenchFaultException(FaultKind.Gpio, "heartbeat", "line 16 of chip 'pi' did not go high", "Look for a short")
            : Interlocked.Increment(ref _beats);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>A closed chain whose chip can hang: the question is then never answered.</summary>
    private sealed class Chain : IRelaySense
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _hangs;

        public event Action<ContactEdge>? Edge
        {
            add { }
            remove { }
        }

        public TimeSpan Resolution => TimeSpan.Zero;

        public Task Asked => _asked.Task;

        public void Hang() => _hangs = true;

        public void GoOn() => _answer.TrySetResult(true);

        public Task<bool> ReadAsync(CancellationToken cancellationToken)
        {
            if (!_hangs)
            {
                return Task.FromResult(true);
            }

            _asked.TrySetResult();
            return _answer.Task;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

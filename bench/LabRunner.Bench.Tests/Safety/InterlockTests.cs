using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>The safety rules at run time, on a bench in memory.</summary>
[CancelAfter(60_000)]
public sealed class InterlockTests
{
    private static readonly SourcePlace Place = new("test.yaml", 1, 1);

    private string _folder;
    private LabClock _clock;
    private FakePlug _plug;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("interlock-").FullName;
        _clock = LabClock.Start(20);
        _plug = new FakePlug(_clock);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _plug.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase(SlotSupply.Mains, false, false, true, true)]
    [TestCase(SlotSupply.Mains, true, false, false, true)]
    [TestCase(SlotSupply.Mains, false, true, true, false)]
    [TestCase(SlotSupply.Mains, true, true, false, false)]
    [TestCase(SlotSupply.Isolated3V3, false, false, false, false)]
    public void Demand_BySupplyAndDeclaration_RefusesWhatTouchesTheElectronics(SlotSupply supply, bool isolated, bool isolatedInjection, bool uartRefused, bool pulsesRefused)
    {
        SlotEntry slot = Entry(supply) with { Isolated = isolated, IsolatedInjection = isolatedInjection };
        Interlocks interlocks = new();
        using (Assert.EnterMultipleScope())
        {
            foreach ((SlotAction action, bool refused) in new[]
            {
                (SlotAction.PowerOn, false), (SlotAction.Press, false), (SlotAction.WriteConsole, uartRefused), (SlotAction.Flash, uartRefused),
                (SlotAction.Strap, uartRefused), (SlotAction.Pulses, pulsesRefused),
            })
            {
                Assert.That(
                    () => interlocks.Demand(slot, action),
                    refused ? Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains("mains") : Throws.Nothing,
                    action.ToString());
            }
        }
    }

    [TestCase(SlotSupply.Mains, "drive: openDrain", false, true)]
    [TestCase(SlotSupply.Mains, "drive: openDrain", true, false)]
    [TestCase(SlotSupply.Mains, null, false, false)]
    [TestCase(SlotSupply.Isolated3V3, "drive: openDrain", false, false)]
    public async Task Session_PressByALineOnTheButtonsPin_IsRefusedOnMainsUnlessIsolated(SlotSupply supply, string? joined, bool isolated, bool refused, CancellationToken token)
    {
        DriverEntry button = new(Contracts.Button, "gpio", new Finger(joined), Place);
        SlotEntry slot = Entry(supply) with { Isolated = isolated, Drivers = new Dictionary<string, DriverEntry> { [Contracts.Button] = button } };
        await using BenchSession bench = await OpenAsync(slot, _plug, [], token);
        await Assert.ThatAsync(
            () => bench.PressAsync("p1", TimeSpan.FromMilliseconds(200), token),
            refused
                ? Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety)
                    .And.Message.Contains("a press is refused: slot 'p1' is on mains and has 'button' with drive: openDrain without isolation").And.Message.Contains("isolated: true")
                : Throws.Nothing);
    }

    [Test]
    public async Task Session_ConsoleOfAMainsSlotNotDeclaredIsolated_IsRefusedAtRunTime(CancellationToken token)
    {
        await using BenchSession bench = await OpenAsync(Entry(SlotSupply.Mains), _plug, [], token);
        await Assert.ThatAsync(
            () => bench.WriteConsoleAsync("p1", "x", token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("writing to the console is refused").And.Message.Contains("isolated: true"));
    }

    [Test]
    public async Task Session_ChainOpenAtTheStart_GivesNoPower(CancellationToken token)
    {
        FakeChain chain = new() { Closed = false };
        await Assert.ThatAsync(
            () => OpenAsync(Entry(SlotSupply.Isolated3V3), _plug, [new SafetyInput("estop", chain)], token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains("open before the night begins"));
        Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Session_ChainOpensWithoutAnEdgeOrCannotBeRead_StopsAllTheSame(bool broken, CancellationToken token)
    {
        FakeChain chain = new();
        GuardedPower power = new(_plug, new Limits(), "slot p1", _clock);
        await using BenchSession bench = await OpenAsync(Entry(SlotSupply.Isolated3V3) with { KeepPower = true }, power, [new SafetyInput("lid", chain)], token);
        Assert.That(_plug.State, Is.EqualTo(PowerState.On));
        (chain.Closed, chain.Broken) = (broken, broken);
        while (_plug.State != PowerState.Off)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.2), _clock, token);
        }

        await Assert.ThatAsync(() => bench.SwitchPowerAsync("p1", true, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the lid"));
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("locked"), "also for whoever does not ask the bench");
    }

    [Test]
    public async Task Session_LongestTimeOn_OffWithEventAndInvalidTimeUntilItIsOnAgain(CancellationToken token)
    {
        GuardedPower power = new(_plug, new Limits { MaxOn = TimeSpan.FromSeconds(30) }, "slot p1", _clock);
        TaskCompletionSource tripped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        power.Tripped += _ => tripped.TrySetResult();
        await using (BenchSession bench = await OpenAsync(Entry(SlotSupply.Isolated3V3), power, [], token))
        {
            await tripped.Task.WaitAsync(token);
            Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
            await Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
            await bench.SwitchPowerAsync("p1", true, token);
            await bench.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(_folder);
        DowntimeRecord off = run.Downtime.Single(d => d.Invalid);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Events.Select(e => e.Kind), Has.Exactly(1).EqualTo("power-limit"));
            Assert.That(off.Ended - off.Started, Is.GreaterThanOrEqualTo(19));
            Assert.That(run.Incidents.Where(i => !i.Expected), Is.Empty, "a supply that the bench took away is no incident");
        }
    }

    private static SlotEntry Entry(SlotSupply supply) => new(
        "p1", new BoardFile(new BoardDescription("b", "Board", "BL602", new Dictionary<string, string>(), 17, 2, 0.1, 0.01, 1.5), 0, 2_000_000, "", "b.yaml"),
        false, supply, false, false, null, null, new Dictionary<string, DriverEntry>(), Place);

    private Task<BenchSession> OpenAsync(SlotEntry entry, IPowerSwitch power, IReadOnlyList<SafetyInput> safety, CancellationToken token) => BenchSession.OpenAsync(
        new BenchSessionOptions
        {
            Inventory = new BenchInventory("i.yaml", "", "test", null, null, null, new Dictionary<string, DriverEntry>(), new Dictionary<string, FirmwareDescription>(), [entry]),
            Plan = new Plan(
                "p.yaml", "", "test", null, 20, TimeSpan.Zero, TimeSpan.FromMinutes(1),
                new WatchPlan { SelfHeal = TimeSpan.FromSeconds(10), Confirm = TimeSpan.FromSeconds(20), PowerCycles = 1, Ladder = ["button", "powerCycle"] }, new LeakPlan(), new GoalPlan(), []),
            Slots = [new SlotHardware { Entry = entry, Power = power, Console = _plug.Console, Ping = _plug, Button = _plug, RelaySense = _plug, Plug = _plug }],
            Safety = safety,
            Clock = _clock,
            Seed = 1,
            RunFolder = _folder,
            RunnerVersion = "test",
        },
        token);

    private sealed record Finger(string? Joined) : IJoinsGrounds;

    private sealed record Limits : PowerLimits;

    /// <summary>A chain that tells no edges: what is left is that it is read.</summary>
    private sealed class FakeChain : IRelaySense
    {
        public volatile bool Closed = true;
        public volatile bool Broken;

        public event Action<ContactEdge>? Edge
        {
            add { }
            remove { }
        }

        public TimeSpan Resolution => TimeSpan.Zero;

        public Task<bool> ReadAsync(CancellationToken cancellationToken) =>
            Broken ? Task.FromException<bool>(new BenchFaultException(FaultKind.Gpio, "lid", "the chip is gone", "Look")) : Task.FromResult(Closed);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Resume;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

/// <summary>The hardest step of the ladder: a DUT that does not boot any more gets its recovery image over the UART.</summary>
[CancelAfter(120_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReflashStepTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("reflash-").FullName;
    private readonly LabClock _clock = LabClock.Start(20);
    private FakePlug _plug;

    [SetUp]
    public void SetUp() => _plug = new FakePlug(_clock);

    [TearDown]
    public async Task TearDown()
    {
        await _plug.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Brick_IsFlashedAndServesAgain(CancellationToken token)
    {
        Workshop workshop = new(_plug);
        RunRecord run = await BrickAsync(FakeNight.Slot("p1", _plug) with { Reflash = workshop }, bench => bench.GetIncidentsAsync("p1", TimeSpan.Zero, token), i => i.Recovered is not null, token);

        IncidentRecord incident = run.Incidents.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.Class, incident.Recovery), Is.EqualTo(("BRICK", "reflash")));
            Assert.That(
                run.Trials.Where(t => t.Suite == "recovery").Select(t => (t.Step, t.Ok)),
                Is.EqualTo(new[] { ("selfHeal", false), ("button", false), ("powerCycle", false), ("reflash", true) }));
            Assert.That(workshop.Port, Is.EqualTo("/dev/fake"), "the capture had left the port to the flasher");
            Assert.That(run.Intents.Where(i => i.Kind == "recovery").Select(i => i.Text), Has.Some.Contains("written over the UART"));
            string console = await File.ReadAllTextAsync(Path.Combine(_folder, "consoles", "p1.log"), token);
            Assert.That(console, Does.Contain("--- lent: the flasher has the port").And.Contain("--- lent until here"));
            Assert.That(console[console.LastIndexOf("--- lent until here", StringComparison.Ordinal)..], Does.Contain("Booting BL602 Chip"), "the new firmware's banner is captured");
            Assert.That(run.Downtime.Where(d => d.Invalid), Is.Empty, "a port that the bench itself uses is no fault of the bench");
        }
    }

    [Test]
    public async Task SlotWithoutRecoveryImage_LeavesTheStepOutAndSaysSo(CancellationToken token)
    {
        RunRecord run = await BrickAsync(FakeNight.Slot("p1", _plug), bench => bench.GetIncidentsAsync("p1", TimeSpan.Zero, token), i => i.Recovery == "none", token);

        Assert.That(run.Incidents.Single().Story, Does.Contain("The ladder's step reflash was left out: the slot names no recovery image."));
    }

    [Test]
    public async Task FlashThatFails_IsToldAndTheSlotGivenUp(CancellationToken token)
    {
        Workshop workshop = new(_plug) { Fails = new FlashFailedException("sync", "the boot ROM does not answer", "Is BOOT wired") };
        RunRecord run = await BrickAsync(FakeNight.Slot("p1", _plug) with { Reflash = workshop }, bench => bench.GetIncidentsAsync("p1", TimeSpan.Zero, token), i => i.Recovery == "none", token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Incidents.Single().Class, Is.EqualTo("BRICK"));
            Assert.That(run.Incidents.Single().Story, Does.Contain("the boot ROM does not answer"));
            Assert.That(_plug.State, Is.EqualTo(PowerState.Off));
        }
    }

    private async Task<RunRecord> BrickAsync(
        SlotHardware slot, Func<BenchSession, Task<IReadOnlyList<IncidentRecord>>> incidents, Func<IncidentRecord, bool> until, CancellationToken token)
    {
        await using BenchSession bench = await FakeNight.OpenAsync(_folder, _clock, [slot], WithReflash, token);
        await bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        _plug.Bricked = true;
        await _plug.SwitchAsync(PowerState.Off, token);
        while (!(await incidents(bench)).Any(until))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _clock, token);
        }

        await bench.FinishAsync("completed", token);
        return RunReader.Read(_folder);
    }

    private static BenchSessionOptions WithReflash(BenchSessionOptions options) => options with
    {
        Plan = options.Plan with { Watch = new WatchPlan { SelfHeal = TimeSpan.FromSeconds(10), Confirm = TimeSpan.FromSeconds(20), PowerCycles = 1, Ladder = ["button", "powerCycle", "reflash"] } },
    };

    /// <summary>Flashes without a chip: what it needs of the slot is the port.</summary>
    private sealed class Workshop(FakePlug plug) : IReflash
    {
        public Exception? Fails { get; init; }

        public string? Port { get; private set; }

        public async Task<string> RunAsync(SlotHardware slot, Interlocks interlocks, CancellationToken cancellationToken)
        {
            await using ISerialPort port = await slot.Console!.OpenAsync(cancellationToken);
            Port = port.Path;
            if (Fails is not null)
            {
                throw Fails;
            }

            plug.Bricked = false;
            return "good.bin written over the UART";
        }
    }
}

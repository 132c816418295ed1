using LabRunner.Bench.Api;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Resume;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Faults;

/// <summary>Faults of the bench in a session: survived, named, and in the report's validity section; never a failure of the plug.</summary>
[Category("bench-faults")]
[CancelAfter(180_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class BenchFaultTests
{
    private string _folder;
    private LabClock _clock;
    private FakePlug _plug;
    private FakePlug _other;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("faults-").FullName;
        _clock = LabClock.Start(10);
        (_plug, _other) = (new FakePlug(_clock), new FakePlug(_clock));
    }

    [TearDown]
    public async Task TearDown()
    {
        await _plug.DisposeAsync();
        await _other.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase(3600)]
    [TestCase(-3600)]
    public async Task WallClock_Stepped_IsNamedAndInvalidAndRunTimeGoesOn(int seconds, CancellationToken token)
    {
        SteppedMachine machine = new();
        await using (BenchSession bench = await OpenAsync([FakeNight.Slot("p1", _plug)], machine, token))
        {
            await bench.WaitReadyAsync("p1", TimeSpan.FromMinutes(3), token);
            await bench.BeginExposureAsync("p1", "S01", token);
            machine.Step(TimeSpan.FromSeconds(seconds));
            while (!RunReader.Read(_folder).Events.Any(e => e.Kind == EventKinds.ClockStep))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
            }

            await bench.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(_folder);
        DowntimeRecord invalid = run.Downtime.Single(d => d.Reason == "The machine's wall clock was set");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Events.Where(e => e.Kind == EventKinds.ClockStep), Has.Exactly(1).Items);
            Assert.That(invalid.Invalid && invalid.Ended > invalid.Started, Is.True);
            Assert.That(invalid.Ended!.Value - invalid.Started, Is.LessThan(60), "a beat, not an hour");

            // What a busy machine was late by is invalid time too, under its own reason.
            Assert.That(run.InvalidHours("p1") * 3600, Is.GreaterThan(0).And.LessThan(1800));
            Assert.That(run.End - run.Started, Is.LessThan(1800), "run time did not leap");
            Assert.That(run.Incidents, Is.Empty);
            Assert.That(ValidityText.Of(run), Does.Contain(seconds > 0 ? "set forward by 3600.0 s" : "set back by 3600.0 s"));
        }
    }

    [Test]
    public async Task AccessPoint_Lost_AllSlotsSilentTogether_IsInvalidTimeAndNoIncident(CancellationToken token)
    {
        await using (BenchSession bench = await OpenAsync([FakeNight.Slot("p1", _plug), FakeNight.Slot("p2", _other)], null, token))
        {
            await Task.WhenAll(bench.WaitReadyAsync("p1", TimeSpan.FromMinutes(3), token), bench.WaitReadyAsync("p2", TimeSpan.FromMinutes(3), token));
            _plug.FreezeNetwork();
            _other.FreezeNetwork();
            while (RunReader.Read(_folder).Events.Count(e => e.Kind == "infra") < 2)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
            }

            Assert.That(
                (await bench.GetNetworkAbsencesAsync("p2", TimeSpan.Zero, token)).Select(a => (a.Ended, a.Told)), Is.EqualTo(new[] { ((double?)null, false) }), "a suite that fails now is told so");
            _plug.ThawNetwork();
            _other.ThawNetwork();
            await Task.WhenAll(bench.WaitReadyAsync("p1", TimeSpan.FromMinutes(3), token), bench.WaitReadyAsync("p2", TimeSpan.FromMinutes(3), token));
            while ((await bench.GetNetworkAbsencesAsync("p2", _clock.Elapsed, token)).Count > 0)
            {
                // Over at the tracker's next look.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
            }

            await bench.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Incidents, Is.Empty);
            Assert.That(run.Downtime.Where(d => d.Invalid && d.Reason.Contains("fell silent together", StringComparison.Ordinal)).Select(d => d.Slot).Distinct(), Is.EquivalentTo(new[] { "p1", "p2" }));
            Assert.That(ValidityText.Of(run), Does.Contain("All slots fell silent together"));
        }
    }

    [Test]
    public async Task RelayContact_StuckAtTheStart_CostsItsSlotWithAnAlarmAndNotTheNight(CancellationToken token)
    {
        GuardedPower welded = new(_plug, new Limits(), "slot p1, power", _clock, new PowerWitness("the relay sense", _ => Task.FromResult(true)));
        SlotHardware stuck = FakeNight.Slot("p1", _plug);
        stuck = new SlotHardware
        {
            Entry = stuck.Entry, Power = welded, Console = stuck.Console, Ping = stuck.Ping, Button = stuck.Button, RelaySense = stuck.RelaySense, Plug = stuck.Plug,
        };
        await using (BenchSession bench = await OpenAsync([stuck, FakeNight.Slot("p2", _other)], null, token))
        {
            SlotStatus status = await bench.GetStatusAsync("p1", token);
            SlotStatus other = await bench.WaitReadyAsync("p2", TimeSpan.FromMinutes(3), token);
            using (Assert.EnterMultipleScope())
            {
                Assert.That((status.Lost, other.Ready), Is.EqualTo((true, true)));
                Assert.That(status.LostReason, Does.Contain("the relay sense still sees power").And.Contain("stuck"));
                Assert.That(_plug.Log, Does.Not.Contain("on"), "no further switching");
            }

            await Assert.ThatAsync(
                () => bench.SwitchPowerAsync("p1", true, token), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains("stuck"));
            await bench.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Events.Where(e => e is { Kind: "bench-fault", Slot: "p1" }).Select(e => e.Text), Has.Some.StartsWith("ALARM: "));
            Assert.That(run.Verdicts.Single(v => v.Scope == "slot:p1" && v.Rule == "stability").Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(run.Verdicts.Single(v => v.Scope == "night").Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(run.Downtime.Where(d => d is { Slot: "p1", Invalid: true }).Select(d => d.Reason), Does.Contain("The supply's contact is stuck"));
            Assert.That(run.Incidents.Where(i => !i.Expected), Is.Empty);
            Assert.That(ValidityText.Of(run), Does.Contain("ALARM: "));
        }
    }

    private Task<BenchSession> OpenAsync(IReadOnlyList<SlotHardware> slots, TimeProvider? machine, CancellationToken token) =>
        FakeNight.OpenAsync(_folder, _clock, slots, options => machine is null ? options : options with { Machine = machine }, token);

    private sealed record Limits : PowerLimits;
}

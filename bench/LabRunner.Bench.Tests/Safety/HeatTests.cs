using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>Temperature and LED of a virtual plug, watched through a night's session.</summary>
[CancelAfter(240_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class HeatTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("heat-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task HotterThanItsLimit_PowerGoesAndNoFirmwareIsBlamed(CancellationToken token)
    {
        // The virtual housing warms from 23 °C by 6 K while the plug has power.
        RunRecord run = await LostSlot.RunAsync(_folder, "p5", token, ("    temperature: { driver: file", "    maxCelsius: 23.4\n    temperature: { driver: file"));
        IncidentRecord incident = run.Incidents.Single(i => i.Class == "HW_FAULT");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(incident.Story, Does.Contain("its limit is 23.4 °C"));
            Assert.That(run.Verdicts.Single(v => v is { Scope: "slot:p5", Rule: "stability" }).Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(run.Downtime.Any(d => d is { Slot: "p5", Invalid: true } && d.Reason.Contains("23.4 °C", StringComparison.Ordinal)), Is.True);
            Assert.That(run.Observations.Count(o => o is { Slot: "p5", Observer: "Te", Alive: true } && o.Detail!.EndsWith(" °C", StringComparison.Ordinal)), Is.GreaterThan(2));
            Assert.That(FailureRule.Counts(incident, [new ExposureRecord(1, "p5", "S01", 0, null)], 1e6), Is.False);
        }
    }

    [Test]
    public async Task Led_FollowsTheRelayInTheJournal(CancellationToken token)
    {
        BenchOwnerOptions options = new() { Bench = "virtual", Plan = "check", Slots = ["p5"], TimeScale = 4, RunFolder = Path.Combine(_folder, "run") };
        await using (BenchOwner owner = await BenchOwner.OpenAsync(options, BenchFiles.Load(options), _ => { }, token))
        {
            Assert.That((await owner.Session.WaitReadyAsync("p5", TimeSpan.FromSeconds(120), token)).Ready, Is.True);
            IPlug plug = owner.Slots[0].Plug!;
            foreach (string command in new[] { "POWER ON", "POWER OFF", "POWER ON" })
            {
                Assert.That((await plug.CommandAsync(command, token)).Accepted, Is.True);
                await Task.Delay(TimeSpan.FromSeconds(8), owner.Clock, token);
            }

            await owner.Session.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(Path.Combine(_folder, "run"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Events.Where(e => e.Kind == "led").Select(e => e.Text).TakeLast(4), Is.SupersetOf(new[] { "lit", "dark" }));
            Assert.That(run.Events.Single(e => e.Kind == "temperature").Text, Does.Contain("mean").And.Contain("°C"));
            Assert.That(run.Lanes.Where(l => l.Observer is "L" or "Te").Select(l => (l.Observer, l.State)).Distinct(), Is.SupersetOf(new[] { ("L", "alive"), ("Te", "alive") }));
        }
    }
}

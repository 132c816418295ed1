using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>A rail out of its band, watched through a night's session.</summary>
[CancelAfter(240_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class RailTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("rail-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task OutOfItsBand_PowerGoesAndNoFirmwareIsBlamed(CancellationToken token)
    {
        string inventory = Path.Combine(_folder, "sagging.yaml");
        string text = await File.ReadAllTextAsync(BenchFolders.Find().InventoryFile("virtual"), token);
        const string Healthy = "p1: { version: \"1.18.158\" }";
        Assert.That(text, Does.Contain(Healthy));
        await File.WriteAllTextAsync(inventory, text.Replace(Healthy, "p1: { version: \"1.18.158\", faults: [ { id: F54, at: 20s, volts: 2.5 } ] }", StringComparison.Ordinal), token);
        BenchOwnerOptions options = new() { Bench = inventory, Plan = "check", Slots = ["p1"], TimeScale = 10, RunFolder = Path.Combine(_folder, "run") };
        await using (BenchOwner owner = await BenchOwner.OpenAsync(options, BenchFiles.Load(options), _ => { }, token))
        {
            SlotStatus status;
            do
            {
                await Task.Delay(TimeSpan.FromSeconds(1), owner.Clock, token);
                status = await owner.Session.GetStatusAsync("p1", token);
            }
            while (!status.Lost);

            // The bench switches first and tells afterwards.
            Assert.That(await owner.Slots[0].Power!.ReadStateAsync(token), Is.EqualTo(PowerState.Off));
            await owner.Session.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(Path.Combine(_folder, "run"));
        IncidentRecord incident = run.Incidents.Single(i => i.Slot == "p1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.Class, incident.Mode), Is.EqualTo(("HW_FAULT", "F54")));
            Assert.That(incident.Story, Does.Contain("its band is 2.7 V to 3.63 V"));
            Assert.That(run.Verdicts.Single(v => v is { Scope: "slot:p1", Rule: "stability" }).Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(run.Downtime.Any(d => d is { Slot: "p1", Invalid: true } && d.Reason.Contains("its band is", StringComparison.Ordinal)), Is.True);
        }
    }
}
